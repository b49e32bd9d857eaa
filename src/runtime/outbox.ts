import { LRUCache } from 'lru-cache';
import type { Message } from '../engine/index.ts';
import type { OutboxMessage, Store } from '../store/index.ts';
import { Loop, type Background } from './background.ts';
import type { Clock } from './clock.ts';
import { NOTICE_MS } from './nodes/following.ts';

const BATCH = 200;
const RETRY_MS = 1000;
/** What another node has to tell is left to it for so long, ms. */
const LEAVE_MS = 300;
/** Runs of which it is known that this node has sent for them. */
const SENDERS = 10_000;

/** Waits for all of them, also where one fails. */
const allOf = async (deliveries: readonly Promise<unknown>[]): Promise<void> => {
  const ended = await Promise.allSettled(deliveries);
  const failed = ended.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed) throw failed.reason as Error;
};

const targetOf = (message: Message): string =>
  message.kind === 'child.end' ? message.parent.run : message.run;

/**
 * Delivers messages between runs.
 *
 * OUTBOX-1  A message is removed by the very commit that carries out what it says, so it takes effect exactly once.
 * OUTBOX-2  Messages to one run take effect in the order in which they were sent. Ends of children concern a slot each: those that
 *           follow one another are handed over together.
 * OUTBOX-3  On several nodes each delivers at once what it has sent itself, and what others have left lying. The commit rests on the
 *           message being there, so whoever comes second is refused.
 */
export class Outbox implements Background {
  #store: Store;
  #clock: Clock;
  #shared: boolean;
  #senders = new LRUCache<string, true>({ max: SENDERS });
  /** When messages of other nodes were first seen. */
  #seen = new Map<number, number>();
  #cancelLook: (() => void) | null = null;
  #deliver: (id: number, message: Message) => Promise<unknown>;
  #loop: Loop;
  #cancel: (() => void) | null = null;

  constructor(parts: {
    store: Store;
    clock: Clock;
    deliver(id: number, message: Message): Promise<unknown>;
    /** Other nodes send and deliver too. */
    shared: boolean;
    onFault(fault: unknown): void;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#shared = parts.shared;
    this.#deliver = parts.deliver;
    this.#loop = new Loop(
      () => this.#turn(),
      (fault) => {
        parts.onFault(fault);
        this.#cancel = parts.clock.after(RETRY_MS, () => this.#loop.wake());
      },
    );
  }

  start(): Promise<void> {
    this.#loop.start();
    return Promise.resolve();
  }

  wake(): void {
    this.#loop.wake();
  }

  /** This node has sent something for a run. */
  sent(run: string): void {
    if (this.#shared) this.#senders.set(run, true);
    this.wake();
  }

  /** Others may have sent something: it is looked soon whether it still lies there. */
  look(ms = LEAVE_MS): void {
    this.#cancelLook ??= this.#clock.after(ms, () => {
      this.#cancelLook = null;
      this.wake();
    });
  }

  /** OUTBOX-3, in the order of OUTBOX-2: what is behind a message that is left alone is left alone too. */
  #mine(chain: readonly OutboxMessage[]): readonly OutboxMessage[] {
    if (!this.#shared) return chain;
    const now = this.#clock.now();
    const first = chain.findIndex(({ id, run }) => {
      if (this.#senders.has(run)) return false;
      const seen = this.#seen.get(id) ?? now;
      this.#seen.set(id, seen);
      return seen + LEAVE_MS > now;
    });
    if (first >= 0) this.look();
    return first < 0 ? chain : chain.slice(0, first);
  }

  /** Messages to different runs go side by side; one that fails is tried again, and holds up those to the same run alone. */
  async #turn(): Promise<void> {
    const faults = new Map<string, unknown>();
    const left = new Set<string>();
    const there = new Set<number>();
    let after = 0;
    for (;;) {
      const messages = await this.#store.outbox(after, BATCH);
      const last = messages.at(-1);
      if (!last) break;
      after = last.id;
      const byTarget = Map.groupBy(messages, ({ message }) => targetOf(message as unknown as Message));
      for (const { id } of messages) there.add(id);
      const chains = [...byTarget].filter(([target]) => !faults.has(target) && !left.has(target));
      await Promise.all(
        chains.map(([target, chain]) =>
          this.#deliverSome(chain, () => left.add(target)).catch(
            (fault: unknown) => void faults.set(target, fault),
          ),
        ),
      );
    }
    for (const id of this.#seen.keys()) if (!there.has(id)) this.#seen.delete(id);
    if (this.#shared) this.look(NOTICE_MS);
    for (const fault of faults.values()) throw fault as Error;
  }

  async #deliverSome(chain: readonly OutboxMessage[], onLeft: () => void): Promise<void> {
    const mine = this.#mine(chain);
    if (mine.length < chain.length) onLeft();
    await this.#deliverInOrder(mine);
  }

  async #deliverInOrder(chain: readonly OutboxMessage[]): Promise<void> {
    const ends: Promise<unknown>[] = [];
    for (const { id, message } of chain) {
      const one = message as unknown as Message;
      if (one.kind === 'child.end') ends.push(this.#deliver(id, one));
      else {
        await allOf(ends.splice(0));
        await this.#deliver(id, one);
      }
    }
    await allOf(ends);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancelLook?.();
    await this.#loop.stop();
  }
}
