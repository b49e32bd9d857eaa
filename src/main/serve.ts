import { setImmediate as othersFirst } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { MAIL, type Channels } from '../channels/index.ts';
import { DEFAULT_HOST, DEFAULT_PORT, isPostgres } from '../cli/addresses.ts';
import type { Role } from '../cli/index.ts';
import { createApp, isLoopback, listen, Metrics, type App, type Limits } from '../http/index.ts';
import { verifierKey } from '../ledger/index.ts';
import {
  ADMINISTRATOR,
  newId,
  newKeyPair,
  newSecret,
  Operations,
  type PlanModel,
} from '../operations/index.ts';
import type { Passport } from '../routing/index.ts';
import { DatabaseClock, Runtime, systemClock, type Clock } from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import { makeChannels, type ChannelOptions } from './channels.ts';
import { verifySignature } from './ed25519.ts';
import { archiveFolder } from './archive-folder.ts';
import { ledgerKey } from './ledger-key.ts';
import { readManifest } from './manifest.ts';
import { openStore } from './open-store.ts';
import { sha256 } from './sha256.ts';

export interface ServerOptions {
  /** `all` if left out; anything else takes a PostgreSQL, and others that do the rest. */
  readonly role?: Role;
  /** `sqlite:PATH`, `postgres://…`, or `memory:` for one that ends with the process. */
  readonly databaseUrl: string;
  /** 127.0.0.1; another address lets other machines in, and wants TLS in front of it. */
  readonly host?: string;
  /** 4400; 0 takes any that is free. */
  readonly port?: number;
  /** Further names that the server goes by, for the `Host` of requests. */
  readonly hosts?: readonly string[];
  /** By default warnings and faults are written to standard error. */
  readonly log?: Logger;
  readonly limits?: Partial<Limits>;
  /** Breaks goals down into steps; without it the planner does, by what capabilities consume and produce. */
  readonly model?: PlanModel;
  /** Runs that ended so long ago are moved into files of a folder, once an hour. */
  readonly archive?: ArchiveSetting;
  /** How the world outside is told; by default by webhooks to public addresses. */
  readonly channels?: ChannelOptions;
  /** Ends a start that is not done, which makes no administrator then; later it is nothing to the server. */
  readonly signal?: AbortSignal;
}

export interface ArchiveSetting {
  readonly olderThanMs: number;
  readonly folder: string;
}

export interface OpenServer {
  readonly url: string;
  /** The administrator's, where this is the first that answers on a database without any: shown here and never again. */
  readonly adminToken?: string;
  readonly runtime: Runtime;
  readonly operations: Operations;
  /** The interface without its socket. */
  readonly fetch: App['fetch'];
  /** Readiness goes first; who waits is answered, and what is under way finishes. */
  stop(): Promise<void>;
}

const HOUR = 3_600_000;
/** How long answers are kept for repetitions. */
const REPETITION = 24 * HOUR;
/** Answers that are forgotten in one write: on SQLite nobody is answered meanwhile. */
const FORGOTTEN_AT_ONCE = 1000;

/**
 * Opens a server on a database.
 * @throws StoreFault when the database cannot be used; the platform's Error when the address cannot be had; why `signal` has aborted
 */
export async function openServer(options: ServerOptions): Promise<OpenServer> {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, limits, role = 'all', signal } = options;
  const log = options.log ?? quietLog();
  const metrics = new Metrics();
  const store = measured(await openStore(options.databaseUrl), metrics);
  const closing: (() => Promise<unknown> | void)[] = [() => metrics.stop(), () => store.close()];
  const stop = once(() => closeAll(closing.toReversed()));
  try {
    signal?.throwIfAborted();
    const shared = isPostgres(options.databaseUrl);
    const { background, answers, tells } = DUTIES[role];
    const clock = shared ? await databaseClock(store, closing) : systemClock;
    const { signer, seal } = await ledgerKey(store);
    const onFault = loggingTo(log);
    const runtime = new Runtime({ store, clock, sha256, signer, newId, onFault, shared, background });
    const { version } = readManifest();
    const channels = makeChannels(options.channels ?? {}, {
      runtime,
      version,
      shared,
      tells,
      clock,
      operations: () => operations,
      onFault,
    });
    const operations: Operations = new Operations({
      runtime,
      clock,
      sha256,
      verify: verifySignature,
      newId,
      newSecret,
      newKeyPair,
      seal,
      onFault,
      origin: signer.name,
      verifierKey: verifierKey(signer.name, signer.publicKey, sha256),
      version,
      model: options.model,
      channels,
    });
    const app = createApp({
      operations,
      metrics,
      log,
      version,
      host,
      hosts: hostsOf(host, options),
      answers,
      ...(limits && { limits }),
    });
    const listening = await listen(app, { host, port, log });
    closing.push(
      () => listening.stop(),
      () => runtime.stop(),
      () => listening.drain(),
    );
    await runtime.start();
    await channels.start();
    closing.push(() => channels.stop(), housekeeping(store, channels, clock, onFault));
    if (background) closing.push(archiving(runtime, clock, options, log));
    // The last, so that readiness goes first; probes are answered until the end.
    closing.push(() => app.drain());
    signal?.throwIfAborted();
    const adminToken = answers ? await bootstrap(runtime, clock) : null;
    if (!isLoopback(host)) log.warn({ host }, 'other machines can reach this server: put TLS in front of it');
    const { url } = listening;
    return { url, ...(adminToken !== null && { adminToken }), runtime, operations, fetch: app.fetch, stop };
  } catch (fault) {
    await stop().catch(() => {});
    throw fault;
  }
}

const DUTIES = {
  all: { background: true, answers: true, tells: true },
  api: { background: false, answers: true, tells: false },
  scheduler: { background: true, answers: false, tells: false },
  worker: { background: false, answers: false, tells: true },
} as const satisfies Record<Role, object>;

/** Where names are looked at, links in mails may lead here as well. */
const hostsOf = (bound: string, { hosts = [], channels }: ServerOptions): readonly string[] =>
  channels?.mail && (isLoopback(bound) || hosts.length > 0)
    ? [...hosts, new URL(channels.mail.publicUrl).hostname]
    : hosts;

/** What all nodes on a database go by. */
async function databaseClock(store: Store, closing: (() => void)[]): Promise<Clock> {
  const clock = await DatabaseClock.start(systemClock, () => store.now());
  closing.push(() => clock.stop());
  return clock;
}

const quietLog = (): Logger => pino({ level: 'warn' }, pino.destination(2));

const loggingTo =
  (log: Logger) =>
  (fault: unknown): void =>
    log.error({ err: fault }, 'background work failed, and is tried again');

/** All of it, whatever becomes of a part: what stays open keeps the process. @throws the first fault, in the end */
async function closeAll(closing: readonly (() => Promise<unknown> | void)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closing)
    try {
      await close();
    } catch (fault) {
      faults.push(fault);
    }
  if (faults.length > 0) throw faults[0];
}

const once = (act: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | null = null;
  return () => (done ??= act());
};

/** The same store, whose commits are timed. */
function measured(store: Store, metrics: Metrics): Store {
  const commit = store.commit.bind(store);
  return Object.assign(store, {
    commit: async (changes: Parameters<Store['commit']>[0]) => {
      const began = performance.now();
      const results = await commit(changes);
      metrics.observeCommit((performance.now() - began) / 1000, changes.length);
      return results;
    },
  });
}

// --- what the first start makes --------------------------------------------------------------------------------------

const FIRST: Omit<Passport, 'createdAt'> = {
  id: 'passport_human_admin',
  kind: 'human',
  name: 'Administrator',
  owner: null,
  roles: [ADMINISTRATOR],
  groups: [],
  capabilities: [],
  status: 'available',
  capacity: 100,
  publicKey: null,
};

/** Its answer, the secret, is kept nowhere. */
const FIRST_START = { key: 'first-start', fingerprint: '', result: null };

/**
 * Where nobody has a token yet, nobody could ever get one: an administrator is made, and its token given out. Of servers that start
 * together one does it: the token is issued under a key that can be used once.
 */
async function bootstrap({ organisation }: Runtime, clock: Clock): Promise<string | null> {
  const known = await organisation.tokens.list({ limit: 1 });
  if (known.rows.length > 0) return null;
  const by = {
    actor: 'system:humanos',
    onBehalfOf: FIRST.id,
    authority: { kind: 'system', id: 'first-start' },
  } as const;
  const createdAt = clock.now();
  if (!organisation.passport(FIRST.id)) await organisation.register({ ...FIRST, createdAt }, by);
  const secret = `humanos_${newSecret()}`;
  const token = {
    id: `token_${newId()}`,
    passport: FIRST.id,
    label: 'first start',
    createdAt,
    revokedAt: null,
  };
  const issued = await organisation.tokens.issue(secret, token, by, () => FIRST_START);
  if (issued.ok) return secret;
  if (issued.rejection.code === 'changed_meanwhile') return null;
  throw new Error(issued.rejection.message);
}

/** Forgets, every hour, what nobody will ask for again. What a stop cuts off is done after the next start. */
function housekeeping(
  store: Store,
  channels: Pick<Channels, 'forget'>,
  clock: Clock,
  onFault: (fault: unknown) => void,
): () => void {
  let isOver = false;
  const onCut = (fault: unknown): void => void (isOver || onFault(fault));
  const forgetAnswers = async (): Promise<void> => {
    const before = clock.now() - REPETITION;
    while (!isOver && (await store.forgetIdempotency(before, FORGOTTEN_AT_ONCE)) > 0) await othersFirst();
  };
  const forget = (): void => {
    forgetAnswers().catch(onCut);
    channels.forget().catch(onCut);
  };
  const timer = setInterval(forget, HOUR);
  timer.unref();
  forget();
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}

/** Moves old runs into files, every hour; a part of it that is under way when the server stops is finished first. */
function archiving(
  runtime: Runtime,
  clock: Clock,
  { archive: setting, channels: told }: ServerOptions,
  log: Logger,
): () => Promise<void> {
  if (!setting) return async () => {};
  const { olderThanMs, folder } = setting;
  const channels = told?.mail ? [MAIL] : [];
  const stopping = new AbortController();
  const { signal } = stopping;
  let under: Promise<unknown> = Promise.resolve();
  const archiveOnce = async (): Promise<void> => {
    const before = clock.now() - olderThanMs;
    const { heldBackBy } = await runtime.archiver.archive(archiveFolder(folder), before, {
      signal,
      channels,
    });
    if (heldBackBy !== null) log.warn({ heldBackBy }, 'a channel has still to carry what could be archived');
  };
  const archive = (): void => void (under = under.then(archiveOnce).catch(loggingTo(log)));
  const timer = setInterval(archive, HOUR);
  timer.unref();
  archive();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await under;
  };
}
