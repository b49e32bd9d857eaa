import { Option, type Command } from 'commander';
import { RUN_STATUSES } from '../../client/index.ts';
import type { InputOf, ProblemError, RunView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import {
  collect,
  collectOf,
  isFileName,
  isThere,
  moneyOf,
  readText,
  readValue,
  REASON,
  reasonOf,
  wholeNumber,
  type Reasoned,
} from '../input.ts';
import { document, indent, listed, moment, pairs } from '../layout.ts';
import { laterStep } from '../later-step.ts';
import { paged, pageOf, type Paged } from '../paging.ts';
import { hasEnded, isEnd, progressOf } from '../progress.ts';
import { EXIT, misuse, Trouble, troubleOf } from '../trouble.ts';
import { connectionLine, exitOf, watch } from '../watching.ts';

type Json = NonNullable<InputOf<'workflow.start'>['input']>;

const NOT_STARTED = 'The run was not started.';

interface RunOptions {
  readonly input?: string;
  readonly wait?: boolean;
  readonly version?: number;
  readonly priority?: number;
  readonly hold?: boolean;
}

export function runCommands(program: Command, act: Act): void {
  program
    .command('run')
    .description('start a run; a definition in a file is saved first')
    .argument('<definition>', 'a file (.yaml, .json), or the id of a saved definition')
    .option('-i, --input <json>', 'input of the run: JSON, @FILE, or - for standard input')
    .option('-w, --wait', 'show the progress, and end with the run: 0 if it completed')
    .addOption(
      new Option('--version <n>', 'the version of a saved definition').argParser(wholeNumber(1, 1e9)),
    )
    .addOption(new Option('--priority <n>', '1 (low) to 10 (high)').argParser(wholeNumber(1, 10)))
    .option('--hold', 'nothing of it opens before somebody approves the start')
    .action(act(NOT_STARTED, run));
  paged(
    program
      .command('runs')
      .description('list runs, newest first')
      .option('-s, --status <status>', `only these: ${RUN_STATUSES.join(', ')}`, collectOf(RUN_STATUSES))
      .option('-d, --definition <id>', 'only of this definition')
      .option(
        '--awaits <passport>',
        'only those whose start waits for an approval of this participant; `me` is you',
      ),
    20,
  ).action(act('The runs could not be listed.', runs));
  program
    .command('watch')
    .description('show the progress of a run until it ends')
    .argument('<run>', 'id of the run')
    .addOption(
      new Option('--after <n>', 'with --json: events behind this one').argParser(wholeNumber(0, 1e15)),
    )
    .action(act('The run could not be watched.', watchRun));
  for (const [name, summary, done] of CONTROLS)
    program
      .command(name)
      .description(summary)
      .argument('<run>', 'id of the run')
      .option(...REASON)
      .action(act(`The run was not ${done}.`, control(name)));
  program
    .command('resume')
    .description('go on with a run that is paused or stopped, with higher limits where it has used them up')
    .argument('<run>', 'id of the run')
    .addOption(new Option('--tasks <n>', 'the most tasks, from its start').argParser(wholeNumber(1, 1e6)))
    .addOption(new Option('--tokens <n>', 'the most it may take').argParser(wholeNumber(1, 1e15)))
    .option('--cost <money>', 'the most it may cost, such as "20 EUR"', moneyOf)
    .addOption(new Option('--concurrency <n>', 'tasks at a time').argParser(wholeNumber(1, 10_000)))
    .action(act('The run was not resumed.', resume));
  program
    .command('cancel')
    .description('end a run for good, after what it did is undone where its steps say how')
    .argument('<run>', 'id of the run')
    .option(...REASON)
    .option('--undo <what>', 'all that was done, none of it, or what was done since a phase', 'all')
    .option('--keep <task>', 'a task that is begun and may come to its end; repeat it for more', collect)
    .option('--all', 'every run of its definition that has begun by now')
    .action(act('The run was not cancelled.', cancel));
  program
    .command('rollback')
    .description('go back to a phase: what was done since is undone where its steps say how, and done again')
    .argument('<run>', 'id of the run')
    .argument('<phase>', 'id of the phase')
    .option('-r, --reason <text>', 'why; whoever does it again is told')
    .action(act('The run did not go back.', rollback));
  program
    .command('signal')
    .description('tell a run what one of its waits is for')
    .argument('<run>', 'id of the run')
    .argument('<signal>', 'name of the signal')
    .option('-p, --payload <json>', 'JSON, @FILE, or - for standard input')
    .action(act('The signal was not given.', signal));
}

const CONTROLS = [
  ['pause', 'give out no more work of a run', 'paused'],
  ['stop', 'end the open work of a run, and keep what is finished', 'stopped'],
] as const;

async function run(context: Context, given: string, options: RunOptions): Promise<number> {
  const { client, terminal } = context;
  const input = options.input === undefined ? {} : await readValue(options.input, terminal.input, '--input');
  const { id: definition, version } = await definitionOf(context, given, options);
  const { priority, hold } = options;
  const receipt = await client.workflow.start({
    definition,
    input: input as Json,
    ...(version !== undefined && { version }),
    ...(priority !== undefined && { priority }),
    ...(hold && { hold }),
  });
  if (!options.wait) {
    terminal.answer({ ...receipt, definition }, () => [
      `${receipt.id} is ${receipt.status}.`,
      `  watch it: humanos watch ${receipt.id}`,
    ]);
    return EXIT.ok;
  }
  const what = `${receipt.id} is started, but it could not be watched to its end.`;
  return laterStep(attend(context, receipt.id), what, `Then: humanos watch ${receipt.id}`);
}

/** Watches a run that was just started, and gives its output when it has ended. */
async function attend(context: Context, id: string): Promise<number> {
  const { client, terminal } = context;
  const watched = await watch(context, id);
  if (watched.interrupted) {
    const state = watched.isLost ? 'The run was going on when it was last seen.' : 'The run goes on.';
    terminal.note(`${state} Watch it again: humanos watch ${id}`);
    return exitOf(watched);
  }
  const run = await client.workflow.getRun({ id });
  terminal.answer(run, () => (run.output === null ? [] : ['', ...document(run.output, 60)]));
  return exitOf({ run, interrupted: false });
}

/**
 * What to start; of a file it is the version that was saved of it, though others save at the same time. What is wrong with a file is told
 * on the way, warnings included.
 */
async function definitionOf(
  { client, terminal }: Context,
  given: string,
  { version }: RunOptions,
): Promise<{ readonly id: string; readonly version?: number | undefined }> {
  if (!isFileName(given) && !isThere(given)) return { id: given, version };
  if (version !== undefined)
    throw misuse(
      NOT_STARTED,
      `--version is of a saved definition, and ${given} is a file, which is saved as a new one.`,
      'Give the id of the definition with --version, or the file without it.',
    );
  const source = await readText(given);
  const { definition, problems } = await client.workflow.saveDefinition({ source }).catch(notSaved(given));
  for (const { path, message } of problems) terminal.note(`warning: ${path}: ${message}`);
  return definition;
}

/** Nothing is started by this, whether or not it was done. */
const notSaved = (file: string) => (error: unknown) => {
  const what = `The run of ${file} was not started.`;
  throw new Trouble({ ...troubleOf(error, what), what, cause: error });
};

interface RunsOptions extends Paged {
  readonly status?: string[];
  readonly definition?: string;
  readonly awaits?: string;
}

async function runs({ client, terminal }: Context, options: RunsOptions): Promise<void> {
  const { status, definition, awaits } = options;
  const page = await client.workflow.listRuns({
    ...pageOf(options),
    ...(definition !== undefined && { definition }),
    ...(awaits !== undefined && { awaits }),
    ...(status && { status: status as RunView['status'][] }),
  });
  const isFiltered = [status, definition, awaits].some((wanted) => wanted !== undefined);
  terminal.answer(page, () =>
    listed(
      page,
      isFiltered ? 'There are no such runs.' : 'There are no runs.',
      ['run', 'definition', 'verdict', 'started', 'why'],
      ({ id, definition: of, verdict, createdAt }) => [
        id,
        `${of.id}@${of.version}`,
        verdict.verdict,
        moment(createdAt),
        verdict.reason,
      ],
      terminal.columns,
    ),
  );
}

async function watchRun(
  context: Context,
  id: string,
  { after: given }: { readonly after?: number },
): Promise<number> {
  const { client, terminal, signal } = context;
  if (!terminal.json && given !== undefined)
    throw misuse('The run could not be watched.', '--after is about events.', 'Add --json, or leave it out.');
  if (!terminal.json) return exitOf(await watch(context, id));
  const after = given ?? 0;
  const run = await client.workflow.getRun({ id, results: 'none' });
  const isOver = hasEnded(run);
  const onConnection = (lost: ProblemError | null): void => terminal.note(connectionLine(lost));
  if (!isOver || after < run.sequence)
    for await (const event of client.events({ run: id, after, signal, onConnection })) {
      terminal.record(event);
      if (isOver ? event.sequence >= run.sequence : event.sequence > run.sequence && isEnd(event)) break;
    }
  if (signal.aborted) return EXIT.interrupted;
  return exitOf({ run: await client.workflow.getRun({ id, results: 'none' }), interrupted: false });
}

const control =
  (name: (typeof CONTROLS)[number][0]) =>
  async ({ client, terminal }: Context, id: string, options: Reasoned): Promise<void> => {
    const receipt = await client.workflow[name]({ id, ...reasonOf(options) });
    terminal.answer(receipt, () => [`${id} is ${receipt.status}.`]);
  };

type RaisedLimits = NonNullable<InputOf<'workflow.resume'>['limits']>;

/** One that has no room goes on, and pauses again in the same moment. */
async function resume({ client, terminal }: Context, id: string, options: RaisedLimits): Promise<number> {
  const { concurrency, tasks, tokens, cost } = options;
  const limits = {
    ...(concurrency !== undefined && { concurrency }),
    ...(tasks !== undefined && { tasks }),
    ...(tokens !== undefined && { tokens }),
    ...(cost && { cost }),
  };
  const receipt = await client.workflow.resume({ id, ...(Object.keys(limits).length > 0 && { limits }) });
  const { status } = receipt;
  if (status !== 'paused') {
    terminal.answer(receipt, () => [`${id} is ${status === 'running' ? 'resumed' : status}.`]);
    return EXIT.ok;
  }
  const reading = client.workflow.getRun({ id, results: 'none' });
  const { verdict } = await laterStep(reading, `${id} is paused again.`, `Then: humanos show ${id}`);
  terminal.answer({ ...receipt, verdict }, () => [`${id} is paused again: ${verdict.reason}`]);
  return EXIT.failed;
}

interface CancelOptions extends Reasoned {
  readonly undo: string;
  readonly keep?: string[];
  readonly all?: boolean;
}

async function cancel({ client, terminal }: Context, id: string, options: CancelOptions): Promise<void> {
  const { undo, keep = [], all } = options;
  // Read first: a read that fails after the cancellation would tell that there was none.
  const of = all ? (await client.workflow.getRun({ id, results: 'none' })).definition.id : null;
  const receipt = await client.workflow.cancel({
    id,
    keep,
    recovery: recoveryOf(undo),
    ...reasonOf(options),
    ...(all && { runs: 'all' }),
  });
  const others = `All other runs of its definition that were started by now and have not ended are being cancelled: humanos runs -d ${of}`;
  terminal.answer(receipt, () => [`${id} is ${receipt.status}.`, ...(of === null ? [] : [others])]);
}

const recoveryOf = (undo: string): 'none' | 'compensate' | { readonly rollback: string } =>
  undo === 'none' ? 'none' : undo === 'all' ? 'compensate' : { rollback: undo };

async function rollback(
  { client, terminal }: Context,
  id: string,
  phase: string,
  options: Reasoned,
): Promise<void> {
  const receipt = await client.workflow.rollback({ id, phase, ...reasonOf(options) });
  terminal.answer(receipt, () => [`${id} goes back to ${phase}.`]);
}

async function signal(
  { client, terminal }: Context,
  id: string,
  name: string,
  { payload }: { readonly payload?: string },
): Promise<void> {
  const value = payload === undefined ? null : await readValue(payload, terminal.input, '--payload');
  const receipt = await client.workflow.signal({ id, signal: name, payload: value as Json });
  terminal.answer(receipt, () => [`${id} has the signal ${name}.`]);
}

/** A run for people: how it is, step by step, and what came of it. */
export function describeRun(run: RunView, width: number): string[] {
  const { head, steps, asks } = progressOf(run, width);
  return [
    head,
    ...indent(
      pairs([
        ['name', run.name],
        ['definition', `${run.definition.id}, version ${run.definition.version}`],
        ['status', run.status],
        ['started', `${moment(run.createdAt)} by ${run.startedBy}`],
        ['answers for it', run.accountable],
        ['ended', moment(run.endedAt)],
        ['deadline', moment(run.deadline)],
        ['failure', run.failure && `${run.failure.code}: ${run.failure.message}`],
      ]),
    ),
    ...steps.map((line) => `  ${line}`),
    ...asks.map((line) => `  ${line}`),
    ...(run.output === null ? [] : ['output', ...indent(document(run.output, 60))]),
  ];
}
