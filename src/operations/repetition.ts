import type { Json } from '../definition/index.ts';
import type { Outcome, Remember, RememberOf } from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import type { Idempotency } from './context.ts';
import { done, no } from './outcome.ts';

/** What is recorded with a write under its key (REPEAT-3). */
export const remember = (idempotency: Idempotency, result: object): Remember => ({
  ...idempotency,
  result: result as Json,
});

/** As `remember`, of what the write comes to: what `shown` makes of it, or that itself. */
export const remembering = <Value extends object>(
  idempotency: Idempotency | undefined,
  shown: (value: Value) => object = (value) => value,
): RememberOf<Value> => idempotency && ((value) => remember(idempotency, shown(value)));

/** Answers that are kept in memory alone: so many, the oldest go first. */
const MOST_KEPT = 1000;

/** Answers that hold for a moment alone. */
const passing = new WeakSet<object>();

/** An answer that is not given again: its write is carried out again instead, and finds what it has done before. */
export const forNow = <Answer extends object>(answer: Answer): Answer => {
  passing.add(answer);
  return answer;
};

/**
 * Writes under an idempotency key.
 *
 * REPEAT-1  A write that succeeded under a key is not carried out again; its repetition gets the same answer, and another request
 *           under the same key is refused. A refusal is not remembered: what refused it may have changed.
 * REPEAT-2  Of two requests under one key at the same time, the second waits for the first, or until its caller has gone.
 * REPEAT-4  What another node has carried out under the key meanwhile refuses the write; then its answer is the answer.
 * REPEAT-3  What is recorded is committed with the write. What a claim was given says so while it is held, which a repetition
 *           prolongs: leases are not remembered, but looked at (`forNow`). Other writes that record nothing (artifacts) and secrets
 *           are remembered in memory for a while, and do no harm when repeated.
 * REPEAT-5  A claim that several nodes carry out at the same moment keeps the task with which it began first: each looks at what the
 *           claim holds when it has been given something, gives the others back, and answers that one.
 */
export class Repetitions {
  readonly #store: Store;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #kept = new Map<string, Kept>();

  constructor(store: Store) {
    this.#store = store;
  }

  async once<Answer>(
    { signal, ...idempotency }: Asked,
    keep: boolean,
    recall: (recorded: Json) => Promise<Answer>,
    act: () => Promise<Outcome<Answer>>,
  ): Promise<Outcome<Answer>> {
    const { key } = idempotency;
    for (let first = this.#underWay.get(key); first; first = this.#underWay.get(key)) {
      await overOrGone(first, signal);
      if (signal?.aborted) return no('stopping', 'The caller has gone, or the server is stopping.');
    }
    const attempt = this.#attempt(idempotency, keep, recall, act);
    this.#underWay.set(key, attempt.then(nothing, nothing));
    try {
      return await attempt;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #attempt<Answer>(
    { key, fingerprint }: Idempotency,
    keep: boolean,
    recall: (recorded: Json) => Promise<Answer>,
    act: () => Promise<Outcome<Answer>>,
  ): Promise<Outcome<Answer>> {
    const kept = this.#kept.get(key);
    if (kept && kept.fingerprint !== fingerprint) return mismatch();
    if (kept && !passing.has(kept.answer)) return done(kept.answer as Answer);
    const record = await this.#store.idempotent(key);
    if (record) return record.fingerprint === fingerprint ? done(await recall(record.result)) : mismatch();
    const outcome = await act();
    if (!outcome.ok) {
      const meanwhile = await this.#store.idempotent(key);
      if (meanwhile?.fingerprint === fingerprint) return done(await recall(meanwhile.result));
    }
    if (outcome.ok && keep) this.#keep(key, { fingerprint, answer: outcome.value as object });
    return outcome;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) return;
      this.#kept.delete(oldest);
    }
  }
}

interface Asked extends Idempotency {
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal | undefined;
}

const overOrGone = (over: Promise<void>, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      signal?.removeEventListener('abort', end);
      resolve();
    };
    signal?.addEventListener('abort', end);
    void over.then(end);
    if (signal?.aborted) end();
  });

interface Kept {
  readonly fingerprint: string;
  readonly answer: object;
}

const nothing = (): void => {};

export const mismatch = () =>
  no(
    'idempotency_mismatch',
    'This idempotency key was used for another request. Use a new key for a new request.',
  );
