import { writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import type { InputOf, TaskView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import {
  collect,
  momentOf,
  readBytes,
  readValue,
  REASON,
  reasonOf,
  wholeNumber,
  type Reasoned,
} from '../input.ts';
import { table } from '../layout.ts';
import { EXIT, misuse } from '../trouble.ts';

/** What people do with tasks, one word each: `humanos task delegate ID --to passport_bo`. */
interface Options extends Reasoned {
  readonly to?: readonly string[];
  readonly until?: number;
  readonly text?: string;
  readonly draft?: string;
  readonly output?: string;
  readonly code?: string;
  readonly fresh?: boolean;
  readonly file?: string;
  readonly name?: string;
  readonly type?: string;
  readonly request?: number;
  readonly priority?: number;
  readonly deadline?: number | 'none';
  readonly undo?: string;
  readonly remove?: boolean;
  readonly all?: boolean;
}
type Json = NonNullable<InputOf<'task.complete'>['output']>;
/** The operation's input but for the id of the task. */
type Input = Readonly<Record<string, unknown>>;
type OptionName = keyof typeof OPTIONS;

interface Verb {
  readonly summary: string;
  readonly options?: readonly OptionName[];
  /** Such as `text!`: it cannot be left out. */
  readonly required?: readonly OptionName[];
  readonly input?: (options: Options, context: Context) => Input | Promise<Input>;
  /** Done to several tasks at once with `task.batch`. */
  readonly many?: true;
}

const OPTIONS = {
  reason: REASON,
  to: ['--to <party>', 'role:NAME, group:NAME, post:NAME, manager_of:PASSPORT or a passport', collect],
  until: ['--until <time>', 'when it goes on by itself: a date and time, or 8h, 2d', momentOf],
  text: ['--text <text>', 'what is said'],
  draft: ['--draft <json>', 'JSON, @FILE, or - for standard input'],
  output: ['-o, --output <json>', 'the result: JSON, @FILE, or - for standard input'],
  code: ['--code <code>', 'a word in lower case, such as file_unreadable'],
  fresh: ['--fresh', 'without what was written so far'],
  file: ['--file <path>', 'the file'],
  name: ['--name <name>', 'its name; that of the file, if left out'],
  type: ['--type <media type>', 'such as application/pdf; by the name of the file, if left out'],
  request: ['--request <n>', 'number of the request: humanos show TASK', wholeNumber(1, 1e6)],
  priority: ['--priority <n>', '1 (low) to 10 (high)', wholeNumber(1, 10)],
  deadline: ['--deadline <time>', 'a date and time, or 8h, 2d from now; none', deadlineOf],
  undo: ['--undo <what>', 'own: what the task did is undone first; or a phase to which the run goes back'],
  remove: ['--remove', 'the other work of the run too, which ends'],
  all: ['--all', 'with --remove: and that of all runs of its definition'],
} as const satisfies Record<
  string,
  readonly [string, string] | readonly [string, string, (text: string, before?: never) => unknown]
>;

function deadlineOf(text: string): number | 'none' {
  return text === 'none' ? text : momentOf(text);
}

/** What is decided over a task: what it means for the rest of the run, and for what was done. */
const handling = (options: Options): Input => {
  const { undo, remove, all } = options;
  if (all && !remove)
    throw misuse('--all goes with --remove.', 'It is about the work that is removed.', 'Add --remove.');
  const recovery = undo === undefined ? 'none' : undo === 'own' ? 'compensate' : { rollback: undo };
  return { ...reasonOf(options), recovery, case: remove ? (all ? 'remove_all' : 'remove') : 'continue' };
};
const HANDLING = ['reason', 'undo', 'remove', 'all'] as const;

const one = ({ to = [] }: Options): string => {
  const [whom] = to;
  if (whom !== undefined && to.length === 1) return whom;
  throw misuse('It is not said to whom.', 'One participant or group is expected.', 'Name them with --to.');
};

const passing = (options: Options): Input => ({
  to: one(options),
  keepState: !options.fresh,
  ...reasonOf(options),
});

const json = async (given: string, { terminal }: Context, option: string): Promise<Json> =>
  (await readValue(given, terminal.input, option)) as Json;

const urgency = ({ priority, deadline }: Options): Input => {
  if (priority === undefined && deadline === undefined)
    throw misuse(
      'Nothing is to be changed.',
      'A priority or a deadline is expected.',
      'Give --priority or --deadline.',
    );
  return {
    ...(priority !== undefined && { priority }),
    ...(deadline !== undefined && { deadline: deadline === 'none' ? null : deadline }),
  };
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.txt': 'text/plain',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
};

async function attached({ file = '', name, type }: Options, { client }: Context): Promise<Input> {
  const known = MEDIA_TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
  const { $artifact: sha256 } = await client.keep(await readBytes(file), type ?? known);
  return { name: name ?? basename(file), sha256 };
}

const VERBS: Readonly<Record<string, Verb>> = {
  claim: { summary: 'take a task', many: true },
  start: { summary: 'begin work on a task, which is taken with that', many: true },
  stop: { summary: 'stop work on a task, and keep it', many: true },
  release: {
    summary: 'give a task back, for somebody else',
    options: ['reason'],
    input: reasonOf,
    many: true,
  },
  decline: { summary: 'say no to a task that is offered to you', options: ['reason'], input: reasonOf },
  suspend: {
    summary: 'put a task aside, until it is resumed or a time has come',
    options: ['until', 'reason'],
    input: (options) => ({
      ...(options.until !== undefined && { until: options.until }),
      ...reasonOf(options),
    }),
    many: true,
  },
  resume: { summary: 'take a task up again that was put aside', many: true },
  delegate: {
    summary: 'pass a task on to one participant, for you',
    required: ['to'],
    options: ['fresh', 'reason'],
    input: passing,
    many: true,
  },
  forward: {
    summary: 'give a task away, and have no part in it any more',
    required: ['to'],
    options: ['fresh', 'reason'],
    input: passing,
    many: true,
  },
  nominate: {
    summary: 'say who may do a task that nobody could do; --to may be repeated',
    required: ['to'],
    input: ({ to = [] }) => ({ to: [...to] }),
    many: true,
  },
  activate: { summary: 'let a task be given out that waits for it', many: true },
  skip: {
    summary: 'leave out a task that may be left out',
    options: ['reason'],
    input: reasonOf,
    many: true,
  },
  exit: { summary: 'end a task for good', options: ['reason'], input: reasonOf, many: true },
  fail: {
    summary: 'end a task without a result',
    required: ['code', 'text'],
    input: ({ code, text }) => ({ code, message: text }),
    many: true,
  },
  comment: {
    summary: 'say something about a task; --to says who is meant',
    required: ['text'],
    options: ['to'],
    input: ({ text, to = [] }) => ({ text, mentions: [...to] }),
    many: true,
  },
  attach: {
    summary: 'attach a file to a task, in place of what had its name',
    required: ['file'],
    options: ['name', 'type'],
    input: attached,
  },
  detach: { summary: 'take an attachment off a task', required: ['name'], input: ({ name }) => ({ name }) },
  draft: {
    summary: 'keep what you have written so far',
    options: ['draft'],
    input: async ({ draft = '-' }, context) => ({ draft: await json(draft, context, '--draft') }),
  },
  set: {
    summary: 'say how urgent tasks are, and until when they are to be done',
    options: ['priority', 'deadline'],
    input: urgency,
    many: true,
  },
  'request-help': {
    summary: 'ask somebody for their part in a task',
    required: ['to', 'text'],
    input: (options) => ({ from: one(options), text: options.text }),
  },
  help: {
    summary: 'answer a request for help',
    required: ['request', 'output'],
    input: async ({ request, output = '' }, context) => ({
      request,
      output: await json(output, context, '--output'),
    }),
  },
  predo: {
    summary: 'do a task before its turn: its result is used when that comes',
    required: ['output'],
    input: async ({ output = '' }, context) => ({ output: await json(output, context, '--output') }),
  },
  'force-complete': {
    summary: 'give the result of a task, whoever has it',
    required: ['output'],
    options: HANDLING,
    input: async (options, context) => ({
      ...handling(options),
      output: await json(options.output ?? '', context, '--output'),
    }),
  },
  'force-fail': {
    summary: 'let a task have failed, whoever has it',
    options: HANDLING,
    input: handling,
  },
  restart: {
    summary: 'drop what was done of a task, for its holder to begin anew',
    options: HANDLING,
    input: handling,
  },
  redo: {
    summary: 'have completed work done again, with all that follows from it',
    options: ['reason'],
    input: reasonOf,
  },
};

export function taskActs(program: Command, act: Act): void {
  const task = program
    .command('task')
    .description('take tasks, put them aside, pass them on, or say something about them')
    .helpCommand(false);
  for (const [name, verb] of Object.entries(VERBS)) {
    const command = task
      .command(name)
      .description(verb.summary)
      .argument(verb.many ? '<task...>' : '<task>', verb.many ? 'ids of tasks' : 'id of the task');
    for (const option of verb.required ?? []) take(command, option, true);
    for (const option of verb.options ?? []) take(command, option, false);
    command.action(act('It was not done.', doTask(name, verb)));
  }
  task
    .command('download')
    .description('save an attachment of a task as a file')
    .argument('<task>', 'id of the task')
    .requiredOption('--name <name>', 'its name: humanos show TASK')
    .option('--out <path>', 'where to; under its name here, if left out. - is standard output')
    .action(act('It was not saved.', download));
}

function take(command: Command, name: OptionName, required: boolean): void {
  const [flags, summary, read]: readonly [string, string, ((text: string) => unknown)?] = OPTIONS[name];
  const option = command.createOption(flags, summary).makeOptionMandatory(required);
  command.addOption(read ? option.argParser(read) : option);
}

const doTask =
  (name: string, { input, many }: Verb) =>
  async (context: Context, given: string | string[], options: Options): Promise<number> => {
    const { client, terminal } = context;
    const said = (await input?.(options, context)) ?? {};
    const [id = '', ...others] = [given].flat();
    if (many && others.length > 0) return doMany(context, name, [id, ...others], said);
    const operation = `task.${name.replaceAll('-', '_')}` as 'task.claim' | 'task.redo';
    const receipt = await client.call(operation, { id, ...said });
    terminal.answer(receipt, () => [
      'task' in receipt
        ? `${id} is ${stateOf(receipt.task)}.`
        : `The run ${receipt.id} is ${receipt.status}.`,
    ]);
    return EXIT.ok;
  };

const stateOf = ({ status, assignee }: TaskView): string =>
  assignee === null ? status : `${status}, ${assignee} has it`;

async function doMany(
  { client, terminal }: Context,
  name: string,
  ids: readonly string[],
  said: Input,
): Promise<number> {
  const items = ids.map((id) => ({ id, ...said }));
  const act = name as InputOf<'task.batch'>['act'];
  const { results } = await client.task.batch({ act, items });
  const rows = results.map(({ id, task, refused }) => [
    id,
    refused ? `${refused.code}: ${refused.message}` : task ? stateOf(task) : 'done',
  ]);
  terminal.answer({ results }, () => table(['task', 'is now'], rows, terminal.columns));
  return results.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

async function download(
  { client, terminal }: Context,
  id: string,
  { name, out }: { readonly name: string; readonly out?: string },
): Promise<void> {
  const { notes } = await client.task.get({ id });
  const found = notes?.attachments.find((one) => one.name === name);
  if (!found) {
    const names = notes?.attachments.map((one) => one.name).join(', ') || 'none';
    throw misuse(`${id} has no attachment ${name}.`, `It has: ${names}.`, 'Correct --name.');
  }
  const content = await client.content(found.sha256);
  if (out === '-') return void terminal.output.write(content);
  const path = out ?? basename(name);
  await writeFile(path, content, { flag: out === undefined ? 'wx' : 'w' });
  terminal.answer({ ...found, path }, () => [`${path}: ${content.length} bytes, ${found.mediaType}`]);
}
