import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { findProgram, type Program } from './program.ts';

/** Anybody on this machine gets in as anybody, except as `secured`, who has to know the password that a test gives it. */
const ACCESS = `host all secured 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
`;
/** Who the server belongs to: what tests do to the server itself, they do as this. */
const ADMINISTRATOR = 'postgres';
/** Who the URLs are for: it may log in and owns what is made for it, and is nothing more. */
const OWNER = 'humanos';
const NOTHING_MORE = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
const START_MS = 30_000;

export interface ServerOptions {
  /** Settings of the server; by default nothing is flushed to disk, which no test can tell. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Other programs than those that come with the tests. */
  readonly program?: Program;
  /** The folder in which it makes its own; that of the system for such things, if absent. */
  readonly parent?: string;
  /** Fills the data folder, as a base backup does, in place of `initdb`. */
  readonly fill?: (data: string, program: Program) => void;
}

/** A PostgreSQL of the test's own, in a folder of its own. */
export class PostgresServer {
  readonly #program: Program;
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly port: number;
  #process: ChildProcess | null = null;
  #databases = 0;
  readonly #listeners = new Set<(line: string) => void>();
  readonly #kill = (): void => void this.#process?.kill('SIGKILL');
  readonly #end = (): void => process.exit(143);

  private constructor(program: Program, folder: string, port: number, settings: Record<string, string>) {
    this.#program = program;
    this.#folder = folder;
    this.port = port;
    this.#settings = settings;
  }

  /** Makes a cluster, whose order of text is not that of bytes, and starts it. */
  static async create(options: ServerOptions = {}): Promise<PostgresServer> {
    const { settings = {}, program = findProgram(), parent = tmpdir(), fill = initialise } = options;
    const folder = mkdtempSync(join(parent, 'humanos-postgres-'));
    chmodSync(folder, 0o700);
    if (program.user) chownSync(folder, program.user.uid, program.user.gid);
    fill(join(folder, 'data'), program);
    const unsafe = { fsync: 'off', full_page_writes: 'off', ...settings };
    const server = new PostgresServer(program, folder, await freePort(), unsafe);
    await server.start();
    if (fill === initialise) await server.query(`CREATE ROLE ${OWNER} LOGIN ${NOTHING_MORE}`);
    return server;
  }

  /** The first of its processes; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** False where it has not been started, or has ended, also by itself. */
  get isUp(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Where its data is. */
  get data(): string {
    return join(this.#folder, 'data');
  }

  async start(): Promise<void> {
    const { postgres, user } = this.#program;
    const settings = Object.entries({
      port: String(this.port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      ...this.#settings,
    }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(postgres, ['-D', this.data, ...settings], {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      ...user,
    });
    this.#process = child;
    process.once('exit', this.#kill);
    process.once('SIGTERM', this.#end);
    createInterface({ input: child.stderr }).on('line', (line) => {
      for (const listener of this.#listeners) listener(line);
    });
    await ready(child);
  }

  /** Shows each line that it writes to its log from now on, also after a start; what is returned ends that. */
  listen(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends it: `SIGINT` tells its clients, `SIGKILL` is a crash. Resolves when it is gone. */
  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    process.removeListener('exit', this.#kill);
    process.removeListener('SIGTERM', this.#end);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const others = signal === 'SIGKILL' ? childrenOf(child) : [];
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    for (const pid of others) kill(pid, 'SIGKILL');
    await gone;
    while (others.some(isAlive)) await new Promise((resolve) => setImmediate(resolve));
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    for (const folder of [this.#folder, this.#program.copied])
      if (folder !== null) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  url(database: string): string {
    return `postgres://${OWNER}@127.0.0.1:${this.port}/${database}`;
  }

  get administratorUrl(): string {
    return this.administering(this.url('postgres'));
  }

  /** Where this leads its owner, but as the administrator. */
  administering(url: string): string {
    return url.replace(`//${OWNER}@`, `//${ADMINISTRATOR}@`);
  }

  /** A new database with nothing in it; its URL, for its owner. */
  async newDatabase(name?: string): Promise<string> {
    this.#databases += 1;
    const chosen = name ?? `test_${process.pid}_${this.#databases}`;
    await this.query(`CREATE DATABASE ${chosen} OWNER ${OWNER}`);
    return this.url(chosen);
  }

  /** A new schema with nothing in it, which is as good as a database and made sooner; the URL that leads its owner to it. */
  async newSchema(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query(`CREATE SCHEMA ${name} AUTHORIZATION ${OWNER}`);
    return `${this.url('postgres')}?options=-csearch_path%3D${name}`;
  }

  /** As the administrator, where no URL says who asks. */
  async query(sql: string, url = this.administratorUrl): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ connectionString: url });
    // A connection that is lost between questions is noticed by the next.
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }
}

function initialise(data: string, { initdb, user }: Program): void {
  const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=icu', '--icu-locale=en'];
  const { status, stderr, error } = spawnSync(
    initdb,
    ['-D', data, '-U', ADMINISTRATOR, '-A', 'trust', '--no-sync', '--no-instructions', ...locale],
    { cwd: '/', encoding: 'utf8', timeout: START_MS, ...user },
  );
  if (status !== 0) throw new Error(`initdb failed (${status}): ${error?.message ?? stderr}`);
  writeFileSync(join(data, 'pg_hba.conf'), ACCESS);
}

/** The processes that serve its connections, which would go on for a moment without it. */
function childrenOf({ pid }: ChildProcess): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? readFileSync(list, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

/** False when there is no such process. */
function kill(pid: number, signal: 'SIGKILL' | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** One that has ended, and that nobody has asked how, is not. */
const isAlive = (pid: number): boolean =>
  kill(pid, 0) && !(existsSync(`/proc/${pid}/stat`) && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));

/** PostgreSQL says so on its standard error; a standby, that it answers those who read. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    let isReady = false;
    const late = setTimeout(() => fail('not ready in time'), START_MS);
    const fail = (why: string): void => {
      clearTimeout(late);
      child.kill('SIGKILL');
      reject(new Error(`PostgreSQL did not start (${why}): ${said.slice(-2000)}`));
    };
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`exit code ${code}`));
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      said = (said + piece).slice(-10_000);
      if (isReady || !/ready to accept (?:read-only )?connections/.test(said)) return;
      isReady = true;
      clearTimeout(late);
      child.removeAllListeners('exit');
      resolve();
    });
  });
}

/** One that nobody listens at now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
