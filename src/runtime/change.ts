import type { JsonObject } from '../definition/index.ts';
import type { TimerSet } from '../engine/index.ts';
import type { Sha256 } from '../ledger/index.ts';
import {
  isSameHold,
  written,
  type Artifact,
  type Change,
  type DocumentRevision,
  type DocumentWrite,
  type IdempotencyRecord,
  type Lease,
  type NewEntry,
  type Premises,
  type RunRow,
  type TaskRow,
  type Timer,
} from '../store/index.ts';
import { sealEvent, type Head, type Recorded } from './entries.ts';

/**
 * All that one batch writes in one stream, gathered from the commands of the batch.
 *
 * ROWS-1  Later rows of the same task, run or document replace earlier ones: only the last state is written.
 * ROWS-2  How long and for which claim a task is held is kept by later rows (HELD-1), also in later changes of the batch: nobody else
 *         knows of it before the batch is written.
 */
export class ChangeBuilder {
  readonly stream: string;
  readonly expected: number;
  readonly entries: NewEntry[] = [];
  readonly events: Recorded[] = [];
  readonly #tasks = new Map<string, TaskRow>();
  readonly #earlier: ChangeBuilder | null;
  readonly delivered: number[] = [];
  readonly leases: Lease[] = [];
  run: RunRow | undefined;
  snapshot: { sequence: number; state: string } | undefined;
  idempotency: IdempotencyRecord | undefined;
  /** Rests on the stream as it is, also where nothing is appended to it. */
  pinned = false;
  readonly holds = new Map<string, number>();
  /** The edition on which the first of the commands was decided. */
  edition: DocumentRevision | undefined;
  #messages: number[] = [];
  #firing: { id: string; due: number }[] = [];
  #ending: Lease[] = [];
  head: Head;
  #sha256: Sha256;
  #timers = new Map<string, Timer>();
  #cancelled = new Set<string>();
  #outbox: { run: string; message: JsonObject }[] = [];
  #artifacts: Artifact[] = [];
  #documents = new Map<string, DocumentWrite>();

  /** `earlier`: the change of the same stream that stands before it in the batch. */
  constructor(stream: string, head: Head, sha256: Sha256, earlier: ChangeBuilder | null = null) {
    this.stream = stream;
    this.expected = head.sequence;
    this.head = head;
    this.#sha256 = sha256;
    this.#earlier = earlier;
  }

  get tasks(): ReadonlyMap<string, TaskRow> {
    return this.#tasks;
  }

  /** ROWS-2 */
  put(row: TaskRow): void {
    const known = this.row(row.id);
    const claim = known && isSameHold(known, row) ? known.claim : undefined;
    this.#tasks.set(row.id, { ...(claim !== undefined && { claim }), ...written(known, row) });
  }

  /** As the batch leaves it up to here. */
  row(task: string): TaskRow | undefined {
    return this.#tasks.get(task) ?? this.#earlier?.row(task);
  }

  append(event: Recorded): void {
    const entry = sealEvent(this.stream, this.head, event, this.#sha256);
    this.entries.push(entry);
    this.events.push(event);
    this.head = { sequence: entry.sequence, hash: entry.hash };
  }

  setTimer(timer: TimerSet): void {
    this.#cancelled.delete(timer.id);
    this.#timers.set(timer.id, {
      id: timer.id,
      run: this.stream,
      due: timer.due,
      what: timer.what as unknown as JsonObject,
    });
  }

  cancelTimer(id: string): void {
    this.#timers.delete(id);
    this.#cancelled.add(id);
  }

  /** NEXT-3 */
  require({
    messages = [],
    timers = [],
    leases = [],
  }: Pick<Premises, 'messages' | 'timers' | 'leases'>): void {
    this.#messages.push(...messages);
    this.#firing.push(...timers);
    this.#ending.push(...leases);
    this.pinned = true;
  }

  send(message: object): void {
    this.#outbox.push({ run: this.stream, message: message as JsonObject });
  }

  keep(artifact: Artifact): void {
    this.#artifacts.push(artifact);
  }

  /** A later write of the same document builds on the earlier one. */
  write(document: DocumentWrite): void {
    const key = `${document.kind}/${document.id}`;
    const earlier = this.#documents.get(key);
    this.#documents.set(key, earlier ? { ...document, expected: earlier.expected } : document);
  }

  /** The earliest moment that a timer of this change asks for. */
  get due(): number {
    let due = Infinity;
    for (const timer of this.#timers.values()) due = Math.min(due, timer.due);
    return due;
  }

  get sends(): boolean {
    return this.#outbox.length > 0;
  }

  /** Nothing to write: the command was refused. */
  get isEmpty(): boolean {
    return (
      this.entries.length + this.tasks.size + this.delivered.length + this.leases.length === 0 &&
      this.#timers.size +
        this.#cancelled.size +
        this.#outbox.length +
        this.#artifacts.length +
        this.#documents.size ===
        0 &&
      !this.run &&
      !this.snapshot &&
      !this.idempotency
    );
  }

  #premises(): { premises?: Premises } {
    const [messages, timers, leases] = [this.#messages, this.#firing, this.#ending];
    const holds = [...this.holds].map(([participant, most]) => ({ participant, most }));
    const documents = this.edition ? [this.edition] : [];
    if (messages.length + timers.length + leases.length + holds.length + documents.length === 0) return {};
    return {
      premises: {
        ...(messages.length > 0 && { messages }),
        ...(timers.length > 0 && { timers }),
        ...(leases.length > 0 && { leases }),
        ...(holds.length > 0 && { holds }),
        ...(documents.length > 0 && { documents }),
      },
    };
  }

  build(): Change {
    const { stream, entries, run, snapshot, idempotency, delivered, leases } = this;
    return {
      stream,
      expected: entries.length > 0 || this.pinned ? this.expected : null,
      entries,
      ...(run && { run }),
      ...(this.tasks.size > 0 && { tasks: [...this.tasks.values()] }),
      ...(this.#timers.size > 0 && { timers: [...this.#timers.values()] }),
      ...(this.#cancelled.size > 0 && { cancelled: [...this.#cancelled] }),
      ...(this.#outbox.length > 0 && { outbox: this.#outbox }),
      ...(delivered.length > 0 && { delivered }),
      ...(this.#artifacts.length > 0 && { artifacts: this.#artifacts }),
      ...(snapshot && { snapshot }),
      ...(idempotency && { idempotency }),
      ...(this.#documents.size > 0 && { documents: [...this.#documents.values()] }),
      ...(leases.length > 0 && { leases }),
      ...this.#premises(),
    };
  }
}
