import type { Command } from 'commander';
import type { InputOf, TaskDetailView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { isTaskId, readValue, REASON, reasonOf, type Reasoned } from '../input.ts';
import { document, indent, table } from '../layout.ts';
import { describeStart } from '../start-lines.ts';
import { describeTask, saidOn, whole } from '../task-lines.ts';
import { EXIT, misuse, Trouble } from '../trouble.ts';
import { describeRun } from './runs.ts';

type Said = Pick<InputOf<'task.decide'>, 'outcome' | 'reason' | 'changes'>;
type Outcome = Said['outcome'];

interface DecideOptions extends Reasoned {
  readonly yes?: boolean;
  readonly subject?: string;
  readonly changes?: string;
}

/** What somebody is asked before, and told after. */
const WORDS: Readonly<Record<Outcome, { readonly ask: string; readonly done: string }>> = {
  approve: { ask: 'Approve exactly', done: 'Approved' },
  approve_with_changes: { ask: 'Approve with these changes exactly', done: 'Approved with changes' },
  request_changes: { ask: 'Ask for changes of exactly', done: 'Changes are asked for' },
  reject: { ask: 'Reject exactly', done: 'Rejected' },
  abstain: { ask: 'Abstain from deciding about exactly', done: 'You abstained' },
};

export function decisionCommands(program: Command, act: Act): void {
  const command = (name: string, description: string, ids: string): Command =>
    program
      .command(name)
      .description(description)
      .argument('<id...>', ids)
      .option('-y, --yes', 'do not ask; a command in a script is an answer by itself')
      .option('--subject <digest>', 'only if the subject still has this digest');
  const [runsToo, approvals] = [
    'approvals of one kind; or a run that waits for its start',
    'approvals of one kind',
  ];
  command('approve', 'approve exactly what is shown, or with changes of your own', runsToo)
    .option(...REASON)
    .option('-c, --changes <json>', 'the whole subject as it is to be: JSON, @FILE, or - for standard input')
    .action(act('It was not approved.', decide('approve')));
  command('request-changes', 'send the work back, with what is to be changed', approvals)
    .requiredOption('-r, --reason <text>', 'what is to be changed; it goes into the record')
    .action(act('It was not sent back.', decide('request_changes')));
  command('reject', 'reject, with the reason', runsToo)
    .requiredOption(...REASON)
    .action(act('It was not rejected.', decide('reject')));
  command('abstain', 'decide neither way, and leave it to the others', approvals)
    .option(...REASON)
    .action(act('You did not abstain.', decide('abstain')));
}

const decide =
  (outcome: Outcome) =>
  async (context: Context, ids: string[], options: DecideOptions): Promise<number> => {
    if (!options.yes && options.subject === undefined && context.terminal.isPiped)
      throw misuse(
        'Nothing was decided.',
        'You cannot be asked: the output goes to another program.',
        'Look at it with "humanos show ID"; then say --yes, or --subject DIGEST for exactly what you saw.',
      );
    const [id = '', ...others] = ids;
    if (others.length > 0) return decideMany(context, ids, outcome, options);
    if (!isTaskId(id)) return decideStart(context, id, outcome, options);
    return decideOne(context, id, outcome, options);
  };

async function decideOne(
  context: Context,
  id: string,
  given: Outcome,
  options: DecideOptions,
): Promise<number> {
  const { client, terminal } = context;
  const { approval, ...task } = await client.task.get({ id });
  if (!approval) throw notAnApproval(id);
  if (approval.status !== 'open') throw decidedAlready(id, approval);
  if (approval.reasoned && !options.reason) throw unreasoned();
  const changes = await changesOf(context, options);
  const outcome = changes === undefined ? given : 'approve_with_changes';
  if (!terminal.json) {
    terminal.lines(describeTask({ ...task, approval }, await whole(client, task.input)));
    terminal.lines(changes === undefined ? [] : ['changed to', ...indent(document(changes))]);
  }
  const declined = await declines(context, `${WORDS[outcome].ask} this?`, options);
  if (declined !== null) return declined;
  const subject = options.subject ?? approval.subject;
  const receipt = await client.task.decide({
    id,
    outcome,
    subject,
    ...reasonOf(options),
    ...(changes !== undefined && { changes }),
  });
  terminal.answer({ ...receipt, subject }, () => [
    '',
    `${WORDS[outcome].done}. The approval is ${receipt.task.approval?.status}, the run ${receipt.run.status}.`,
  ]);
  return EXIT.ok;
}

/** All are shown, then all are decided on alike; the server counts or refuses each. */
async function decideMany(
  context: Context,
  ids: readonly string[],
  outcome: Outcome,
  options: DecideOptions,
): Promise<number> {
  const { client, terminal } = context;
  if (options.changes !== undefined || options.subject !== undefined)
    throw misuse(
      'Nothing was decided.',
      '--changes and --subject are about one approval.',
      'Name one approval.',
    );
  const items: { readonly id: string; readonly subject: string }[] = [];
  for (const id of ids) {
    const task = isTaskId(id) ? await client.task.get({ id }) : null;
    if (!task?.approval) throw notAnApproval(id);
    if (!terminal.json) terminal.lines(describeOneOfMany(task, await whole(client, task.input)));
    items.push({ id, subject: task.approval.subject });
  }
  const declined = await declines(context, `${WORDS[outcome].ask} these ${ids.length}?`, options);
  if (declined !== null) return declined;
  const { results } = await client.task.decideBatch({ outcome, items, ...reasonOf(options) });
  const rows = results.map(({ id, receipt, refusal }) => [
    id,
    refusal ? `${refusal.code}: ${refusal.message}` : `approval ${receipt?.task.approval?.status}`,
  ]);
  terminal.answer({ results }, () => table(['task', 'is now'], rows, terminal.columns));
  return results.every(({ decided }) => decided) ? EXIT.ok : EXIT.failed;
}

const describeOneOfMany = (task: TaskDetailView, input: unknown): string[] => [
  ...describeTask(task, input),
  '',
];

async function decideStart(
  context: Context,
  id: string,
  outcome: Outcome,
  options: DecideOptions,
): Promise<number> {
  const { changes, subject } = options;
  if ((outcome !== 'approve' && outcome !== 'reject') || changes !== undefined || subject !== undefined)
    throw misuse(
      'Nothing was decided.',
      `${id} is a run: its start is approved as it is, or rejected.`,
      'Use "humanos approve" or "humanos reject", without --changes and --subject.',
    );
  const { client, terminal } = context;
  const run = await client.workflow.getRun({ id });
  if (!terminal.json) {
    terminal.lines(describeRun(run, terminal.columns));
    terminal.lines(describeStart(run, await whole(client, run.input)));
  }
  const question = `${outcome === 'approve' ? 'Approve' : 'Reject'} the start of this run?`;
  const declined = await declines(context, question, options);
  if (declined !== null) return declined;
  const receipt = await client.workflow[outcome]({ id, ...reasonOf(options) });
  terminal.answer(receipt, () => [`${id} is ${receipt.status}.`]);
  return EXIT.ok;
}

const changesOf = async ({ terminal }: Context, { changes }: DecideOptions): Promise<Said['changes']> =>
  changes === undefined
    ? undefined
    : ((await readValue(changes, terminal.input, '--changes')) as Said['changes']);

/** Asks where somebody is there to answer; a command in a script is an answer by itself. How it ends without a yes, else null. */
async function declines(
  { terminal }: Context,
  message: string,
  { yes }: DecideOptions,
): Promise<number | null> {
  if (yes || !terminal.isInteractive) return null;
  const { confirm, isCancel } = await import('@clack/prompts');
  const { input, output } = terminal;
  const answer = await confirm({ message, initialValue: false, input, output });
  if (answer === true) return null;
  terminal.note('Nothing was decided.');
  return isCancel(answer) ? EXIT.interrupted : EXIT.failed;
}

const unreasoned = (): Trouble =>
  new Trouble({
    what: 'Nothing was decided.',
    why: 'Every decision on it needs a reason.',
    next: 'Say why: --reason TEXT',
    code: 'reason_required',
  });

const decidedAlready = (id: string, approval: NonNullable<TaskDetailView['approval']>): Trouble => {
  const said = saidOn(approval);
  return new Trouble({
    what: 'Nothing was decided.',
    why: `The approval is ${approval.status} already${said && ` (${said})`}.`,
    next: `Nothing is to be done. Read it with "humanos show ${id}".`,
    code: 'task_closed',
  });
};

const notAnApproval = (id: string): Trouble =>
  new Trouble({
    what: 'Nothing was decided.',
    why: isTaskId(id)
      ? `${id} is not an approval: it asks for a result.`
      : `${id} is a run, and runs are decided on one by one.`,
    next: `Read it with "humanos show ${id}"${isTaskId(id) ? `, then "humanos complete ${id} --output …"` : ''}.`,
    code: 'task_kind',
  });
