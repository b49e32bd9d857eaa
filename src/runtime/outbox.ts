import type { Message } from '../engine/index.ts';
import type { OutboxMessage, Store } from '../store/index.ts';
import { Loop, type Background } from './background.ts';
import type { Clock } from './clock.ts';

const BATCH = 200;
const RETRY_MS = 1000;

const targetOf = (message: Message): string =>
  message.kind === 'child.end' ? message.parent.run : message.run;

/**
 * Delivers messages between runs.
 *
 * OUTBOX-1  A message is removed by the very commit that carries out what it says, so it takes effect exactly once.
 * OUTBOX-2  Messages to one run take effect in the order in which they were sent.
 */
export class Outbox implements Background {
  #store: Store;
  #deliver: (id: number, message: Message) => Promise<unknown>;
  #loop: Loop;
  #cancel: (() => void) | null = null;

  constructor(parts: {
    store: Store;
    clock: Clock;
    deliver(id: number, message: Message): Promise<unknown>;
    onFault(fault: unknown): void;
  }) {
    this.#store = parts.store;
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

  /** Messages to different runs go side by side; one that fails is tried again, and holds up those to the same run alone. */
  async #turn(): Promise<void> {
    const faults = new Map<string, unknown>();
    let after = 0;
    for (;;) {
      const messages = await this.#store.outbox(after, BATCH);
      const last = messages.at(-1);
      if (!last) break;
      after = last.id;
      const byTarget = Map.groupBy(messages, ({ message }) => targetOf(message as unknown as Message));
      const chains = [...byTarget].filter(([target]) => !faults.has(target));
      await Promise.all(
        chains.map(([target, chain]) =>
          this.#deliverInOrder(chain).catch((fault: unknown) => void faults.set(target, fault)),
        ),
      );
    }
    for (const fault of faults.values()) throw fault as Error;
  }

  async #deliverInOrder(chain: readonly OutboxMessage[]): Promise<void> {
    for (const { id, message } of chain) await this.#deliver(id, message as unknown as Message);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#loop.stop();
  }
}
