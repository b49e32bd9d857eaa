import { Option, type Command } from 'commander';
import type { Client, TaskView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../input.ts';
import { more, nothing, span, table } from '../layout.ts';

export function inboxCommand(program: Command, act: Act): void {
  program
    .command('inbox')
    .description('list what you can do, the most urgent first')
    .addOption(new Option('-k, --kind <kind>', 'only these').choices(KINDS))
    .option('--run <id>', 'only of this run')
    .addOption(new Option('-n, --limit <n>', 'rows').argParser(wholeNumber(1, 1000)).default(50))
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(act('The inbox could not be read.', inbox));
}

const KINDS = ['task', 'approval', 'record', 'verification', 'escalation'] as const;

interface InboxOptions {
  readonly kind?: TaskView['kind'];
  readonly run?: string;
  readonly limit: number;
  readonly cursor?: string;
}

async function inbox({ client, terminal }: Context, options: InboxOptions): Promise<void> {
  const { kind, run, limit, cursor } = options;
  const page = await client.task.list({
    mine: true,
    limit,
    ...(kind && { kind: [kind] }),
    ...(run !== undefined && { run }),
    ...(cursor !== undefined && { cursor }),
  });
  const begins = cursor === undefined && kind === undefined && run === undefined;
  const others = begins ? await toDecide(client) : [];
  const now = Date.now();
  const rows = page.rows.map((task) => [
    task.id,
    task.kind,
    stateOf(task),
    span(now - task.createdAt),
    dueIn(task.deadline, now),
    task.description ?? task.step,
  ]);
  terminal.answer({ ...page, others }, () => [
    ...(rows.length === 0
      ? [nothing(page, others.length === 0 ? 'Nothing waits for you.' : 'No task waits for you.')]
      : [
          ...table(['task', 'kind', 'state', 'age', 'due', 'what'], rows, terminal.columns),
          '',
          ...WHAT_NEXT,
        ]),
    ...more(page),
    ...(others.length === 0
      ? []
      : ['', ...table(['also to decide', 'what'], others.map(rowOf), terminal.columns), '', OTHERS_NEXT]),
  ]);
}

/** What is no task and waits for a decision of somebody. */
interface Other {
  readonly kind: 'start' | 'delegation' | 'policy_change';
  readonly id: string;
  readonly what: string;
}

const rowOf = ({ id, what }: Other): string[] => [id, what];

/** The newest of each kind. An agent decides on nothing, and may not ask. */
async function toDecide(client: Client): Promise<Other[]> {
  const me = await client.participant.me();
  if (me.kind !== 'human') return [];
  const awaits = 'me';
  const { rows: starts } = await client.workflow.listRuns({ awaits });
  const { rows: delegations } = await client.delegation.list({ awaits });
  const { proposed } = await client.policy.list({ awaits });
  return [
    ...starts.map(({ id, definition }): Other => ({
      kind: 'start',
      id,
      what: `the start of ${definition.id}`,
    })),
    ...delegations.map(({ id, from, to }): Other => ({ kind: 'delegation', id, what: `${from} to ${to}` })),
    ...proposed.map(({ id, name, version }): Other => ({
      kind: 'policy_change',
      id,
      what: `${name}, version ${version}`,
    })),
  ];
}

const WHAT_NEXT = [
  'humanos show TASK; an approval: humanos approve, request-changes, reject or abstain TASK;',
  'work: humanos complete TASK --output JSON; all that can be done: humanos task --help',
];

const OTHERS_NEXT =
  'a start: humanos approve or reject RUN; others: humanos delegations show, or policies show ID';

/** What it is to whoever looks into their inbox. */
const stateOf = ({ kind, status, help, assignee }: TaskView): string => {
  if (assignee === null && help.some(({ answer }) => answer === null)) return 'help asked';
  if (kind === 'approval') return 'to decide';
  return status === 'in_progress' ? 'in progress' : status;
};

const dueIn = (deadline: number | null, now: number): string => {
  if (deadline === null) return '';
  return deadline < now ? `${span(now - deadline)} late` : `in ${span(deadline - now)}`;
};
