import type { Message } from '../engine/index.ts';
import type { Store } from '../store/index.ts';
import { Loop, type Background } from './background.ts';
import type { Clock } from './clock.ts';

const BATCH = 200;
const RETRY_MS = 1000;

/**
 * Delivers messages between runs.
 *
 * OUTBOX-1  A message is removed by the very commit that carries out what it says, so it takes effect exactly once.
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

  /** Messages of one turn go side by side; one that fails is tried again and holds up none of the others. */
  async #turn(): Promise<void> {
    let fault: unknown;
    let after = 0;
    for (;;) {
      const messages = await this.#store.outbox(after, BATCH);
      if (messages.length === 0) break;
      const results = await Promise.allSettled(messages.map(({ id, message }) => this.#deliver(id, message as unknown as Message)));
      for (const result of results) if (result.status === 'rejected') fault = result.reason;
      after = (messages.at(-1) as { id: number }).id;
    }
    if (fault !== undefined) throw fault;
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#loop.stop();
  }
}
