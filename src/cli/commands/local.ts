import { Option, type Command } from 'commander';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Act } from '../act.ts';
import { DATABASE, DEFAULT_HOST, DEFAULT_PORT, isPostgres } from '../addresses.ts';
import { databaseUrlOf, type Context } from '../context.ts';
import { collect, collectHosts, named, notEmpty, wholeNumber } from '../input.ts';
import { oneLine, plain } from '../layout.ts';
import { ROLES, type Role, type Served } from '../roots.ts';
import { EXIT, misuse, Trouble } from '../trouble.ts';
import { examine } from './doctor.ts';
import { writeStarter } from './init.ts';
import { migrateCommand } from './migrate.ts';

/** Commands that need no server, or are one. */
export function localCommands(program: Command, act: Act): void {
  program
    .command('serve')
    .description('serve HumanOS on a database')
    .option(...DATABASE)
    .option('--host <host>', `where to listen; HUMANOS_HOST, else ${DEFAULT_HOST}`, notEmpty('host'))
    .addOption(
      new Option('--port <port>', `HUMANOS_PORT, else ${DEFAULT_PORT}; 0 is any that is free`).argParser(
        wholeNumber(0, 65_535),
      ),
    )
    .option(
      '--allow-host <name>',
      'a further name that requests may use for it, such as that of a proxy in front; HUMANOS_ALLOW_HOSTS, with commas',
      collectHosts,
    )
    .addOption(
      new Option(
        '--role <role>',
        'HUMANOS_ROLE, else all: api answers requests, scheduler does what nobody asks for, worker sends webhooks and mail',
      ).choices(ROLES),
    )
    .option(
      '--archive-older-than <age>',
      'archive what ended longer ago, such as 90d; HUMANOS_ARCHIVE_OLDER_THAN',
    )
    .option('--archive-to <folder>', 'where archives go; HUMANOS_ARCHIVE_TO', notEmpty('folder'))
    .action(act('HumanOS could not be served.', serve));
  program
    .command('demo')
    .description('the main job: read invoices, have the summary approved, verify the record')
    .option('-i, --input <folder>', 'invoices of your own')
    .option('-y, --yes', 'do not ask: decide everything by itself')
    .option('--database <file>', 'go on in this database, where a job was interrupted; a new one if absent')
    .action(act('The demonstration did not come to its end.', demo));
  program
    .command('init')
    .description('write a definition and an agent to start from')
    .argument('[folder]', 'where to', '.')
    .action(act('Nothing was written.', writeStarter));
  program
    .command('doctor')
    .description('look at everything that HumanOS needs here, and say what to do')
    .option(...DATABASE)
    .action(act('The examination did not come to its end.', examine));
  migrateCommand(program, act);
  program
    .command('worker')
    .description('work on tasks with a module or a program')
    .argument('[module]', 'a file whose default export takes a task and returns the result')
    .option(
      '--exec <command>',
      'a program: the task as JSON on its standard input, the result as JSON on its standard output',
    )
    .option(
      '-c, --capability <capability>',
      'only what asks for this (repeatable), else whatever comes; the module may export `capabilities` instead',
      collect,
    )
    .option('--name <name>', 'appears in its log')
    .addOption(new Option('--concurrency <n>', 'tasks at once').argParser(wholeNumber(1, 10_000)).default(1))
    .addOption(
      new Option('--lease <seconds>', 'how long a task stays its own without a heartbeat')
        .argParser(wholeNumber(5, 3600))
        .default(60),
    )
    .action(act('The worker did not work.', work));
}

interface ServeOptions {
  readonly role?: Role;
  readonly database?: string;
  readonly host?: string;
  readonly port?: number;
  readonly allowHost?: string[];
  readonly archiveOlderThan?: string;
  readonly archiveTo?: string;
}

/**
 * Both, or neither. Variables may be those of servers of all roles: they are for the ones that archive.
 */
function archiveOf(
  env: Context['env'],
  { archiveOlderThan, archiveTo }: ServeOptions,
  role: Role,
): { readonly olderThan: string; readonly folder: string } | undefined {
  if (!ARCHIVING.includes(role)) {
    if (archiveOlderThan === undefined && archiveTo === undefined) return undefined;
    throw misuse(
      'HumanOS could not be served.',
      `The role ${role} leaves archiving to other servers.`,
      `Give --archive-older-than and --archive-to to one whose role is ${ARCHIVING.join(' or ')}.`,
    );
  }
  const olderThan = archiveOlderThan ?? env['HUMANOS_ARCHIVE_OLDER_THAN'];
  const folder = archiveTo ?? env['HUMANOS_ARCHIVE_TO'];
  if (olderThan === undefined && folder === undefined) return undefined;
  if (olderThan !== undefined && folder !== undefined) return { olderThan, folder };
  throw misuse(
    'HumanOS could not be served.',
    'Archiving takes an age and a folder, and only one of them is given.',
    'Give --archive-older-than and --archive-to, or neither.',
  );
}
const ARCHIVING: readonly Role[] = ['scheduler', 'all'];

const hostsOf = (env: Context['env'], { allowHost }: ServeOptions): readonly string[] =>
  allowHost ?? named('HUMANOS_ALLOW_HOSTS', () => collectHosts(env['HUMANOS_ALLOW_HOSTS'] ?? ''));

/** A part of the work is only left out where another server can do it. */
function roleOf(env: Context['env'], given: Role | undefined, databaseUrl: string): Role {
  const named = given ?? env['HUMANOS_ROLE'] ?? 'all';
  const role = ROLES.find((one) => one === named);
  if (!role)
    throw misuse(
      'HumanOS could not be served.',
      `HUMANOS_ROLE is ${named}, which is no role.`,
      `Give one of ${ROLES.join(', ')}.`,
    );
  if (role !== 'all' && !isPostgres(databaseUrl))
    throw misuse(
      'HumanOS could not be served.',
      `The role ${role} leaves work to other servers, and this database is one server's alone.`,
      'Leave --role out, or give a postgres://… database.',
    );
  return role;
}

async function serve(context: Context, options: ServeOptions): Promise<number> {
  const { roots, env, signal } = context;
  const databaseUrl = databaseUrlOf(env, options.database);
  const role = roleOf(env, options.role, databaseUrl);
  const starting = roots.serve({
    signal,
    databaseUrl,
    role,
    archive: archiveOf(env, options, role),
    hosts: hostsOf(env, options),
    host: options.host ?? env['HUMANOS_HOST'] ?? DEFAULT_HOST,
    port: options.port ?? (env['HUMANOS_PORT'] === undefined ? DEFAULT_PORT : portOf(env['HUMANOS_PORT'])),
  });
  await inTime(signal, untilStopped(context, starting));
  return EXIT.ok;
}

/** What is started says where it is, and is ended when that is asked for; what has not started by then does not. */
async function untilStopped({ terminal, signal }: Context, starting: Promise<Served>): Promise<void> {
  const stopping = stopped(signal).then(() => {
    if (!terminal.json) terminal.note('stopping: finishing what was asked');
  });
  const served = await starting.catch((fault: unknown) => {
    if (!signal.aborted || fault !== signal.reason) throw fault;
  });
  if (!served) return;
  const { url, adminToken } = served;
  if (terminal.json) terminal.record({ url, ...(adminToken !== undefined && { adminToken }) });
  else
    terminal.lines([`HumanOS at ${url}`, ...(adminToken === undefined ? [] : adminLines(url, adminToken))]);
  await stopping;
  await served.stop();
}

const portOf = (given: string): number => named('HUMANOS_PORT', () => wholeNumber(0, 65_535)(given));

/** Less than supervisors wait before they kill (`deploy/`). */
const STOP_MS = 25_000;

/** A server that is told to end ends, though its database does not answer, and though it has not started yet. @throws Trouble */
async function inTime(signal: AbortSignal, end: Promise<void>): Promise<void> {
  const over = new AbortController();
  const limit = stopped(signal)
    .then(() => pause(STOP_MS, undefined, { signal: over.signal }))
    .then(() => {
      throw new Trouble({
        what: 'HumanOS ended before everything was finished.',
        why: `Something that was under way had no answer for ${STOP_MS / 1000} s; most likely the database is away.`,
        next: 'Nothing that was acknowledged is lost: start it again, and it goes on with what was under way.',
        code: 'stop_late',
      });
    });
  await Promise.race([end, limit]).finally(() => over.abort());
}

const adminLines = (url: string, token: string): string[] => [
  '  The database is new. Its administrator has this token, which is shown this once:',
  '',
  `  export HUMANOS_URL=${url}`,
  `  export HUMANOS_TOKEN=${token}`,
  '',
];

const stopped = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

interface DemoOptions {
  readonly input?: string;
  readonly yes?: boolean;
  readonly database?: string;
}

/** Where nothing is said it has a file of its own; a PostgreSQL is one that somebody has set up for it. */
async function demo(
  { terminal, roots, env, signal }: Context,
  { input, yes = false, database: named }: DemoOptions,
): Promise<number> {
  if (!roots.demo)
    throw misuse(
      'There is no demonstration here.',
      'It belongs to the source of HumanOS, and is no part of the package.',
      'Clone the repository, then: npm ci && npm run demo',
    );
  const ambient = postgresOf(env);
  const database = named ?? ambient;
  const isAmbient = database !== undefined && database === ambient;
  return roots.demo({ input, yes, database, isAmbient, terminal, signal });
}

const postgresOf = ({ HUMANOS_DATABASE_URL: url }: Context['env']): string | undefined =>
  url !== undefined && isPostgres(url) ? url : undefined;

/** A server that does not answer yet, or refuses, is for the worker to tell. */
async function notAsPerson({ client }: Context): Promise<void> {
  const me = await client.participant.me().catch(() => null);
  if (me?.kind !== 'human') return;
  throw new Trouble({
    what: 'The worker did not work.',
    why: `This is the token of ${me.name}, a person; agents take what comes next, and people choose.`,
    next: 'Use that of the agent (HUMANOS_TOKEN): humanos participants add NAME --capability CAPABILITY --issue-token',
    code: 'kind_unsuited',
  });
}

interface WorkerOptions {
  readonly exec?: string;
  readonly capability?: string[];
  readonly name?: string;
  readonly concurrency: number;
  readonly lease: number;
}

async function work(context: Context, module: string | undefined, options: WorkerOptions): Promise<number> {
  const { terminal, roots, url, token, signal } = context;
  const { exec, capability = [], concurrency, lease, name } = options;
  const agent =
    module !== undefined && exec === undefined ? { module } : exec !== undefined && !module ? { exec } : null;
  if (!agent)
    throw misuse(
      'There is nothing to work with.',
      'A worker needs a module or a program, and not both.',
      'Give a file, or --exec COMMAND.',
    );
  await notAsPerson(context);
  const worker = await roots.work({
    agent,
    name,
    capabilities: capability,
    concurrency,
    leaseSeconds: lease,
    url,
    token,
    log: (line, event, stack) =>
      terminal.json
        ? terminal.record(event)
        : terminal.note([oneLine(line), ...(stack === undefined ? [] : [plain(stack)])].join('\n')),
  });
  void stopped(signal).then(() => worker.stop());
  return (await worker.ended) === null ? EXIT.ok : EXIT.failed;
}
