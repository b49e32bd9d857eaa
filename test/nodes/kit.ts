import { AsyncLocalStorage } from 'node:async_hooks';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import type { Task } from '../../src/engine/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { attribute, DatabaseClock, Runtime, systemClock, type Clock } from '../../src/runtime/index.ts';
import { openPostgres } from '../../src/store/postgres/index.ts';
import type { Store } from '../../src/store/index.ts';
import type { PostgresServer } from '../postgres/index.ts';
import { person } from '../routing-kit/person.ts';

export const ORIGIN = 'humanos/nodes';
const KEYS = generateKeyPairSync('ed25519');
export const PUBLIC_KEY = KEYS.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
export const sha256 = (bytes: Uint8Array | string): Uint8Array => hash('sha256', bytes, 'buffer');

const BOSS = person('boss', { roles: ['administrator'], capacity: 9 });
export const agent = (id: string, capacity = 1, more: Partial<Passport> = {}): Passport => ({
  ...BOSS,
  id,
  kind: 'agent',
  name: id,
  owner: 'boss',
  roles: [],
  capabilities: ['work'],
  capacity,
  ...more,
});
export const asBoss = attribute(BOSS, { kind: 'role', id: 'administrator' });
export const as = (id: string) => ({
  actor: id,
  onBehalfOf: 'boss',
  authority: { kind: 'definition', id: 'd', version: '1' } as const,
});

/** A server without its sockets, beside others on one database. */
export interface Node {
  readonly runtime: Runtime;
  readonly store: Store;
  /** Faults of background work, in the order in which they came. */
  readonly faults: unknown[];
  /** Resolves when the node has looked at a task in the store, as it does before it ends a lease. */
  looked(): Promise<void>;
  /** Resolves with what nobody catches, which brings a process down. */
  fell(): Promise<unknown>;
  stop(): Promise<void>;
  /** Ends it as a crash does: nothing that was under way is told of its end. */
  kill(): Promise<void>;
}

let ids = 0;

export interface NodeOptions {
  /** How far the clock of its machine is off, ms. */
  readonly skew?: number;
  readonly background?: boolean;
  /** It hears nothing of what others do. */
  readonly deaf?: boolean;
  /** Called with its store before anything is read from it. */
  readonly opened?: (store: Store) => void;
}

/** What the machine's clock says, for one whose clock is off. */
const skewed = (ms: number): Clock => ({ ...systemClock, now: () => Date.now() + ms });

/** Nodes on a new database, ended with the test. */
export async function openNodes(
  t: TestContext,
  server: PostgresServer,
  ...options: readonly NodeOptions[]
): Promise<Node[]> {
  const url = await server.newSchema();
  const all: Node[] = [];
  for (const one of options) all.push(await openNode(url, one));
  t.after(async () => {
    for (const node of all) await node.stop();
  });
  return all;
}

export async function openNode(
  url: string,
  { skew = 0, background = true, deaf = false, opened }: NodeOptions = {},
): Promise<Node> {
  const store = await openPostgres(url);
  if (deaf) store.watch = () => () => {};
  opened?.(store);
  const life: Life = { alive: true, plans: new Set(), looks: [], falls: null };
  const faults: unknown[] = [];
  const machine = mortal(skewed(skew), life);
  const clock = await DatabaseClock.start(
    machine,
    () => store.now(),
    () => performance.now() + skew,
  );
  const runtime = new Runtime({
    store: mortalStore(store, life),
    clock,
    sha256,
    signer: { name: ORIGIN, publicKey: PUBLIC_KEY, sign: (message) => sign(null, message, KEYS.privateKey) },
    newId: () => `${process.pid}_${(ids += 1)}`,
    onFault: (fault) => void faults.push(fault),
    shared: true,
    background,
  });
  await runtime.start();
  return {
    runtime,
    store,
    faults,
    looked: () => new Promise((resolve) => life.looks.push(resolve)),
    fell: () => new Promise((resolve) => (life.falls = resolve)),
    stop: async () => {
      clock.stop();
      await runtime.stop();
      await store.close();
    },
    kill: async () => {
      life.alive = false;
      for (const cancel of life.plans) cancel();
      clock.stop();
      await store.close();
    },
  };
}

interface Life {
  alive: boolean;
  /** Ends what is planned. */
  readonly plans: Set<() => void>;
  /** Called when it has looked at a task. */
  readonly looks: (() => void)[];
  /** Told of what nobody catches, where somebody waits for that. */
  falls: ((fault: unknown) => void) | null;
}

const mortal = (clock: Clock, life: Life): Clock => ({
  now: () => clock.now(),
  after: (ms, call) => {
    const cancel = clock.after(ms, () => {
      life.plans.delete(cancel);
      call();
      tell();
    });
    life.plans.add(cancel);
    return () => {
      life.plans.delete(cancel);
      cancel();
    };
  },
  soon: (call) =>
    clock.soon(() => {
      try {
        if (life.alive) call();
      } catch (fault) {
        if (!life.falls) throw fault;
        life.falls(fault);
      }
    }),
});

const never = new Promise<never>(() => {});

// --- what tests wait for ------------------------------------------------------------------------------------------

const waiting = new Set<() => void>();
/** What a check asks itself is no news. */
const checking = new AsyncLocalStorage<true>();

/** A node has heard from its store, or from its clock: once it has acted on that, whoever waits looks again. */
function tell(): void {
  if (waiting.size === 0 || checking.getStore()) return;
  setImmediate(() => {
    for (const look of waiting) look();
  });
}

/** Looks again whenever any node has heard something, until it holds; tests have a time limit of their own. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  let news = (): void => {};
  const look = (): void => news();
  waiting.add(look);
  try {
    for (;;) {
      const next = new Promise<void>((resolve) => (news = resolve));
      if (await checking.run(true, holds)) return;
      await next;
    }
  } finally {
    waiting.delete(look);
  }
}

/** The store as long as the node lives; after that nothing is answered, though it may have been done. */
const mortalStore = (store: Store, life: Readonly<Life>): Store =>
  new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      const method = (member as (...args: unknown[]) => unknown).bind(target);
      if (name === 'watch') return method;
      return async (...args: unknown[]) => {
        if (!life.alive) return never;
        try {
          const answer = await method(...args);
          if (!life.alive) return await never;
          tell();
          if (name === 'task') for (const call of life.looks.splice(0)) setImmediate(call);
          return answer;
        } catch (fault) {
          if (!life.alive) return never;
          throw fault;
        }
      };
    },
  });

export const AGENT_STEP = { task: { requires: ['work'], by: 'agent' } };
/** Two steps, one after the other. */
export const TWO_STEPS: JsonObject = {
  id: 'two',
  phases: [
    { id: 'p', steps: [{ id: 'a', ...AGENT_STEP }] },
    { id: 'q', needs: ['p'], steps: [{ id: 'b', ...AGENT_STEP }] },
  ],
};
/** As many tasks side by side as the input names. */
export const FAN_OUT: JsonObject = {
  id: 'fan',
  phases: [{ id: 'p', steps: [{ id: 'a', ...AGENT_STEP, forEach: '${ input.items }' }] }],
};

/** The organisation that tests begin with. */
export async function settle(
  { runtime }: Node,
  agents: readonly Passport[],
  definitions: readonly JsonObject[],
): Promise<void> {
  for (const passport of [BOSS, ...agents]) await runtime.organisation.register(passport, asBoss);
  for (const document of definitions) {
    const saved = await runtime.organisation.saveDefinition(document, asBoss);
    if (!saved.ok) throw new Error(JSON.stringify(saved.rejection));
  }
}

export async function startRun(
  { runtime }: Node,
  definition: string,
  input: JsonObject = {},
): Promise<string> {
  const started = await runtime.startRun({ definition, input }, asBoss);
  if (!started.ok) throw new Error(JSON.stringify(started.rejection));
  return started.value.run;
}

/** What the participant gets to do; null when there is nothing within the time, or no more than it may hold. */
export async function claim(
  { runtime }: Node,
  id: string,
  { waitMs = 0, leaseMs = 60_000 }: { waitMs?: number; leaseMs?: number } = {},
): Promise<Task | null> {
  // As a server does before it refuses somebody: another node may have registered them a moment ago.
  if (!runtime.organisation.passport(id)) await runtime.organisation.follow();
  const passport = runtime.organisation.passport(id);
  if (!passport) throw new Error(`there is no ${id}`);
  const now = await runtime.store.now();
  const claimed = await runtime.scheduler.claimNext({ passport, until: now + waitMs, leaseMs });
  return claimed.ok ? claimed.value : null;
}

/** The code with which it was refused; null where it was not. */
export async function complete({ runtime }: Node, task: Task, output: unknown = 1): Promise<string | null> {
  const { run, id, token, assignee } = task;
  const outcome = await runtime.runs.execute(
    run,
    { type: 'task.complete', task: id, token, output: output as never },
    as(assignee ?? 'nobody'),
  );
  return outcome.ok ? null : outcome.rejection.code;
}

export const statusOf = async ({ store }: Node, run: string): Promise<string | undefined> =>
  (await store.run(run))?.status;
