import type { Json, JsonObject } from '../../definition/index.ts';
import type { Attribution } from '../../engine/index.ts';
import type { DocumentWrite, Store } from '../../store/index.ts';
import type { Clock } from '../clock.ts';
import type { Committer } from '../committer.ts';
import { EMPTY_HEAD, readEvent, type Head } from '../entries.ts';
import type { Outcome } from '../runs.ts';
import { turnedAway } from '../admission.ts';
import type { Pending } from './documents.ts';
import { Edition, isCounted } from './edition.ts';
import { no } from './outcome.ts';

/** The stream of what belongs to the organisation and to no run: passports, capabilities, delegations, tokens, definitions. */
export const ORGANISATION = 'organisation';

/** Records the answer to a request with what the request writes, so that its repetition can be given the same one. */
export interface Remember {
  readonly key: string;
  readonly fingerprint: string;
  readonly result: Json;
}

/** Of what a change has come to, what is recorded with it; undefined where the request has no key. */
export type RememberOf<Value> = ((value: Value) => Remember) | undefined;

/** What a decision leads to: one entry, the documents it changes, and the answer. */
export interface Decided<Value> {
  readonly type: string;
  /** The payload of the entry. */
  readonly payload: object;
  readonly changes: readonly Pending[];
  readonly value: Value;
  /** It takes something from somebody, also where changes of its type usually do not (ORG-4). */
  readonly takes?: boolean;
}

export interface Proposal<Value> {
  /** Also as it is then. */
  readonly by: Attribution | (() => Attribution);
  /** Decides on what is there when its turn comes, synchronously. */
  decide(now: number): Outcome<Decided<Value>>;
  readonly remember?: RememberOf<Value>;
  /** It rests on documents that are not held in memory: whoever has changed one meanwhile refuses it. */
  readonly fixed?: true;
}

/** As `OrganisationStream.change`. */
export type ChangeOrganisation = <Value>(proposal: Proposal<Value>) => Promise<Outcome<Value>>;

/** Told of an entry that was written by somebody else, or of which nobody knew whether it was. */
export type OnForeign = (type: string, payload: JsonObject) => void;

const PAGE = 1000;

/**
 * The one way to change what the organisation keeps.
 *
 * ORG-1  Every change is an entry of the organisation's stream, committed with the documents it changes.
 * ORG-2  Changes are decided one after the other, each on what those before it have left; a refusal writes nothing.
 * ORG-3  What others have written to the stream is followed before anything is decided on top of it.
 * ORG-4  A change of what acts rest on makes a new edition (EDITION-2).
 */
export class OrganisationStream {
  readonly #clock: Clock;
  readonly #committer: Committer;
  readonly #store: Store;
  readonly #onForeign: OnForeign;
  readonly #held: readonly { settled(): Promise<void> | null }[];
  readonly edition: Edition;
  #head: Head | null = null;
  /** The last entry that memory has. */
  #known: Head = EMPTY_HEAD;
  #following: Promise<void> = Promise.resolve();
  /** Entries of others that were followed, and of these those that memory has. */
  #followed = 0;
  #heard = 0;

  /** `held`: what decisions are made on. */
  constructor(
    parts: {
      readonly store: Store;
      readonly clock: Clock;
      readonly committer: Committer;
      readonly onForeign: OnForeign;
    },
    held: readonly { settled(): Promise<void> | null }[],
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#committer = parts.committer;
    this.#onForeign = parts.onForeign;
    this.#held = held;
    this.edition = new Edition(parts.store, () => this.follow());
  }

  /** Before anything is read that entries change. */
  async start(): Promise<void> {
    this.edition.reached(await this.edition.read());
    this.#known = (await this.#store.lastEntry(ORGANISATION)) ?? EMPTY_HEAD;
    this.#head = this.#known;
  }

  change<Value>({ by: given, decide, remember, fixed }: Proposal<Value>): Promise<Outcome<Value>> {
    let outcome: Outcome<Decided<Value>> | undefined;
    let written: readonly Pending[] = [];
    let head = EMPTY_HEAD;
    return new Promise((resolve, reject) => {
      this.#committer.submit({
        stream: ORGANISATION,
        alone: true,
        ready: () => this.#ready(),
        prepare: (change) => {
          const at = this.#clock.now();
          const by = typeof given === 'function' ? given() : given;
          outcome = turnedAway(by, this.edition.known) ?? decide(at);
          if (!outcome.ok) return;
          const { type, payload, changes, value, takes = false } = outcome.value;
          written = takes || isCounted(type) ? [...changes, this.edition.following()] : changes;
          change.append({ type, version: 1, at, by, layer: 'decide', data: payload });
          for (const pending of written) change.write(pending.write());
          if (remember) change.idempotency = { ...remember(value), at };
          this.#head = change.head;
          head = change.head;
        },
        settle: (fault) => {
          if (fault !== undefined || !outcome) return reject(fault);
          if (!outcome.ok) return resolve(outcome);
          for (const pending of written) pending.settle();
          if (head.sequence === this.#known.sequence + 1) this.#known = head;
          resolve({ ok: true, value: outcome.value.value });
        },
        refuse: (code) => {
          if (code === 'sequence_conflict' || (code === 'document_conflict' && !fixed)) return false;
          resolve(CHANGED_MEANWHILE);
          return true;
        },
        forget: () => {
          this.#head = null;
          for (const pending of written) pending.forget();
          written = [];
        },
      });
    });
  }

  /** Keeps the answer to a request for which there was nothing to write. */
  remember(remembered: Remember): Promise<Outcome<Remember>> {
    return new Promise((resolve, reject) => {
      this.#committer.submit({
        stream: ORGANISATION,
        alone: true,
        ready: () => this.#ready(),
        prepare: (change) => void (change.idempotency = { ...remembered, at: this.#clock.now() }),
        settle: (fault) => (fault === undefined ? resolve({ ok: true, value: remembered }) : reject(fault)),
        refuse: (code) => {
          if (code !== 'idempotency_conflict') return false;
          resolve(CHANGED_MEANWHILE);
          return true;
        },
        forget: () => void (this.#head = null),
      });
    });
  }

  /** Follows what others have written, up to now: whatever was acknowledged before is in memory when it resolves. */
  follow(): Promise<void> {
    const done = this.#following.catch(() => {}).then(() => this.#follow());
    this.#following = done;
    return done;
  }

  get heard(): number {
    return this.#heard;
  }

  /** EDITION-1: the edition is read before the entries that have led to it. */
  async #follow(): Promise<void> {
    const edition = await this.edition.read();
    for (;;) {
      const after = this.#known.sequence;
      const entries = await this.#store.entries({ stream: ORGANISATION, after }, PAGE);
      for (const entry of entries) {
        if (entry.sequence !== this.#known.sequence + 1) continue;
        this.#known = { sequence: entry.sequence, hash: entry.hash };
        const { type, data } = readEvent(entry.text) as unknown as { type: string; data: JsonObject };
        this.#onForeign(type, data);
        this.#followed += 1;
      }
      if (entries.length < PAGE) break;
    }
    for (const held of this.#held) await held.settled();
    this.#heard = this.#followed;
    this.edition.reached(edition);
  }

  /** The head, if memory is as the store is. */
  #ready(): Head | Promise<void> {
    return this.#head ?? this.#readHead();
  }

  async #readHead(): Promise<void> {
    await this.follow();
    this.#head = this.#known;
  }
}

export const CHANGED_MEANWHILE = no(
  'changed_meanwhile',
  'Somebody else changed it at the same moment. Read it again, then repeat.',
);

/** A document of a kind that is not held in memory: its decision rests on the revision that was read. */
export const writing = (write: DocumentWrite, onSettled: () => void = () => {}): Pending => ({
  write: () => write,
  settle: onSettled,
  forget: () => {},
});
