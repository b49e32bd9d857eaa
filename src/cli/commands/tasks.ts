import { Option, type Command } from 'commander';
import {
  isArtifactRef,
  type Client,
  type InputOf,
  type TaskDetailView,
  type TaskView,
} from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, readValue, wholeNumber } from '../input.ts';
import { document, indent, moment, oneLine, pairs, span, table } from '../layout.ts';
import { EXIT, misuse, Trouble } from '../trouble.ts';
import { describeRun } from './runs.ts';

type Json = NonNullable<InputOf<'task.complete'>['output']>;

const isTaskId = (id: string): boolean => id.includes(':');

export function taskCommands(program: Command, act: Act): void {
  program
    .command('show')
    .description('show a run or a task')
    .argument('<id>', 'id of a run or of a task')
    .option('--why', 'of a task: who was considered for it, and why it went where it is')
    .action(act('It could not be shown.', show));
  program
    .command('inbox')
    .description('list what you can do, the most urgent first')
    .addOption(new Option('-n, --limit <n>', 'rows').argParser(wholeNumber(1, 1000)).default(50))
    .action(act('The inbox could not be read.', inbox));
  program
    .command('approve')
    .description('approve exactly what is shown')
    .argument('<id>', 'id of an approval, or of a run that waits for its start')
    .option('-r, --reason <text>', 'why; it goes into the record')
    .option('-y, --yes', 'do not ask')
    .option('--subject <digest>', 'approve only if the subject still has this digest')
    .action(act('It was not approved.', decide('approve')));
  program
    .command('reject')
    .description('reject, with the reason')
    .argument('<id>', 'id of an approval, or of a run that waits for its start')
    .requiredOption('-r, --reason <text>', 'why; it goes into the record')
    .option('-y, --yes', 'do not ask')
    .option('--subject <digest>', 'reject only if the subject still has this digest')
    .action(act('It was not rejected.', decide('reject')));
  program
    .command('tasks')
    .description('list tasks, newest first')
    .option('--run <id>', 'only of this run')
    .option('-s, --status <status>', 'only these', collect)
    .option('--open', 'only those that have not ended')
    .option('--assignee <passport>', 'only those held by this participant')
    .addOption(new Option('-n, --limit <n>', 'rows').argParser(wholeNumber(1, 1000)).default(50))
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(act('The tasks could not be listed.', tasks));
  program
    .command('complete')
    .description('end a task with its result; it is taken with that, if nobody holds it')
    .argument('<task>', 'id of the task')
    .requiredOption('-o, --output <json>', 'the result: JSON, @FILE, or - for standard input')
    .action(act('The task was not completed.', complete));
}

async function show(
  { client, terminal }: Context,
  id: string,
  { why = false }: { readonly why?: boolean },
): Promise<void> {
  if (!isTaskId(id)) {
    const run = await client.workflow.getRun({ id });
    return terminal.answer(run, () => describeRun(run, terminal.columns));
  }
  const task = await client.task.get({ id });
  if (why) return terminal.answer(task.explanation, () => describeRouting(task));
  const shown = terminal.json ? task.input : await whole(client, task.input);
  terminal.answer(task, () => describeTask(task, shown, MOST_LINES));
}

/** Who was considered for a task, and why it went where it is. */
const describeRouting = ({ id, explanation }: TaskDetailView): string[] =>
  explanation
    ? explanation.words.map((line, at) => (at === 0 ? `${id}: ${oneLine(line)}` : `  ${oneLine(line)}`))
    : [`${id} is for whoever it names: routing was not asked.`];

const MOST_LINES = 80;

/** The value with the content of artifacts in the place of the references to them, wherever they stand. */
async function whole(client: Client, value: unknown): Promise<unknown> {
  if (isArtifactRef(value)) return client.resolve(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((part) => whole(client, part)));
  const parts = Object.entries(value).map(async ([name, part]) => [name, await whole(client, part)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

/** A task for people: what is asked of whom, and on what. */
function describeTask(task: TaskDetailView, input: unknown, most = Infinity): string[] {
  const { asked } = task;
  return [
    oneLine(asked.what),
    ...indent(
      pairs([
        ['task', task.id],
        ['status', task.approval ? `${task.status}, approval ${task.approval.status}` : task.status],
        [
          'definition',
          `${asked.definition.name} (${asked.definition.id}, version ${asked.definition.version})`,
        ],
        ['started by', asked.startedBy],
        ['answers for it', asked.accountable],
        ['asked of', [...task.from, ...task.requires].join(', ') || task.by],
        ['offered to', task.offeredTo?.join(', ') ?? null],
        ['held by', task.assignee],
        ['why', asked.why],
        ['deadline', moment(task.deadline)],
        ['if approved', asked.onApproval],
        ['if rejected', asked.onRejection],
        ['failure', task.failure && `${task.failure.code}: ${task.failure.message}`],
        [
          'decisions',
          task.approval?.decisions.map(({ participant, outcome }) => `${participant}: ${outcome}`).join('; '),
        ],
        ['you can', asked.actions.join(', ') || null],
        ['but', asked.obstacle],
        ['digest', asked.subject],
      ]),
    ),
    task.approval ? 'subject' : 'input',
    ...indent(document(input, most)),
    ...(task.output === null ? [] : ['output', ...indent(document(task.output, 60))]),
  ];
}

const waits = ({ createdAt }: TaskView): string => span(Date.now() - createdAt);

async function inbox({ client, terminal }: Context, { limit }: { readonly limit: number }): Promise<void> {
  const page = await client.task.list({ mine: true, limit });
  terminal.answer(page, () =>
    page.rows.length === 0
      ? ['Nothing waits for you.']
      : [
          ...table(
            ['task', 'kind', 'what', 'waits', 'deadline'],
            page.rows.map((task) => [
              task.id,
              task.kind,
              task.description ?? task.step,
              waits(task),
              moment(task.deadline),
            ]),
            terminal.columns,
          ),
          '',
          'humanos show TASK, then humanos approve, reject or complete TASK',
        ],
  );
}

interface DecideOptions {
  readonly reason?: string;
  readonly yes?: boolean;
  readonly subject?: string;
}

const decide =
  (outcome: 'approve' | 'reject') =>
  async (context: Context, id: string, options: DecideOptions): Promise<number> => {
    if (!isTaskId(id)) return decideStart(context, id, outcome, options);
    const { client, terminal } = context;
    const task = await client.task.get({ id });
    if (!task.approval) throw notAnApproval(id);
    const shown = terminal.json ? null : await whole(client, task.input);
    terminal.lines(terminal.json ? [] : describeTask(task, shown));
    if (!(await agrees(context, `${outcome === 'approve' ? 'Approve' : 'Reject'} exactly this?`, options)))
      return EXIT.failed;
    const { reason } = options;
    const subject = options.subject ?? task.approval.subject;
    const receipt = await client.task.decide({
      id,
      outcome,
      subject,
      ...(reason !== undefined && { reason }),
    });
    terminal.answer({ ...receipt, subject }, () => [
      '',
      `${outcome === 'approve' ? 'Approved' : 'Rejected'}. The approval is ${receipt.task.approval?.status}, the run ${receipt.run.status}.`,
    ]);
    return EXIT.ok;
  };

async function decideStart(
  context: Context,
  id: string,
  outcome: 'approve' | 'reject',
  options: DecideOptions,
): Promise<number> {
  const { client, terminal } = context;
  const run = await client.workflow.getRun({ id });
  terminal.lines(terminal.json ? [] : describeRun(run, terminal.columns));
  if (
    !(await agrees(
      context,
      `${outcome === 'approve' ? 'Approve' : 'Reject'} the start of this run?`,
      options,
    ))
  )
    return EXIT.failed;
  const { reason } = options;
  const receipt = await client.workflow[outcome]({ id, ...(reason !== undefined && { reason }) });
  terminal.answer(receipt, () => [`${id} is ${receipt.status}.`]);
  return EXIT.ok;
}

/** Asks where somebody is there to answer; a command in a script is an answer by itself. */
async function agrees({ terminal }: Context, message: string, { yes }: DecideOptions): Promise<boolean> {
  if (yes || !terminal.isInteractive) return true;
  const { confirm } = await import('@clack/prompts');
  const { input, output } = terminal;
  if ((await confirm({ message, initialValue: false, input, output })) === true) return true;
  terminal.note('Nothing was decided.');
  return false;
}

const notAnApproval = (id: string): Trouble =>
  new Trouble({
    what: 'Nothing was decided.',
    why: `${id} is not an approval: it asks for a result.`,
    next: `Read it with "humanos show ${id}", then "humanos complete ${id} --output …".`,
    code: 'task_kind',
  });

interface TasksOptions {
  readonly run?: string;
  readonly status?: string[];
  readonly open?: boolean;
  readonly assignee?: string;
  readonly limit: number;
  readonly cursor?: string;
}

async function tasks({ client, terminal }: Context, options: TasksOptions): Promise<void> {
  const { status, run, open, assignee, cursor, limit } = options;
  const page = await client.task.list({
    limit,
    ...(run !== undefined && { run }),
    ...(open && { open }),
    ...(assignee !== undefined && { assignee }),
    ...(cursor !== undefined && { cursor }),
    ...(status && { status: status as TaskView['status'][] }),
  });
  terminal.answer(page, () => [
    ...(page.rows.length === 0
      ? ['There are no such tasks.']
      : table(
          ['task', 'kind', 'status', 'held by', 'created', 'what'],
          page.rows.map((task) => [
            task.id,
            task.kind,
            task.status,
            task.assignee ?? '',
            moment(task.createdAt),
            task.failure ? `${task.failure.code}: ${task.failure.message}` : (task.description ?? task.step),
          ]),
          terminal.columns,
        )),
    ...(page.next === null ? [] : ['', `more: humanos tasks --cursor ${page.next}`]),
  ]);
}

async function complete(
  { client, terminal }: Context,
  id: string,
  { output }: { readonly output: string },
): Promise<void> {
  const value = (await readValue(output, terminal.input, '--output')) as Json;
  if (!isTaskId(id))
    throw misuse(`${id} is not a task.`, 'Ids of tasks hold a colon.', 'Find it with "humanos inbox".');
  const task = await client.task.get({ id });
  const held = task.status === 'in_progress' ? task : (await client.task.start({ id })).task;
  const receipt = await client.task.complete({ id, token: held.token, output: value });
  terminal.answer(receipt, () => [`${id} is ${receipt.task.status}, the run ${receipt.run.status}.`]);
}
