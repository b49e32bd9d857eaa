import type { Attribution } from '../engine/index.ts';
import type { Sha256 } from '../ledger/index.ts';
import {
  CHANGED_MEANWHILE,
  EMPTY_HEAD,
  ORGANISATION,
  sealEvent,
  type Clock,
  type Outcome,
  type Remember,
} from '../runtime/index.ts';
import type { Change, DocumentWrite, Store } from '../store/index.ts';

/** A change of what the organisation keeps: one entry, the documents it changes, and what a repetition is answered. */
export interface Recorded {
  readonly type: string;
  /** The payload of the entry. It is for ever, so it holds no secret and no address of a person. */
  readonly payload: object;
  readonly by: Attribution;
  readonly documents: readonly DocumentWrite[];
  readonly remember?: Remember | undefined;
}

const ATTEMPTS = 8;

/**
 * Writes to the organisation's stream beside its other writers (STORE-6).
 *
 * REC-1  The entry and the documents are one commit, or nothing.
 * REC-2  Whoever was faster at the stream is followed, and the entry put behind theirs; whoever was faster at a document wins.
 */
export class Records {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #sha256: Sha256;
  readonly #onRecorded: () => void;

  constructor(parts: { store: Store; clock: Pick<Clock, 'now'>; sha256: Sha256; onRecorded(): void }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#sha256 = parts.sha256;
    this.#onRecorded = parts.onRecorded;
  }

  /** @throws Error when the stream is so busy that the entry found no place in it */
  async record(recorded: Recorded): Promise<Outcome<null>> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const change = await this.#change(recorded);
      const [result] = await this.#store.commit([change]);
      if (result?.ok) {
        this.#onRecorded();
        return { ok: true, value: null };
      }
      if (result?.code !== 'sequence_conflict') return CHANGED_MEANWHILE;
    }
    throw new Error(`${recorded.type} was not recorded: others wrote first, ${ATTEMPTS} times`);
  }

  async #change({ type, payload, by, documents, remember }: Recorded): Promise<Change> {
    const head = (await this.#store.lastEntry(ORGANISATION)) ?? EMPTY_HEAD;
    const at = this.#clock.now();
    const event = { type, version: 1, at, by, layer: 'decide', data: payload } as const;
    return {
      stream: ORGANISATION,
      expected: head.sequence,
      entries: [sealEvent(ORGANISATION, head, event, this.#sha256)],
      documents,
      ...(remember && { idempotency: { ...remember, at } }),
    };
  }
}
