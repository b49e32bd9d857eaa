import type { JsonObject } from '../definition/index.ts';
import type { AfterFailure, Event, TaskKind } from '../engine/index.ts';
import { canonical } from '../ledger/index.ts';
import {
  TrackRecords,
  Turns,
  type Cost,
  type TrackRecord,
  type TrackRecordsJson,
  type TurnsJson,
} from '../routing/index.ts';
import type { Store } from '../store/index.ts';
import { Loop, type Background } from './background.ts';
import type { Committer } from './committer.ts';
import { Doubts, type Doubted } from './doubts.ts';
import { EMPTY_HEAD, readEvent, type Recorded } from './entries.ts';
import { giveTo, goOn, hasFailed, usedWith, type GoingOn, type OpenTask } from './open-task.ts';

interface Saved {
  readonly position: number;
  readonly records: TrackRecordsJson;
  readonly turns: TurnsJson;
  readonly open: readonly (readonly [string, OpenTask])[];
  readonly doubted: readonly (readonly [string, Doubted])[];
  readonly currencies: readonly (readonly [string, string])[];
}

const DOCUMENT = 'track_records';
const PAGE = 1000;
/**
 * Entries between two writings: a start folds as many at most. More where what is written is much, so that each entry pays for no more
 * than some bytes of it.
 */
const SAVE_EVERY = { least: 2_000, most: 50_000, bytes: 256 };
const ENDS = ['run.completed', 'run.failed', 'run.rejected', 'run.cancelled'];

/**
 * What participants have shown, and who got work last: a fold of the ledger.
 *
 * TRACKED-1  Entries are folded in the order of their positions, each once: the same ledger gives the same numbers, to the bit.
 * TRACKED-2  It is written down now and then with its position; a start reads that, and folds the rest. Without it, it folds all.
 * TRACKED-3  An entry is archived only after it is in what is written down: from then on that is the only place that knows it.
 */
export class RoutingHistory implements Background {
  #store: Store;
  #committer: Committer;
  #loop: Loop;
  readonly #onFault: (fault: unknown) => void;
  #records = new TrackRecords();
  #turns = new Turns();
  #open = new Map<string, OpenTask>();
  #doubted = new Doubts();
  #currencies = new Map<string, string>();
  /** The position of the next entry. */
  #next = 0;
  /** There are entries which it was not told of. */
  #missed = false;
  #savedAt = 0;
  #saveEvery = SAVE_EVERY.least;
  #revision = 0;
  /** Assignments on their way to the ledger, which come after all that is in it. */
  #coming = new Map<string, Map<string, number>>();
  #came = 2 ** 40;

  constructor(parts: { store: Store; committer: Committer; onFault(fault: unknown): void }) {
    this.#store = parts.store;
    this.#committer = parts.committer;
    this.#onFault = parts.onFault;
    this.#loop = new Loop(() => this.#turn(), parts.onFault);
  }

  async start(): Promise<void> {
    const saved = await this.#written();
    if (saved) this.#restore(saved);
    await this.#catchUp();
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    // What is not written down is folded again at the next start.
    if (this.#next > this.#savedAt) await this.#save().catch(this.#onFault);
  }

  /** Where the fold has come to: the position of the next entry. */
  get position(): number {
    return this.#next;
  }

  record(participant: string, capability: string): TrackRecord | null {
    return this.#records.record(participant, capability);
  }

  lastAssigned(key: string, participant: string): number | null {
    return this.#coming.get(key)?.get(participant) ?? this.#turns.last(key, participant);
  }

  /** Counts an assignment that is on its way; what is returned is to be called when it has come, or does not. */
  expect(key: string, participant: string): () => void {
    this.#came += 1;
    const turn = this.#came;
    let known = this.#coming.get(key);
    if (!known) this.#coming.set(key, (known = new Map()));
    known.set(participant, turn);
    return () => {
      if (known.get(participant) !== turn) return;
      known.delete(participant);
      if (known.size === 0 && this.#coming.get(key) === known) this.#coming.delete(key);
    };
  }

  /** Entries have been committed from `position` on. What is known is passed over; what does not follow on it is read from the store. */
  follow(position: number | null, stream: string, events: readonly Recorded[]): void {
    if (events.length === 0) return;
    if (position === null || position > this.#next) return this.doubt();
    for (const event of events.slice(this.#next - position)) {
      this.#fold(stream, event as Event);
      this.#next += 1;
    }
    if (this.#next - this.#savedAt >= this.#saveEvery) this.#loop.wake();
  }

  /** There may be entries which it was not told of: they are read from the store. */
  doubt(): void {
    this.#missed = true;
    this.#loop.wake();
  }

  /** TRACKED-3. The position up to which everything is in what is written down. */
  async save(): Promise<number> {
    await this.#loop.stop();
    try {
      await this.#catchUp();
      if (this.#next > this.#savedAt) await this.#save();
      return this.#savedAt;
    } finally {
      this.#loop.start();
    }
  }

  /** Only what it was not told of is read: it would be ahead of what it is told of ever after. */
  async #turn(): Promise<void> {
    if (this.#missed) await this.#readMissed();
    if (this.#next - this.#savedAt >= this.#saveEvery) await this.#save();
  }

  async #readMissed(): Promise<void> {
    this.#missed = false;
    try {
      await this.#catchUp();
    } catch (fault) {
      this.#missed = true;
      throw fault;
    }
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      const entries = await this.#store.entries({ position: this.#next - 1 }, PAGE);
      for (const { position, stream, text } of entries) {
        if (position > this.#next) await this.#skip(position);
        if (position < this.#next) continue;
        if (TELLING.test(text)) this.#fold(stream, readEvent(text));
        this.#next = position + 1;
      }
      if (entries.length < PAGE) return;
    }
  }

  /** TRACKED-3: entries up to `position` were archived before they were folded here, so that another node has written them down. */
  async #skip(position: number): Promise<void> {
    const saved = await this.#written();
    if (!saved || saved.position < position)
      throw new Error(
        `entries ${this.#next} to ${position - 1} of the ledger are neither there nor in the track records`,
      );
    this.#restore(saved);
  }

  /** What is written down, whoever has done that. */
  async #written(): Promise<Saved | null> {
    const found = await this.#store.document('setting', DOCUMENT);
    this.#revision = found?.revision ?? 0;
    return (found?.body as unknown as Saved | undefined) ?? null;
  }

  #fold(stream: string, event: Event): void {
    if (event.type.startsWith('task.')) return this.#foldTask(stream, event);
    if (event.type === 'result.asked') return this.#asked(stream, event.data);
    if (event.type === 'result.decided') return this.#accepted(event.data);
    if (event.type === 'run.created') {
      const { cost } = event.data.limits;
      if (cost) this.#currencies.set(stream, cost.currency);
    } else if (ENDS.includes(event.type)) {
      this.#currencies.delete(stream);
      this.#doubted.forget(stream);
    }
  }

  #foldTask(stream: string, event: Event): void {
    switch (event.type) {
      case 'task.created':
        return this.#created(stream, event);
      case 'task.reserved':
      case 'task.started':
        return this.#given(event.data, event.type === 'task.started' ? event.at : null);
      case 'task.delegated':
      case 'task.nominated':
        return this.#given(event.data, null);
      case 'task.released':
      case 'task.held':
      case 'task.offered':
      case 'task.declined':
      case 'task.forwarded':
      case 'task.reassigned':
        return this.#given({ task: event.data.task, assignee: null }, null);
      case 'task.suspended':
      case 'task.resumed':
      case 'task.restarted':
      case 'task.progressed':
        return this.#goneOn(event);
      case 'task.completed':
        return this.#completed(stream, event);
      case 'task.failed':
        return this.#failed(stream, event);
      case 'task.skipped':
        return this.#close(event.data.task, 'skip');
      case 'task.exited':
        return this.#close(event.data.task, event.data.ended?.after.then ?? 'retry');
      default:
        return;
    }
  }

  #created(stream: string, { data, by, at }: Extract<Event, { type: 'task.created' }>): void {
    if (data.kind === 'approval') return;
    const { task, step, slot, requires = [], assignee, reserved } = data;
    // What rests on an approval is a write to a system, which is for that system alone; all else rests on the definition of the run.
    const { kind, id: definition } = by.authority;
    const key = kind === 'definition' && isGivenInTurn(data.kind) ? `${definition}/${step}` : null;
    const place = `${stream}/${step}/${slot}`;
    const tells = data.kind === 'escalation' && ({ tells: 'by_result' } as const);
    this.#open.set(task, { key, requires, place, holder: null, startedAt: null, ...tells });
    if (assignee !== undefined) this.#given({ task, assignee }, reserved ? null : at);
  }

  #given(
    { task, assignee }: { readonly task: string; readonly assignee: string | null },
    startedAt: number | null,
  ): void {
    const open = this.#open.get(task);
    if (!open) return;
    const { key, holder } = open;
    if (key !== null && assignee !== null && holder !== assignee) this.#turns.given(key, assignee);
    giveTo(open, assignee, startedAt);
  }

  #goneOn(event: GoingOn): void {
    const open = this.#open.get(event.data.task);
    if (open) goOn(open, event);
  }

  #completed(stream: string, { data, by, at }: Extract<Event, { type: 'task.completed' }>): void {
    const open = this.#open.get(data.task);
    if (!open) return;
    this.#open.delete(data.task);
    const { confidence = null, review, held, output } = data;
    const text = canonical(output);
    if (open.tells === 'by_result') this.#settle(open.place, text);
    if (data.forced) return;
    const { tokens, cost } = open.holder === by.actor ? usedWith(open, data.usage) : data.usage;
    const told = {
      participant: by.actor,
      capabilities: open.requires,
      durationMs: open.startedAt === null ? null : at - open.startedAt,
      cost: this.#cost(stream, cost),
      tokens,
      confidence,
      at,
    };
    if (review || held) return this.#doubted.put(open.place, { fact: told, output: text });
    this.#records.add({ ...told, outcome: 'success' });
  }

  /** Whether a result is right is said by those who are asked to approve it. */
  #asked(stream: string, { task, step, slot }: Extract<Event, { type: 'result.asked' }>['data']): void {
    const place = `${stream}/${step}/${slot}`;
    const tells = 'by_decision';
    this.#open.set(task, { key: null, requires: [], place, holder: null, startedAt: null, tells });
  }

  #accepted({ task, settles, accepted }: Extract<Event, { type: 'result.decided' }>['data']): void {
    const open = this.#open.get(task);
    if (open && accepted) this.#settle(open.place, true);
    if (settles) this.#open.delete(task);
  }

  /** A person has said whether it is right, or what is: whoever doubted the same was right too. */
  #settle(place: string, said: boolean | string): void {
    const doubted = this.#doubted.take(place);
    const isRight = typeof said === 'string' ? doubted?.output === said : said;
    if (doubted) this.#records.add({ ...doubted.fact, outcome: isRight ? 'success' : 'failure' });
  }

  /** Where no more is done in its place, nobody will say whether what was doubted there was right. */
  #close(task: string, then: AfterFailure['then']): void {
    const open = this.#open.get(task);
    if (open && (then === 'skip' || then === 'fail')) this.#doubted.take(open.place);
    this.#open.delete(task);
  }

  #failed(stream: string, { data, at }: Extract<Event, { type: 'task.failed' }>): void {
    const open = this.#open.get(data.task);
    if (!open) return;
    if (open.tells === 'by_decision' && data.failure.code === 'rejected') this.#settle(open.place, false);
    this.#close(data.task, data.after.then);
    if (open.holder === null || !hasFailed(open, data)) return;
    const { tokens, cost } = usedWith(open, data.usage);
    this.#records.add({
      participant: open.holder,
      capabilities: open.requires,
      outcome: 'failure',
      durationMs: null,
      cost: this.#cost(stream, cost),
      tokens,
      confidence: null,
      at,
    });
  }

  /** In the currency of the run's limits; without a limit of cost it is in none. */
  #cost(stream: string, amount: number): Cost | null {
    const currency = this.#currencies.get(stream);
    return currency === undefined || amount === 0 ? null : { amount, currency };
  }

  toJSON(): JsonObject {
    const saved: Saved = {
      position: this.#next,
      records: this.#records.toJSON(),
      turns: this.#turns.toJSON(),
      open: [...this.#open],
      doubted: [...this.#doubted],
      currencies: [...this.#currencies],
    };
    return saved as unknown as JsonObject;
  }

  #restore({ position, records, turns, open, doubted, currencies }: Saved): void {
    this.#records = TrackRecords.fromJSON(records);
    this.#turns = Turns.fromJSON(turns);
    this.#open = new Map(open.map(([id, task]) => [id, { ...task }]));
    this.#doubted = new Doubts(doubted);
    this.#currencies = new Map(currencies);
    this.#next = this.#savedAt = position;
  }

  /** Where somebody else has written it meanwhile, that stands: it is a cache of the ledger. */
  async #save(): Promise<void> {
    const text = JSON.stringify(this);
    const { least, most, bytes } = SAVE_EVERY;
    this.#saveEvery = Math.min(most, Math.max(least, text.length / bytes));
    const at = this.#next;
    const isMine = await this.#write(JSON.parse(text) as JsonObject);
    this.#savedAt = isMine ? at : ((await this.#written())?.position ?? 0);
  }

  /** False where it is at another revision than was thought. */
  #write(body: JsonObject): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#committer.submit({
        stream: DOCUMENT,
        alone: true,
        ready: () => EMPTY_HEAD,
        prepare: (change) => change.write({ kind: 'setting', id: DOCUMENT, expected: this.#revision, body }),
        settle: (fault) => {
          if (fault !== undefined) return reject(fault);
          this.#revision += 1;
          resolve(true);
        },
        refuse: () => {
          resolve(false);
          return true;
        },
        forget: () => {},
      });
    });
  }
}

/** What a system writes, and reads back, is for that system alone. */
const isGivenInTurn = (kind: TaskKind): boolean => kind !== 'record' && kind !== 'verification';

/** Of what the fold looks at; all else is not parsed. */
const TELLING = /"type":"(?:task\.|result\.|run\.(?:created|completed|failed|rejected|cancelled)")/;
