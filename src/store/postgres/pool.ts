import { storeClosed } from '../fault.ts';
import type { Session } from './session.ts';

/**
 * The connections of one store.
 *
 * POOL-1  A connection is used by one at a time, and given back only if it still works.
 * POOL-2  Who finds all in use waits, in the order of asking.
 * POOL-3  Where one was lost, none that rests is used any more: a server that is gone without a word answers on none of them.
 */
export class Pool {
  readonly #connect: () => Promise<Session>;
  readonly #size: number;
  readonly #idle: Session[] = [];
  readonly #waiting: ((session: Session | null) => void)[] = [];
  #used = 0;
  #isClosed = false;
  #emptied: (() => void) | null = null;

  constructor(connect: () => Promise<Session>, size: number) {
    this.#connect = connect;
    this.#size = size;
  }

  async use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const session = await this.#take();
    try {
      return await work(session);
    } finally {
      this.#giveBack(session);
    }
  }

  async #take(): Promise<Session> {
    if (this.#isClosed) throw storeClosed();
    if (this.#used < this.#size) this.#used += 1;
    else {
      const handed = await new Promise<Session | null>((resolve) => this.#waiting.push(resolve));
      if (handed) return handed;
    }
    try {
      return this.#takeIdle() ?? (await this.#connect());
    } catch (fault) {
      this.#leave();
      throw fault;
    }
  }

  #takeIdle(): Session | null {
    for (let session = this.#idle.pop(); session; session = this.#idle.pop())
      if (session.isOpen) return session;
    return null;
  }

  /** POOL-3 */
  distrust(): void {
    for (const session of this.#idle.splice(0)) session.destroy();
  }

  #giveBack(session: Session): void {
    const next = session.isOpen ? this.#waiting.shift() : undefined;
    if (next) return next(session);
    if (session.isOpen) this.#idle.push(session);
    this.#leave();
  }

  /** The place goes to whoever waits longest, if anybody does. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) return next(null);
    this.#used -= 1;
    if (this.#used === 0) this.#emptied?.();
  }

  /** Resolves when what was under way has been answered and every connection is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#used > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
    await Promise.all(this.#idle.splice(0).map((session) => session.close()));
  }
}
