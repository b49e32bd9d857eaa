import { Option, type Command } from 'commander';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, readValue } from '../input.ts';
import { misuse } from '../trouble.ts';
import type { Client, InputOf, TaskView } from '../../client/index.ts';

/** What people do with a task, one word each: `humanos task delegate ID --to passport_bo`. */
interface Options {
  readonly to?: readonly string[];
  readonly reason?: string;
  readonly until?: string;
  readonly text?: string;
  readonly draft?: string;
  readonly fresh?: boolean;
}
type Done = { readonly task: TaskView };
type Verb = (tasks: Client['task'], id: string, options: Options, context: Context) => Promise<Done>;
type Json = NonNullable<InputOf<'task.complete'>['output']>;

const because = ({ reason }: Options) => (reason === undefined ? {} : { reason });

const one = ({ to = [] }: Options): string => {
  const [whom] = to;
  if (whom !== undefined && to.length === 1) return whom;
  throw misuse('It is not said to whom.', 'One participant or group is expected.', 'Name them with --to.');
};

const untilOf = ({ until }: Options) => {
  if (until === undefined) return {};
  const time = Date.parse(until);
  if (!Number.isNaN(time)) return { until: time };
  throw misuse(`${until} is no time.`, 'A time is written as 2026-01-31T08:00:00Z.', 'Correct --until.');
};

const said = ({ text }: Options): string => {
  if (text !== undefined) return text;
  throw misuse('Nothing is said.', 'A text is expected.', 'Give it with --text.');
};

const VERBS: Readonly<Record<string, Verb>> = {
  claim: (tasks, id) => tasks.claim({ id }),
  start: (tasks, id) => tasks.start({ id }),
  stop: (tasks, id) => tasks.stop({ id }),
  release: (tasks, id, options) => tasks.release({ id, ...because(options) }),
  suspend: (tasks, id, options) => tasks.suspend({ id, ...untilOf(options), ...because(options) }),
  resume: (tasks, id) => tasks.resume({ id }),
  delegate: (tasks, id, options) =>
    tasks.delegate({ id, to: one(options), keepState: !options.fresh, ...because(options) }),
  forward: (tasks, id, options) =>
    tasks.forward({ id, to: one(options), keepState: !options.fresh, ...because(options) }),
  nominate: (tasks, id, { to = [] }) => tasks.nominate({ id, to: [...to] }),
  activate: (tasks, id) => tasks.activate({ id }),
  skip: (tasks, id, options) => tasks.skip({ id, ...because(options) }),
  exit: (tasks, id, options) => tasks.exit({ id, ...because(options) }),
  comment: (tasks, id, options) =>
    tasks.comment({ id, text: said(options), mentions: [...(options.to ?? [])] }),
  draft: async (tasks, id, { draft = '-' }, { terminal }) =>
    tasks.draft({ id, draft: (await readValue(draft, terminal.input, '--draft')) as Json }),
  'request-help': (tasks, id, options) => tasks.requestHelp({ id, from: one(options), text: said(options) }),
};

export function taskActs(program: Command, act: Act): void {
  program
    .command('task')
    .description('take a task, put it aside, pass it on, or say something about it')
    .addOption(new Option('--to <party>', 'to whom, or who is meant; may be repeated').argParser(collect))
    .argument('<verb>', Object.keys(VERBS).join(', '))
    .argument('<task>', 'id of the task')
    .option('-r, --reason <text>', 'why; it goes into the record')
    .option('--until <time>', 'suspend: when it goes on by itself')
    .option('--text <text>', 'comment, request-help: what is said or asked')
    .option('--draft <json>', 'draft: JSON, @FILE, or - for standard input')
    .option('--fresh', 'delegate, forward: without what was written so far')
    .action(act('It was not done.', doTask));
}

async function doTask(context: Context, verb: string, id: string, options: Options): Promise<void> {
  const { client, terminal } = context;
  const chosen = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (!chosen)
    throw misuse(
      `There is no ${verb}.`,
      'A task takes other words.',
      `One of: ${Object.keys(VERBS).join(', ')}.`,
    );
  const receipt = await chosen(client.task, id, options, context);
  const { status, assignee } = receipt.task;
  terminal.answer(receipt, () => [`${id} is ${status}${assignee === null ? '' : `, ${assignee} has it`}.`]);
}
