import { Command, CommanderError } from 'commander';
import { actOf, report, type Invocation } from './act.ts';
import { archiveCommand } from './commands/archive.ts';
import { channelCommands } from './commands/channels.ts';
import { ledgerCommands } from './commands/ledger.ts';
import { localCommands } from './commands/local.ts';
import { organisationCommands } from './commands/organisation.ts';
import { planCommands } from './commands/plan.ts';
import { policyCommands } from './commands/policies.ts';
import { runCommands } from './commands/runs.ts';
import { taskActs } from './commands/task-acts.ts';
import { taskCommands } from './commands/tasks.ts';
import { variablesOf, type Environment } from './context.ts';
import { named, notEmpty } from './input.ts';
import { oneLine } from './layout.ts';
import type { Roots } from './roots.ts';
import { Terminal, type Streams } from './terminal.ts';
import { EXIT, misuse, type Trouble } from './trouble.ts';

export type {
  ArchiveOptions,
  ArchiveReport,
  AtWork,
  DemoOptions,
  KnownCheckpoints,
  LedgerReport,
  MoveOptions,
  MoveReport,
  Role,
  Roots,
  SchemaReport,
  Served,
  ServeOptions,
  WorkOptions,
} from './roots.ts';
export type { Environment } from './context.ts';
export type { Streams } from './terminal.ts';
export { Trouble } from './trouble.ts';

/**
 * One invocation of `humanos`, from its arguments to its exit code: 0 done, 1 refused or failed, 2 used wrongly, 3 no connection, 130
 * interrupted.
 */
export async function main(
  argv: readonly string[],
  means: { readonly roots: Roots; readonly env: Environment; readonly streams: Streams },
): Promise<number> {
  const env = variablesOf(means.env);
  const invocation: Invocation = { ...means, env, interrupted: interruption(), exit: EXIT.ok };
  const json = argv.includes('--json');
  const program = programOf(invocation, argv);
  try {
    const [first, asked = '-'] = argv;
    if (
      first === 'help' &&
      !/^(-|help$)/.test(asked) &&
      !program.commands.some((one) => one.name() === asked)
    )
      program.error(`error: unknown command '${asked}'`);
    await program.parseAsync(argv, { from: 'user' });
    return invocation.exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    if (error instanceof CommanderError && !json) return EXIT.usage;
    const told = error instanceof CommanderError ? asMisuse(error, argv) : error;
    return report(told, UNREAD, new Terminal(means.streams, json), env);
  }
}

const UNREAD = 'The command could not be read.';

const asMisuse = ({ code, message }: CommanderError, argv: readonly string[]): Trouble =>
  misuse(
    UNREAD,
    code === 'commander.help'
      ? 'No command is given.'
      : oneLine(worded(message, argv).replace(/^error: /, '')),
    'humanos --help shows what is possible.',
  );

/** A word that is no command is taken for an argument of the command that may be left out. */
function worded(message: string, argv: readonly string[]): string {
  const [, command = '', word] =
    /^error: too many arguments for '(\S+)'.*: (\S+?)(?:, .*)?\.\s*$/.exec(message) ?? [];
  return word === undefined || argv.includes(command) ? message : `error: unknown command '${word}'\n`;
}

/** Whatever is refused of a value is told with the option it was given to. */
function nameOptions(command: Command): void {
  for (const option of command.options) {
    const { parseArg } = option;
    if (!parseArg) continue;
    option.argParser((text, before) => named(option.long ?? '', () => parseArg(text, before)));
  }
  command.commands.forEach(nameOptions);
}

/** With `--json`, what is wrong with a command is for the caller to tell. */
function programOf(invocation: Invocation, argv: readonly string[]): Command {
  const { streams } = invocation;
  const json = argv.includes('--json');
  const program = new Command('humanos')
    .description('The orchestration engine for work that people and AI agents do together.')
    .option('--json', 'answer with JSON: one document, or one line per event where there is no end to them')
    .option(
      '--url <url>',
      'where the server is; HUMANOS_URL, or made of HUMANOS_HOST and HUMANOS_PORT',
      notEmpty('address'),
    )
    .option(
      '--token <token>',
      'who you are; HUMANOS_TOKEN. Others on this machine can see arguments',
      notEmpty('token'),
    )
    .option('--delegation <id>', 'the delegation under which you act', notEmpty('delegation'))
    .helpOption('-h, --help', 'show help')
    .addHelpText(
      'after',
      '\nhumanos --version says which release this is. Times are in the zone of this machine, but where they end in Z, which is UTC.',
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void streams.output.write(text),
      writeErr: (text) => void (json || streams.errors.write(text)),
      outputError: (text, write) => write(worded(text, argv)),
    })
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride();
  const act = actOf(invocation);
  program.commandsGroup('Here:');
  localCommands(program, act);
  archiveCommand(program, act);
  program.commandsGroup('Runs:');
  planCommands(program, act);
  runCommands(program, act);
  program.commandsGroup('Work:');
  taskCommands(program, act);
  taskActs(program, act);
  program.commandsGroup('Organisation:');
  organisationCommands(program, act);
  channelCommands(program, act);
  policyCommands(program, act);
  ledgerCommands(program, act);
  nameOptions(program);
  return program;
}

/** The first interruption is for the command, the second ends the process. */
function interruption(): () => AbortSignal {
  let controller: AbortController | null = null;
  return () => {
    if (controller) return controller.signal;
    const own = (controller = new AbortController());
    const abort = (): void => {
      own.abort();
      process.off('SIGINT', abort).off('SIGTERM', abort);
    };
    process.on('SIGINT', abort).on('SIGTERM', abort);
    return own.signal;
  };
}
