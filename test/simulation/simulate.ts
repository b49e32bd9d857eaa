import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { isRunFinal } from '../../src/engine/index.ts';
import { Runtime } from '../../src/runtime/index.ts';
import type { RunRow, Store } from '../../src/store/index.ts';
import { memoryStore } from '../../src/store/memory/index.ts';
import { mayDo } from '../routing-kit/may-do.ts';
import {
  actAsPeople,
  AGENTS,
  asOwner,
  EVERYBODY,
  fallIll,
  operate,
  SYSTEM,
  workAs,
  type Door,
  type Memory,
} from './cast.ts';
import { randomDefinition, randomInput } from './definitions.ts';
import { faultyStore, Injected, NO_TROUBLE, type Process, type Trouble } from './faulty-store.ts';
import { checkPromises } from './promises.ts';
import { Random } from './random.ts';
import { World } from './world.ts';

const ORIGIN = 'humanos/simulation';
const KEYS = generateKeyPairSync('ed25519');
const PUBLIC_KEY = KEYS.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const sha256 = (data: Uint8Array | string): Uint8Array => hash('sha256', data, 'buffer');

const HOUR = 3_600_000;

export interface Told {
  readonly seed: number;
  readonly runs: number;
  readonly entries: number;
  readonly crashes: number;
}

/**
 * One world: a runtime on a store that fails, delays and crashes, with agents that die, answer late or twice, and people who
 * meddle; then the sky clears, what can end ends, and the promises are checked.
 */
export const simulate = async (seed: number): Promise<Told> => {
  const random = new Random(seed);
  const world = new World(random);
  const store = memoryStore();
  const memory: Memory = { acknowledged: new Set(), started: new Set() };
  const stage = new Stage(world, store, randomTrouble(random));
  const starts = await prepare(stage, random);
  let [calm, over] = [false, false];
  const isOver = (): boolean => over;
  const cast = [
    ...[...AGENTS, SYSTEM].map((self) => workAs(world, stage.door, self, memory, isOver)),
    actAsPeople(world, stage.door, memory, isOver),
    fallIll(world, stage.door, () => calm, isOver),
    operate(world, stage.door, memory, starts, () => calm, isOver),
  ];
  const stormy = world.now + random.int(1, 20) * 60_000;
  await world.run(() => world.now >= stormy, stormy);
  stage.clearUp();
  calm = true;
  void untilAllEnded(world, store).then(() => {
    over = true;
  });
  const ended = await world.run(isOver, world.now + 24 * HOUR);
  over = true;
  await world.run(() => false, world.now + HOUR);
  const { runtime } = stage.door();
  if (!runtime) throw new Error('no process is alive after the storm');
  const told = await checkWhile(
    world,
    checkPromises(store, runtime, memory, { publicKey: PUBLIC_KEY, origin: ORIGIN, sha256 }),
  );
  if (!ended)
    throw new Error(
      `a day after the storm, these have not ended: ${JSON.stringify(await unfinished(store))}`,
    );
  void cast;
  return { seed, crashes: stage.crashes, ...told };
};

/** Runs that should have gone on: neither ended, nor stranded, nor the parents of stranded ones. */
const unfinished = async (store: Store): Promise<readonly RunRow[]> => {
  const { rows } = await store.runs({}, { limit: 1000 });
  const open = rows.filter(({ status }) => !isRunFinal(status));
  const stranded = new Set<string>();
  for (const { id } of open) {
    const tasks = await store.tasks({ run: id, open: true }, { limit: 1000 });
    if (tasks.rows.some((task) => !EVERYBODY.some((passport) => mayDo(passport, task)))) stranded.add(id);
  }
  for (const { id } of open) for (const child of stranded) if (child.startsWith(`${id}~`)) stranded.add(id);
  return open.filter(({ id }) => !stranded.has(id));
};

/** Looks every simulated minute whether every run has come to its end, or to where nobody can help it. */
const untilAllEnded = async (world: World, store: Store): Promise<void> => {
  do await world.pause(60_000);
  while ((await unfinished(store)).length > 0);
};

/** Lets time pass for as long as the check needs it. */
const checkWhile = async <Value>(world: World, check: Promise<Value>): Promise<Value> => {
  let done = false;
  const finished = check.finally(() => {
    done = true;
  });
  finished.catch(() => {});
  await world.run(() => done, world.now + HOUR);
  return finished;
};

const randomTrouble = (random: Random): Trouble => ({
  delay: random.pick([0, 0.1, 0.5]),
  failBefore: random.pick([0, 0.01, 0.05]),
  failAfter: random.pick([0, 0.01, 0.05]),
  crash: random.pick([0, 0.002, 0.01]),
});

const prepare = async (stage: Stage, random: Random): Promise<{ definition: string; input: object }[]> => {
  const runtime = await stage.open(NO_TROUBLE);
  for (const passport of EVERYBODY) await stage.wait(runtime.organisation.register(passport, asOwner));
  const ids = ['child', 'parent', 'other'];
  for (const [index, id] of ids.entries()) {
    const document = randomDefinition(random, id, index === 0 ? null : random.pick(ids.slice(0, index)));
    const saved = await stage.wait(runtime.organisation.saveDefinition(document, asOwner));
    if (!saved.ok) throw new Error(JSON.stringify(saved.rejection));
  }
  stage.storm();
  return Array.from({ length: random.int(2, 6) }, () => ({
    definition: random.pick(ids),
    input: randomInput(random),
  }));
};

/** The processes, of which at most one is alive, and the door to it. */
class Stage {
  crashes = 0;
  #world: World;
  #store: Store;
  #trouble: Trouble;
  #process: Process | null = null;
  #runtime: Runtime | null = null;
  #death: { promise: Promise<never>; reject: (reason: Error) => void } = newDeath();
  #ids = 0;

  constructor(world: World, store: Store, trouble: Trouble) {
    this.#world = world;
    this.#store = store;
    this.#trouble = trouble;
  }

  readonly door = (): Door => ({ runtime: this.#runtime, death: this.#death.promise });

  storm(): void {
    if (this.#process) this.#process.trouble = this.#trouble;
  }

  clearUp(): void {
    this.#trouble = NO_TROUBLE;
    this.storm();
  }

  /** A process, and its runtime before the start. */
  #spawn(trouble: Trouble): { process: Process; runtime: Runtime } {
    const process: Process = { alive: true, trouble, crash: () => this.#crash(process) };
    this.#process = process;
    const runtime = new Runtime({
      store: faultyStore(this.#store, this.#world, process),
      clock: this.#world.clockOf(process),
      sha256,
      signer: {
        name: ORIGIN,
        publicKey: PUBLIC_KEY,
        sign: (message) => sign(null, message, KEYS.privateKey),
      },
      newId: () => String((this.#ids += 1)).padStart(8, '0'),
      onFault: (fault) => {
        if (!(fault instanceof Injected)) throw fault;
      },
    });
    return { process, runtime };
  }

  async open(trouble: Trouble): Promise<Runtime> {
    const { runtime } = this.#spawn(trouble);
    await this.wait(runtime.start());
    this.#runtime = runtime;
    return runtime;
  }

  /** Lets time pass until a promise has settled. */
  async wait<Value>(promise: Promise<Value>): Promise<Value> {
    let done = false;
    const finished = promise.finally(() => {
      done = true;
    });
    finished.catch(() => {});
    await this.#world.run(() => done, this.#world.now + HOUR);
    return finished;
  }

  #crash(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    this.crashes += 1;
    this.#runtime = null;
    this.#death.reject(new Error('the process died'));
    this.#death = newDeath();
    void this.#world.after(this.#world.random.int(10, 30_000), () => void this.#restart());
  }

  /** The store may fail a start too, or the process die in it: then the next one is tried. */
  async #restart(): Promise<void> {
    const { process, runtime } = this.#spawn(this.#trouble);
    try {
      await runtime.start();
      if (process.alive) this.#runtime = runtime;
    } catch (fault) {
      if (!(fault instanceof Injected)) throw fault;
      this.#crash(process);
    }
  }
}

const newDeath = (): { promise: Promise<never>; reject: (reason: Error) => void } => {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  return { promise, reject };
};
