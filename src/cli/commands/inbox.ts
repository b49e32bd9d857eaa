import { Option, type Command } from 'commander';
import { dueOf, ProblemError, TASK_KINDS, type Client, type TaskView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { more, nothing, span, table } from '../layout.ts';
import { paged, pageOf, type Paged } from '../paging.ts';
import { subjectOf } from './policies.ts';

export function inboxCommand(program: Command, act: Act): void {
  paged(
    program
      .command('inbox')
      .description('list what you can do, the most urgent first')
      .addOption(new Option('-k, --kind <kind>', 'only these').choices(TASK_KINDS))
      .option('--run <id>', 'only of this run'),
    50,
  ).action(act('The inbox could not be read.', inbox));
}

interface InboxOptions extends Paged {
  readonly kind?: TaskView['kind'];
  readonly run?: string;
}

async function inbox({ client, terminal }: Context, options: InboxOptions): Promise<void> {
  const { kind, run, cursor } = options;
  const page = await client.task.list({
    mine: true,
    ...pageOf(options),
    ...(kind && { kind: [kind] }),
    ...(run !== undefined && { run }),
  });
  const isPart = [cursor, kind, run].some((one) => one !== undefined);
  const others = isPart ? null : await toDecide(client);
  for (const line of others?.unknown ?? []) terminal.note(line);
  const now = Date.now();
  const rows = page.rows.map((task) => [
    task.id,
    task.kind,
    stateOf(task),
    span(now - task.createdAt),
    dueIn(dueOf(task), now),
    task.description ?? task.step,
  ]);
  terminal.answer({ ...page, ...(others && { others: others.rows }) }, () => [
    ...(rows.length === 0
      ? [nothing(page, wordsFor(others))]
      : [
          ...table(['task', 'kind', 'state', 'age', 'due', 'what'], rows, terminal.columns),
          '',
          ...WHAT_NEXT,
        ]),
    ...more(page),
    ...(others ? linesOf(others, terminal.columns) : []),
  ]);
}

/** What is no task and waits for a decision of somebody. */
interface Other {
  readonly kind: 'start' | 'delegation' | 'policy_change';
  readonly id: string;
  readonly what: string;
}

interface Others {
  readonly rows: readonly Other[];
  /** How the list of those of which there are more is asked for. */
  readonly more: readonly string[];
  /** What could not be asked. */
  readonly unknown: readonly string[];
}

const SOURCES = [
  {
    of: 'Starts',
    list: 'humanos runs --awaits me',
    async find(client: Client) {
      const { rows, next } = await client.workflow.listRuns({ awaits: 'me' });
      const found = rows.map(({ id, definition }): Other => ({
        kind: 'start',
        id,
        what: `the start of ${definition.id}`,
      }));
      return { found, next };
    },
  },
  {
    of: 'Delegations',
    list: 'humanos delegations --awaits me',
    async find(client: Client) {
      const { rows, next } = await client.delegation.list({ awaits: 'me' });
      const found = rows.map(({ id, from, to }): Other => ({
        kind: 'delegation',
        id,
        what: `${from} to ${to}`,
      }));
      return { found, next };
    },
  },
  {
    of: 'Changes of policies',
    list: 'humanos policies',
    async find(client: Client) {
      const { proposed } = await client.policy.list({ awaits: 'me' });
      const found = proposed.map((change): Other => ({
        kind: 'policy_change',
        id: change.id,
        what: subjectOf(change),
      }));
      return { found, next: null };
    },
  },
] as const;

/** A page of each. Who may not read decides on nothing; what else is refused, as by the scope of a delegation, leaves the rest as it is. */
async function toDecide(client: Client): Promise<Others> {
  const [rows, more, unknown]: [Other[], string[], string[]] = [[], [], []];
  for (const { of, list, find } of SOURCES)
    try {
      const { found, next } = await find(client);
      rows.push(...found);
      if (next !== null) more.push(list);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.code === 'forbidden') continue;
      unknown.push(`${of} that may wait for you could not be asked for: ${error.message}`);
    }
  return { rows, more, unknown };
}

/** Where there is no task. */
const wordsFor = (others: Others | null): string => {
  if (!others) return 'No such task waits for you.';
  const isAll = others.rows.length + others.more.length + others.unknown.length === 0;
  return isAll ? 'Nothing waits for you.' : 'No task waits for you.';
};

const linesOf = ({ rows, more }: Others, columns: number): string[] => [
  ...(rows.length === 0
    ? []
    : [
        '',
        ...table(
          ['also to decide', 'what'],
          rows.map(({ id, what }) => [id, what]),
          columns,
        ),
        '',
        OTHERS_NEXT,
      ]),
  ...more.map((list) => `There are more: ${list}`),
];

const WHAT_NEXT = [
  'humanos show TASK; an approval: humanos approve, request-changes, reject or abstain TASK;',
  'work: humanos complete TASK --output JSON; all that can be done: humanos task --help',
];

const OTHERS_NEXT =
  'a start: humanos approve or reject RUN; others: humanos delegations show, or policies show ID';

/** What it is to whoever looks into their inbox. */
const stateOf = ({ kind, status, help, assignee }: TaskView): string => {
  if (assignee === null && help.some(({ answer }) => answer === null)) return 'help asked';
  if (kind === 'approval' && status !== 'suspended') return 'to decide';
  return status === 'in_progress' ? 'in progress' : status;
};

const dueIn = (deadline: number | null, now: number): string => {
  if (deadline === null) return '';
  return deadline < now ? `${span(now - deadline)} late` : `in ${span(deadline - now)}`;
};
