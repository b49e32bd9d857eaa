import assert from 'node:assert/strict';
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import {
  evolve,
  givesOut,
  holdOf,
  isRunFinal,
  totalUsage,
  verdictOf,
  type Event,
  type RunState,
} from '../../src/engine/index.ts';
import { ledgerVerifier, readEntry, verifierKey, type LedgerEntry } from '../../src/ledger/index.ts';
import { isListedByState, ORGANISATION, summaryOf, type Runtime } from '../../src/runtime/index.ts';
import type { Store, StoredEntry, TaskRow, Timer } from '../../src/store/index.ts';
import type { Memory } from './cast.ts';

/** The promises of the design, as far as they exist, held against what is in the store. */
export const checkPromises = async (
  store: Store,
  runtime: Runtime,
  memory: Memory,
  key: {
    readonly publicKey: Uint8Array;
    readonly origin: string;
    readonly sha256: (data: Uint8Array | string) => Uint8Array;
  },
): Promise<{ runs: number; entries: number }> => {
  const { states, entries } = await checkStored(store, memory);
  for (const state of states.values()) await isRemembered(runtime, state);
  await ledgerVerifies(store, runtime, entries, key);
  return { runs: states.size, entries: entries.length };
};

/** The same, as far as what is stored shows it: whoever wrote it, and on how many nodes. */
export const checkStored = async (
  store: Store,
  memory: Memory,
): Promise<{ states: Map<string, RunState>; entries: readonly StoredEntry[] }> => {
  const entries = await allEntries(store);
  entries.forEach(({ position }, at) => assert.equal(position, at, 'positions have gaps'));
  const streams = Map.groupBy(entries, ({ stream }) => stream);
  streams.delete(ORGANISATION);
  for (const entry of entries) hasAuthority(entryOf(entry));
  const states = new Map<string, RunState>();
  for (const [run, history] of streams) states.set(run, foldChecked(run, history));
  for (const run of memory.started)
    assert.ok(states.has(run), `the start of ${run} was acknowledged and is lost`);
  acknowledgedOnce(entries, memory);
  const timers = Map.groupBy(await store.timers(Number.MAX_SAFE_INTEGER, 10_000), ({ run }) => run);
  for (const state of states.values()) {
    await agreesWithRows(store, state);
    waitsForSomething(state, timers.get(state.run) ?? []);
    isHeldWithParent(state, states);
  }
  assert.deepEqual(await store.outbox(0, 1), [], 'messages were delivered and stay in the outbox');
  return { states, entries };
};

const allEntries = async (store: Store): Promise<StoredEntry[]> => {
  const all: StoredEntry[] = [];
  for (;;) {
    const page = await store.entries({ position: all.length - 1 }, 1000);
    if (page.length === 0) return all;
    all.push(...page);
  }
};

export const entryOf = ({ text }: StoredEntry): LedgerEntry => {
  const read = readEntry(text);
  assert.ok(read.ok, `entry cannot be read: ${JSON.stringify(read)}`);
  return read.value;
};

/** Promise 2. */
const hasAuthority = ({ actor, onBehalfOf, authority, type }: LedgerEntry): void => {
  assert.ok(
    actor && authority.kind && authority.id && authority.id !== 'unknown',
    `${type} lacks actor or authority`,
  );
  if (!actor.startsWith('system:')) assert.ok(onBehalfOf, `${type} by ${actor} names no accountable human`);
};

export const eventOf = (entry: LedgerEntry): Event => {
  const { type, version, at, actor, onBehalfOf, authority, layer, payload } = entry;
  return {
    type,
    version,
    at,
    by: { actor, onBehalfOf, authority },
    layer,
    data: payload,
  } as unknown as Event;
};

/** Promises 5, 6, 7 and 9, at every prefix of the history. */
const foldChecked = (run: string, history: readonly StoredEntry[]): RunState => {
  let state: RunState | null = null;
  const done = new Set<string>();
  history.forEach((stored, index) => {
    assert.equal(stored.sequence, index + 1, `${run} has a gap`);
    const event = eventOf(entryOf(stored));
    if (event.type === 'task.decided') {
      const { participant } = event.data.decision;
      assert.ok(!state?.contributors[participant], `${participant} decided on work they took part in`);
    }
    if (event.type === 'task.completed') {
      assert.ok(!done.has(event.data.task), `${event.data.task} was completed twice`);
      done.add(event.data.task);
    }
    if (event.type === 'compensation.opened' && !event.data.partial) undoneOnce(state, event.data, done);
    state = evolve(state, event);
    const { usage, limits } = state;
    assert.ok(usage.open + usage.held.concurrency <= limits.concurrency, `${run}: concurrency cap exceeded`);
    assert.ok(usage.tasks + usage.held.tasks <= limits.tasks, `${run}: cap of tasks exceeded`);
  });
  assert.ok(state);
  return state;
};

/** What was done is undone once. */
const undoneOnce = (
  state: RunState | null,
  { of, slots }: { readonly of: string; readonly slots: readonly number[] },
  done: Set<string>,
): void => {
  const round = state?.steps.find(({ id }) => id === of)?.round ?? 0;
  for (const slot of slots) {
    const what = `undone ${of}/${slot}/${round}`;
    assert.ok(!done.has(what), `${state?.run}: ${what} twice`);
    done.add(what);
  }
};

/** Promise 1: what was acknowledged is in the ledger, once. */
const acknowledgedOnce = (entries: readonly StoredEntry[], memory: Memory): void => {
  const closed = new Map<string, number>();
  for (const stored of entries) {
    const { type, payload } = entryOf(stored);
    if (type !== 'task.completed' && type !== 'task.decided') continue;
    const id = payload['task'] as string;
    closed.set(id, (closed.get(id) ?? 0) + 1);
  }
  for (const task of memory.acknowledged)
    assert.ok(closed.has(task), `what was acknowledged for ${task} is lost`);
};

/** Promise 8: what lists show is what the events say. */
const agreesWithRows = async (store: Store, state: RunState): Promise<void> => {
  const row = await store.run(state.run);
  assert.equal(row?.status, state.status, `${state.run}: row and events disagree`);
  assert.ok(row && row.sequence <= state.sequence);
  const { failure, open: counted, hold, usage } = summaryOf(row);
  const { verdict } = verdictOf(state.status, state.failure, state.open);
  assert.deepEqual(hold ?? null, holdOf(state), `${state.run}: the row tells of another hold`);
  assert.equal(
    verdictOf(row.status, failure, counted).verdict,
    verdict,
    `${state.run}: the row tells another verdict`,
  );
  if (!isListedByState(state.status))
    assert.deepEqual(
      [row.updatedAt, counted, usage],
      [state.updatedAt, state.open, totalUsage(state)],
      `${state.run}: the row is behind`,
    );
  const open = await store.tasks({ run: state.run, open: true }, { limit: 1000 });
  const ids = (tasks: readonly { id: string }[]): string[] => tasks.map(({ id }) => id).toSorted();
  assert.deepEqual(ids(open.rows), ids(Object.values(state.tasks)), `${state.run}: open tasks`);
  for (const task of open.rows) sameTask(task, state.tasks[task.id] as RunState['tasks'][string]);
};

/** RUNS-1: memory is the fold of what is stored. */
const isRemembered = async (runtime: Runtime, state: RunState): Promise<void> => {
  const found = await runtime.runs.state(state.run);
  assert.deepEqual(JSON.parse(JSON.stringify(found?.state)), JSON.parse(JSON.stringify(state)));
};

const sameTask = (row: TaskRow, task: RunState['tasks'][string]): void => {
  const { leaseUntil: _, ...rest } = row;
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), JSON.parse(JSON.stringify(task)));
};

/** Promise 3: a run that is not at its end waits for a task, a time, a signal, a child or a person who resumes it. */
const waitsForSomething = (state: RunState, timers: readonly Timer[]): void => {
  if (isRunFinal(state.status)) {
    assert.equal(Object.keys(state.tasks).length, 0, `${state.run} has ended with open tasks`);
    assert.deepEqual(timers, [], `${state.run} has ended with timers`);
    return;
  }
  if (!givesOut(state.status)) return;
  const slots = state.steps.flatMap((step) => Object.values(step.slots));
  const reasons =
    Object.keys(state.tasks).length +
    timers.filter(({ what }) => what['kind'] !== 'duration').length +
    slots.filter(({ child, wait }) => child !== null || wait !== null).length;
  assert.ok(reasons > 0, `${state.run} waits for nothing`);
};

/** Where all messages have arrived, a child is held as long as the run it belongs to is, and no longer. */
const isHeldWithParent = (state: RunState, states: ReadonlyMap<string, RunState>): void => {
  const parent = states.get(state.parent?.run ?? '');
  const isOpen = parent?.steps.some(({ slots }) =>
    Object.values(slots).some(({ child }) => child?.run === state.run),
  );
  if (!parent || !isOpen || isRunFinal(state.status) || state.status === 'closing') return;
  const isHalted = parent.status === 'paused' || parent.status === 'stopped';
  assert.equal(
    holdOf(state) !== null,
    isHalted,
    `${state.run} is ${state.status}, and its parent ${parent.status}`,
  );
};

/** Promise 10, for a ledger that nobody touched. */
const ledgerVerifies = async (
  store: Store,
  runtime: Runtime,
  entries: readonly StoredEntry[],
  key: Parameters<typeof checkPromises>[3],
): Promise<void> => {
  const { note } = await runtime.log.checkpoint();
  const verifier = ledgerVerifier({
    sha256: key.sha256,
    verify: (message, signature, publicKey) => verify(null, message, publicKeyOf(publicKey), signature),
    verifierKeys: [verifierKey(key.origin, key.publicKey, key.sha256)],
    checkpoints: [note],
  });
  for (const { position, text, hash } of entries) verifier.add({ index: position, text, hash });
  const result = verifier.finish({});
  assert.deepEqual(result.problems, []);
  assert.ok(result.verified);
  assert.equal(await store.entryCount(), entries.length);
};

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const publicKeyOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
