import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, PostgresServer } from '../../test/postgres/index.ts';
import type { Place } from './contender.ts';

/** A new place for one process to be measured in, and what is to be done with it afterwards. */
export interface Ground {
  readonly place: Place;
  /** What is part of the contender and not of the process: killed with it, and started again when it is. */
  crash(): Promise<void>;
  recover(): Promise<void>;
  discard(): Promise<void>;
}
export type NewGround = () => Promise<Ground>;

const START_MS = 30_000;
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'humanos-compare-'));
const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
const nothing = (): Promise<void> => Promise.resolve();

export const inFolder = (durability: Place['durability']): Promise<Ground> => {
  const folder = newFolder();
  const discard = (): Promise<void> => Promise.resolve(remove(folder));
  return Promise.resolve({
    place: { folder, address: '', durability },
    crash: nothing,
    recover: nothing,
    discard,
  });
};

/** The same for everybody: every commit is flushed, and a database larger than the defaults' 128 MB is kept in memory. */
export const POSTGRES_SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  max_connections: '200',
};

export const onPostgres = async (): Promise<Ground> => {
  const server = await PostgresServer.create({ settings: POSTGRES_SETTINGS });
  const folder = newFolder();
  const discard = async (): Promise<void> => {
    await server.remove();
    remove(folder);
  };
  const address = await server.newDatabase();
  return { place: { folder, address, durability: 'full' }, crash: nothing, recover: nothing, discard };
};

export const onRedis = (appendfsync: 'always' | 'everysec') => async (): Promise<Ground> => {
  requireRedis();
  const folder = newFolder();
  const port = await freePort();
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync,
    save: '',
    loglevel: 'warning',
  };
  const given = Object.entries({ ...options, 'maxmemory-policy': 'noeviction' });
  const server = new Server(
    'redis-server',
    given.flatMap(([name, value]) => [`--${name}`, String(value)]),
  );
  await server.start(port);
  const discard = async (): Promise<void> => {
    await server.kill();
    remove(folder);
  };
  const durability = appendfsync === 'always' ? 'full' : 'normal';
  return { place: { folder, address: String(port), durability }, crash: nothing, recover: nothing, discard };
};

/** Restate's server is the engine: it dies with the process that it calls, and both come back. */
export const onRestate = async (): Promise<Ground> => {
  const folder = newFolder();
  const [ingress, admin, node, service] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const program = createRequire(join(PEERS, 'package.json')).resolve(
    `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
  );
  const server = new Server(program, ['--no-logo', '--listen-mode', 'tcp', '--node-name', 'bench'], {
    RESTATE_BASE_DIR: folder,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'error',
    // A run that waits is let go of at once, so that as many wait as there are.
    RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT: '20000',
  });
  await server.start(ingress);
  const discard = async (): Promise<void> => {
    await server.kill();
    remove(folder);
  };
  return {
    place: { folder, address: `${ingress},${admin},${service}`, durability: 'full' },
    crash: () => server.kill(),
    recover: () => server.start(ingress),
    discard,
  };
};

export const PEERS = new URL('../peers/', import.meta.url).pathname;

/** Debian's Redis, which is installed where this may be done. */
function requireRedis(): void {
  if (spawnSync('redis-server', ['--version']).status === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error('redis-server is not on the PATH; on Debian: apt-get install redis-server');
  const { status, stderr } = spawnSync(
    'apt-get',
    ['install', '-y', '--no-install-recommends', 'redis-server'],
    { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } },
  );
  if (status !== 0) throw new Error(`apt-get install redis-server failed: ${stderr.slice(-300)}`);
}

/** A program that serves a port. */
class Server {
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #process: ChildProcess | null = null;
  readonly #end = (): void => void this.#process?.kill('SIGKILL');

  constructor(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#program = program;
    this.#args = args;
    this.#env = env;
  }

  async start(port: number): Promise<void> {
    const child = spawn(this.#program, this.#args, {
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    process.once('exit', this.#end);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-1000)));
    child.on('error', (error) => (said += error.message));
    const until = Date.now() + START_MS;
    while (!(await isOpen(port))) {
      if (child.exitCode !== null || child.pid === undefined || Date.now() > until)
        throw new Error(`${this.#program} did not start: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    process.removeListener('exit', this.#end);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
