import { extended, isSameHold, written } from '../holding.ts';
import type * as port from '../port.ts';
import { taskKey } from '../task-key.ts';

/**
 * What is left of many changes when they are applied one after the other: each row once, as the last of them leaves it.
 *
 * SORT-1  Rows that are new are in the order in which the changes first name them; keys that several writers may want are sorted,
 *         so that nobody waits for somebody who waits for them.
 */
export class Batch {
  /** Where streams have to end for the changes to be applied. */
  readonly expected = new Map<string, number>();
  /** The changes with entries. */
  readonly appended: { readonly run: string; readonly entries: readonly port.NewEntry[] }[] = [];
  readonly entries: (port.NewEntry & { readonly run: string })[] = [];
  /** Streams that may be new, and those with a row of their run. */
  readonly streams = new Map<string, port.RunRow | null>();
  readonly snapshots = new Map<string, NonNullable<port.Change['snapshot']>>();
  readonly tasks = new Map<string, port.TaskRow>();
  /** Null for one that is cancelled. */
  readonly timers = new Map<string, port.Timer | null>();
  readonly delivered = new Set<number>();
  readonly messages: port.NewOutboxMessage[] = [];
  readonly artifacts = new Map<string, port.Artifact>();
  readonly idempotency = new Map<string, port.IdempotencyRecord>();
  readonly documents = new Map<string, port.DocumentWrite>();
  readonly neededMessages = new Set<number>();
  readonly neededTimers = new Map<string, number>();
  /** Leases of tasks as they are before the batch: a later change that needs one rests on what those before it have put. */
  readonly neededLeases: port.Lease[] = [];
  /** How much participants may hold in the end: the least that one of the changes says, or what changes after that one leave them. */
  readonly most = new Map<string, number>();
  /** Documents as the first change that rests on them knew them; later ones rest on what changes before them have made. */
  readonly rested = new Map<string, port.DocumentRevision>();
  /** Of tasks as they are before the batch: to those that it puts, leases are extended here. */
  readonly #leases = new Map<string, port.Lease>();
  /** Tasks that are not held all the time as they are in the end. */
  readonly #turned = new Set<string>();

  add(change: port.Change): void {
    this.#addStream(change);
    if (change.premises) this.#addPremises(change.premises);
    for (const task of change.tasks ?? []) this.#addTask(task);
    for (const id of change.cancelled ?? []) this.timers.set(id, null);
    for (const timer of change.timers ?? []) this.timers.set(timer.id, timer);
    for (const id of change.delivered ?? []) this.delivered.add(id);
    this.messages.push(...(change.outbox ?? []));
    for (const artifact of change.artifacts ?? []) this.#addArtifact(artifact);
    if (change.idempotency) this.idempotency.set(change.idempotency.key, change.idempotency);
    for (const write of change.documents ?? []) this.documents.set(documentKey(write), write);
    for (const lease of change.leases ?? []) this.#addLease(lease);
  }

  /** The changes, one after the other, leave the participant with so many, which some of them may have said nothing against. */
  leaves(participant: string, held: number): void {
    const most = this.most.get(participant);
    if (most !== undefined && most < held) this.most.set(participant, held);
  }

  #addPremises({ messages = [], timers = [], leases = [], holds = [], documents = [] }: port.Premises): void {
    for (const id of messages) this.neededMessages.add(id);
    for (const { id, due } of timers) this.neededTimers.set(id, due);
    this.neededLeases.push(...leases.filter(({ task }) => !this.tasks.has(task)));
    for (const { participant, most } of holds)
      this.most.set(participant, Math.min(most, this.most.get(participant) ?? most));
    for (const one of documents) {
      const key = documentKey(one);
      if (!this.rested.has(key) && !this.documents.has(key)) this.rested.set(key, one);
    }
  }

  #addStream({ stream, expected, entries, run, snapshot, tasks }: port.Change): void {
    if (expected !== null && !this.expected.has(stream)) this.expected.set(stream, expected);
    if (entries.length > 0) {
      this.appended.push({ run: stream, entries });
      for (const entry of entries) this.entries.push({ ...entry, run: stream });
    }
    const mayBeNew = expected === 0 ? entries.length > 0 : expected === null;
    const isWritten = entries.length > 0 || snapshot !== undefined || (tasks?.length ?? 0) > 0;
    if (run) this.streams.set(stream, run);
    else if (isWritten && (mayBeNew || entries.length === 0)) this.#addBareStream(stream);
    if (snapshot) this.snapshots.set(stream, snapshot);
    for (const task of tasks ?? []) if (task.run !== stream) this.#addBareStream(task.run);
  }

  #addBareStream(name: string): void {
    if (!this.streams.has(name)) this.streams.set(name, null);
  }

  #addTask(task: port.TaskRow): void {
    const before = this.tasks.get(task.id);
    this.tasks.set(task.id, written(before, task));
    if (before && !isSameHold(before, task)) this.#turned.add(task.id);
  }

  /** The same name is the same content. */
  #addArtifact(artifact: port.Artifact): void {
    if (!this.artifacts.has(artifact.sha256)) this.artifacts.set(artifact.sha256, artifact);
  }

  #addLease(lease: port.Lease): void {
    const row = this.tasks.get(lease.task);
    if (row) return void this.tasks.set(row.id, extended(row, lease));
    const key = `${lease.token} ${lease.task}`;
    const known = this.#leases.get(key);
    if (!known || known.until < lease.until) this.#leases.set(key, lease);
  }

  get leases(): readonly KeyedLease[] {
    return keyed(this.#leases.values());
  }

  /** Tasks whose holding begins within the batch, which says alone how long it is (HELD-1). */
  get begun(): readonly port.TaskRow[] {
    return [...this.tasks.values()].filter(
      ({ id, status }) => status === 'in_progress' && this.#turned.has(id),
    );
  }

  get sortedEntries(): readonly (port.NewEntry & { readonly run: string })[] {
    return this.entries.toSorted((a, b) => compare(a.run, b.run) || a.sequence - b.sequence);
  }
}

interface KeyedLease extends port.Lease {
  readonly run: string;
  readonly name: string;
}
/** Those that are of tasks, by what names these, sorted. */
export const keyed = (leases: Iterable<port.Lease>): readonly KeyedLease[] =>
  [...leases]
    .flatMap((lease) => {
      const key = taskKey(lease.task);
      return key ? [{ ...lease, run: key[0], name: key[1] }] : [];
    })
    .toSorted((a, b) => compare(a.run, b.run) || compare(a.name, b.name) || a.token - b.token);

export const documentKey = ({ kind, id }: Pick<port.DocumentWrite, 'kind' | 'id'>): string => `${kind}/${id}`;

/** Any order will do, as long as it is the same for everybody. */
export const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
