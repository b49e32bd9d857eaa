import assert from 'node:assert/strict';
import type { Event, RunState } from '../../src/engine/index.ts';
import type { StoredEntry } from '../../src/store/index.ts';
import { History as RunHistory } from '../engine-kit/index.ts';
import { entryOf, eventOf } from '../simulation/promises.ts';
import { MARK, type Operation } from './history.ts';

/** Something that the record says somebody did. */
interface Deed {
  readonly run: string;
  readonly sequence: number;
  readonly type: string;
  readonly actor: string;
  readonly task: string | null;
  /** Of the task, as it was before. */
  readonly token: number | null;
}

/** Where the mark of an operation comes to stand: in the event it leads to, and not where results are handed on. */
const MARKED: { readonly [type: string]: (data: never) => unknown } = {
  'run.created': ({ input, parent }: { input: unknown; parent: unknown }) => (parent === null ? input : null),
  'task.completed': ({ output }: { output: unknown }) => output,
  'task.failed': ({ failure }: { failure: unknown }) => failure,
  'task.released': ({ reason }: { reason: unknown }) => reason,
  'task.skipped': ({ reason }: { reason: unknown }) => reason,
  'task.decided': ({ decision }: { decision: { reason: unknown } }) => decision.reason,
  'run.stopped': ({ reason }: { reason: unknown }) => reason,
  'run.paused': ({ reason }: { reason: unknown }) => reason,
  'run.closing': ({ end }: { end: { status: string; reason: unknown } }) =>
    end.status === 'cancelled' ? end.reason : null,
  'run.cancelled': ({ reason }: { reason: unknown }) => reason,
};

type TaskState = RunState['tasks'][string];
const isHeld = ({ status }: TaskState): boolean => status === 'in_progress';
const tenure = ({ id, token }: TaskState): string => `${id} ${token}`;

/** What the ledger says, in the order in which each run went. */
export class LedgerRecord {
  readonly deeds = new Map<string, Deed[]>();
  /** Who held a task under a token. */
  readonly holders = new Map<string, string>();
  /** When a holder was taken for lost, by task and token. */
  readonly losses = new Map<string, number>();
  /** When somebody ceased to hold it, by task and token. */
  readonly ends = new Map<string, number>();
  readonly heads = new Map<string, number>();
  readonly #runs = new Map<string, RunHistory>();

  constructor(entries: readonly StoredEntry[]) {
    for (const entry of entries) if (entry.stream !== 'organisation') this.#add(entry);
  }

  #add(entry: StoredEntry): void {
    const { stream, sequence } = entry;
    assert.equal(sequence, (this.heads.get(stream) ?? 0) + 1, `${stream} has a gap`);
    this.heads.set(stream, sequence);
    const history = this.#runs.get(stream) ?? new RunHistory();
    this.#runs.set(stream, history);
    const event = eventOf(entryOf(entry));
    const before = history.state;
    this.#note(stream, sequence, event, before);
    const held = Object.values(before?.tasks ?? {})
      .filter(isHeld)
      .map(tenure);
    history.add(event);
    const still = new Set(
      Object.values(history.state?.tasks ?? {})
        .filter(isHeld)
        .map(tenure),
    );
    for (const name of held) if (!still.has(name)) this.ends.set(name, event.at);
    const { task } = event.data as { task?: string };
    const after = task === undefined ? undefined : history.state?.tasks[task];
    if (after?.status === 'in_progress' && after.assignee !== null) this.#hold(after);
  }

  #note(run: string, sequence: number, event: Event, before: RunState | null): void {
    const { task = null } = event.data as { task?: string | null };
    const known = task === null ? undefined : before?.tasks[task];
    const { actor } = event.by;
    if (event.type === 'task.released' && event.data.lost)
      this.losses.set(`${task} ${known?.token}`, event.at);
    if (event.type === 'task.decided' && known?.approval)
      assert.equal(
        event.data.decision.subject,
        known.approval.subject,
        `${task}: decided on another subject`,
      );
    if (event.type === 'task.completed' && known?.kind === 'approval') return;
    // It was cancelled as it began to undo what it had done, and ends so by itself.
    if (event.type === 'run.cancelled' && before?.status === 'closing') return;
    const marked = MARKED[event.type]?.(event.data as never);
    const mark = MARK.exec(JSON.stringify(marked ?? null))?.[0];
    if (mark === undefined) return;
    const deed = { run, sequence, type: event.type, actor, task, token: known?.token ?? null };
    this.deeds.set(mark, [...(this.deeds.get(mark) ?? []), deed]);
  }

  /** One winner: a token of a task is somebody's, and nobody else's ever. */
  #hold({ id, token, assignee }: TaskState): void {
    const holder = this.holders.get(`${id} ${token}`);
    assert.ok(holder === undefined || holder === assignee, `${id} under ${token} has two holders`);
    this.holders.set(`${id} ${token}`, assignee ?? '');
  }
}

/**
 * What clients saw, against what the ledger says. The ledger is the order in which everything happened; it has to explain every answer.
 *
 * SEEN-1  What was acknowledged is there, once; what was refused is not; what nobody knows of is there once or not at all.
 * SEEN-2  Time: what is done after somebody has heard of a sequence has a higher one, and what is read shows no lower one.
 * SEEN-3  A claim that was given is in the ledger under its token, and was given to one client only.
 * SEEN-4  What was done under a token was done while that was the task's, by whom it was given to.
 * SEEN-5  Nobody is taken for lost before the lease is over of which they were told.
 * SEEN-7  Nobody is told that what they hold is not theirs.
 */
export function checkOperations(operations: readonly Operation[], record: LedgerRecord): void {
  const asked = operations.toSorted((a, b) => a.invoked - b.invoked);
  for (const operation of asked) happenedOnce(operation, record);
  inTime(asked, record);
  claimedOnce(asked, record);
  heldAsPromised(asked, record);
  refusedForCause(asked, record);
}

/** SEEN-1, SEEN-4 */
function happenedOnce(operation: Operation, { deeds }: LedgerRecord): void {
  const { mark, outcome, token, task, by } = operation;
  if (mark === null) return;
  const found = deeds.get(mark) ?? [];
  const shown = JSON.stringify({ operation, found });
  assert.ok(found.length <= 1, `SEEN-1 it happened more than once: ${shown}`);
  if (outcome === 'done') assert.equal(found.length, 1, `SEEN-1 it was acknowledged and is lost: ${shown}`);
  if (outcome === 'refused') assert.equal(found.length, 0, `SEEN-1 it was refused and happened: ${shown}`);
  const [deed] = found;
  if (!deed) return;
  if (task !== null) assert.equal(deed.task, task, `SEEN-1 it happened to another task: ${shown}`);
  assert.equal(deed.actor, by, `SEEN-4 somebody else did it: ${shown}`);
  if (token !== null) assert.equal(deed.token, token, `SEEN-4 it was done under an old token: ${shown}`);
}

/** SEEN-2 */
function inTime(operations: readonly Operation[], { deeds, heads }: LedgerRecord): void {
  const known = new Map<string, number>();
  const open: { readonly operation: Operation; readonly floor: number; readonly run: string }[] = [];
  const moments = operations.flatMap((operation) => {
    const run = operation.answer?.run ?? deedOf(operation, deeds)?.run ?? null;
    if (run === null) return [];
    const began = { at: operation.invoked, operation, run, isEnd: false };
    return operation.returned === null
      ? [began]
      : [began, { at: operation.returned, operation, run, isEnd: true }];
  });
  for (const { operation, run, isEnd } of moments.toSorted((a, b) => a.at - b.at)) {
    const heard = operation.answer?.sequence ?? 0;
    if (isEnd) {
      assert.ok(
        heard <= (heads.get(run) ?? 0),
        `SEEN-2 ${run} was shown at ${heard}: ${JSON.stringify(operation)}`,
      );
      known.set(run, Math.max(known.get(run) ?? 0, heard));
    } else open.push({ operation, run, floor: known.get(run) ?? 0 });
  }
  for (const { operation, floor, run } of open) {
    const shown = `${run}, known to be at ${floor}: ${JSON.stringify(operation)}`;
    const deed = deedOf(operation, deeds);
    if (deed) assert.ok(deed.sequence > floor, `SEEN-2 it was done at ${deed.sequence} of ${shown}`);
    const { sequence = null } = operation.answer ?? {};
    if (sequence === null) continue;
    assert.ok(sequence >= floor, `SEEN-2 an older state was shown of ${shown}`);
    if (deed)
      assert.ok(
        sequence >= deed.sequence,
        `SEEN-2 its answer is older than it, ${deed.sequence}, of ${shown}`,
      );
  }
}

const deedOf = ({ mark }: Operation, deeds: LedgerRecord['deeds']): Deed | undefined =>
  mark === null ? undefined : deeds.get(mark)?.[0];

const isGiven = ({ verb, act, outcome }: Operation): boolean =>
  outcome === 'done' && (verb === 'claim' || act === 'claim' || act === 'start');

/** SEEN-3 */
function claimedOnce(operations: readonly Operation[], { holders }: LedgerRecord): void {
  const given = new Map<string, Operation>();
  for (const operation of operations) {
    const task = operation.answer?.task;
    if (!isGiven(operation) || !task) continue;
    const name = `${task.id} ${task.token}`;
    const shown = JSON.stringify(operation);
    assert.equal(holders.get(name), operation.by, `SEEN-3 a claim that the ledger does not have: ${shown}`);
    if (operation.verb !== 'claim') continue;
    assert.ok(!given.has(name), `SEEN-3 one task for two: ${shown} ${JSON.stringify(given.get(name))}`);
    given.set(name, operation);
  }
}

/** How far the clocks of nodes may be off from that of the database, ms. */
const CLOCKS = 1500;

/** SEEN-5 */
function heldAsPromised(operations: readonly Operation[], { losses }: LedgerRecord): void {
  for (const { outcome, answer, verb } of operations) {
    const { id, token, leaseUntil } = answer?.task ?? {};
    if (outcome !== 'done' || verb === 'read' || leaseUntil == null) continue;
    const lost = losses.get(`${id} ${token}`);
    if (lost === undefined) continue;
    assert.ok(lost >= leaseUntil - CLOCKS, `SEEN-5 ${id} was held until ${leaseUntil}, and lost at ${lost}`);
  }
}

const NOT_THEIRS = new Set(['task_closed', 'task_status', 'stale_token']);

/** SEEN-7 */
function refusedForCause(operations: readonly Operation[], { ends }: LedgerRecord): void {
  const given = new Set<string>();
  for (const operation of operations) {
    const told = operation.answer?.task;
    if (told && isGiven(operation)) given.add(`${told.id} ${told.token}`);
  }
  for (const operation of operations) {
    const { task, token, code, outcome, returnedAt } = operation;
    const name = `${task} ${token}`;
    if (outcome !== 'refused' || !NOT_THEIRS.has(code ?? '') || !given.has(name)) continue;
    const end = ends.get(name) ?? Infinity;
    const shown = `which ended at ${end}: ${JSON.stringify(operation)}`;
    assert.ok(end <= (returnedAt ?? 0) + CLOCKS, `SEEN-7 refused what was theirs, ${shown}`);
  }
}

const ENDS = new Set(['complete', 'fail', 'release']);

/**
 * SEEN-6  Nobody holds more at once than they may, whichever nodes gave it to them. Counted from the moment a client was given a task
 *         to the moment at which it asked to end it, where that was granted: so long it surely held it.
 */
export function checkCapacity(
  operations: readonly Operation[],
  capacities: ReadonlyMap<string, number>,
): void {
  const ends = new Map<string, number>();
  for (const { task, token, act, invoked, outcome } of operations)
    if (outcome === 'done' && ENDS.has(act)) ends.set(`${task} ${token}`, invoked);
  const moments: { at: number; by: string; step: 1 | -1 }[] = [];
  for (const operation of operations) {
    const task = operation.answer?.task;
    if (operation.verb !== 'claim' || operation.outcome !== 'done' || !task) continue;
    const until = ends.get(`${task.id} ${task.token}`);
    if (until === undefined || operation.returned === null) continue;
    moments.push(
      { at: operation.returned, by: operation.by, step: 1 },
      { at: until, by: operation.by, step: -1 },
    );
  }
  const held = new Map<string, number>();
  for (const { by, step } of moments.toSorted((a, b) => a.at - b.at)) {
    held.set(by, (held.get(by) ?? 0) + step);
    assert.ok((held.get(by) ?? 0) <= (capacities.get(by) ?? Infinity), `SEEN-6 ${by} holds too much`);
  }
}
