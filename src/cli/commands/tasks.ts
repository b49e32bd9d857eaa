import { Option, type Command } from 'commander';
import { TASK_STATUSES } from '../../client/index.ts';
import type { InputOf, TaskDetailView, TaskView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collectOf, isTaskId, readValue } from '../input.ts';
import { listed, moment, oneLine } from '../layout.ts';
import { laterStep } from '../later-step.ts';
import { paged, pageOf, type Paged } from '../paging.ts';
import { describeTask, whole } from '../task-lines.ts';
import { misuse } from '../trouble.ts';
import { decisionCommands } from './decisions.ts';
import { inboxCommand } from './inbox.ts';
import { describeRun } from './runs.ts';

type Json = NonNullable<InputOf<'task.complete'>['output']>;

const MOST_LINES = 80;

export function taskCommands(program: Command, act: Act): void {
  program
    .command('show')
    .description('show a run or a task')
    .argument('<id>', 'id of a run or of a task')
    .option('--why', 'of a task: who was considered for it, and why it went where it is')
    .action(act('It could not be shown.', show));
  inboxCommand(program, act);
  decisionCommands(program, act);
  paged(
    program
      .command('tasks')
      .description('list tasks, newest first')
      .option('--run <id>', 'only of this run')
      .option('-s, --status <status>', `only these: ${TASK_STATUSES.join(', ')}`, collectOf(TASK_STATUSES))
      .option('--open', 'only those that have not ended')
      .option('--assignee <passport>', 'only those held by this participant'),
    50,
  ).action(act('The tasks could not be listed.', tasks));
  program
    .command('complete')
    .description('end a task with its result; it is taken with that, if nobody holds it')
    .argument('<task>', 'id of the task')
    .requiredOption('-o, --output <json>', 'the result: JSON, @FILE, or - for standard input')
    .addOption(
      new Option('--next <which>', 'begin the next with that: of the same step, or of the same run').choices([
        'piled',
        'chained',
      ]),
    )
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

/** Who was considered for a task, and why it went where it is; before that, what became of it since. */
function describeRouting(task: TaskDetailView): string[] {
  const { id, explanation } = task;
  if (!explanation) return [`${id} ${unroutedAs(task)}`];
  const since = sinceRouting(task);
  const [outcome = '', ...more] = explanation.words.map(oneLine);
  const at = moment(explanation.at);
  const [first = '', ...rest] =
    since === null
      ? [`At ${at}: ${outcome}`, ...more]
      : [since, `Before that, at ${at}: ${outcome}`, ...more];
  return [`${id}: ${first}`, ...rest.map((line) => `  ${line}`)];
}

function unroutedAs({ id, status, from, activateAt, rules }: TaskDetailView): string {
  if (status === 'created' && activateAt !== null)
    return `is given out at ${moment(activateAt)}: routing is asked then.`;
  if (status === 'created' && rules?.activation === 'manual')
    return `is given out once an administrator activates it ("humanos task activate ${id}"): routing is asked then.`;
  return from.length > 0
    ? 'is for whoever it names: routing was not asked.'
    : 'was not given out: routing was not asked.';
}

/** Routing tells how it was when it was asked. Null where the task lies there still. */
function sinceRouting({ explanation, assignee, startedAt, status, endedAt }: TaskDetailView): string | null {
  const { choice, holds } = explanation ?? {};
  if (assignee !== null && !(choice?.kind === 'assigned' && choice.to === assignee))
    return `Held by ${assignee}${startedAt === null ? '' : `, who began at ${moment(startedAt)}`}.`;
  if (assignee !== null) return null;
  if (endedAt !== null) return `It ended ${status} at ${moment(endedAt)}.`;
  if (holds) return null;
  return (choice && NOT_ANY_MORE[choice.kind]) ?? 'Nobody has it any more.';
}

/** Why it does not hold what routing chose, where that was nobody in particular. */
const NOT_ANY_MORE: Readonly<Record<string, string>> = {
  offered: 'Nobody to whom it was offered can take it any more.',
  nobody: 'Somebody is eligible by now.',
};

interface TasksOptions extends Paged {
  readonly run?: string;
  readonly status?: string[];
  readonly open?: boolean;
  readonly assignee?: string;
}

async function tasks({ client, terminal }: Context, options: TasksOptions): Promise<void> {
  const { status, run, open, assignee } = options;
  const page = await client.task.list({
    ...pageOf(options),
    ...(run !== undefined && { run }),
    ...(open && { open }),
    ...(assignee !== undefined && { assignee }),
    ...(status && { status: status as TaskView['status'][] }),
  });
  terminal.answer(page, () =>
    listed(
      page,
      'There are no such tasks.',
      ['task', 'kind', 'status', 'held by', 'created', 'what'],
      (task) => [
        task.id,
        task.kind,
        task.status,
        task.assignee ?? '',
        moment(task.createdAt),
        task.failure ? `${task.failure.code}: ${task.failure.message}` : (task.description ?? task.step),
      ],
      terminal.columns,
    ),
  );
}

async function complete(
  { client, terminal }: Context,
  id: string,
  { output, next }: { readonly output: string; readonly next?: 'piled' | 'chained' },
): Promise<void> {
  const value = (await readValue(output, terminal.input, '--output')) as Json;
  if (!isTaskId(id))
    throw misuse(`${id} is not a task.`, 'Ids of tasks hold a colon.', 'Find it with "humanos inbox".');
  const task = await client.task.get({ id });
  const held = task.status === 'in_progress' ? task : (await client.task.start({ id })).task;
  const completing = client.task.complete({ id, token: held.token, output: value, ...(next && { next }) });
  const receipt = await (held === task
    ? completing
    : laterStep(
        completing,
        'The task was not completed.',
        `Then: humanos complete ${id} -o JSON, or give it back: humanos task release ${id}`,
        `You took ${id} for that, and hold it until it ends or you give it back.`,
      ));
  terminal.answer(receipt, () => [
    `${id} is ${receipt.task.status}, the run ${receipt.run.status}.`,
    ...(receipt.next ? [`Next: humanos show ${receipt.next.id}`] : []),
  ]);
}
