/**
 * The contract of everything that works in the background.
 *
 * BACK-1  `start` returns when the work of recovery is done and the loop is listening.
 * BACK-2  `stop` returns when nothing of it is under way any more; what was not finished is found again at the next start.
 * BACK-3  A wake-up is a hint: what has to be done is read from the store, so a lost hint costs time and nothing else.
 */
export interface Background {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A loop of one worker: runs `work` when woken, never twice at once, and once more if woken meanwhile. */
export class Loop {
  #work: () => Promise<void>;
  #onFault: (fault: unknown) => void;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = true;

  constructor(work: () => Promise<void>, onFault: (fault: unknown) => void) {
    this.#work = work;
    this.#onFault = onFault;
  }

  /** Nothing is looked for any more, or not yet: an alarm that is set now would keep the process for nothing. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  start(): void {
    this.#stopped = false;
    this.wake();
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#turn();
  }

  async #turn(): Promise<void> {
    try {
      await this.#work();
    } catch (fault) {
      this.#onFault(fault);
    }
    this.#running = null;
    if (this.#again) {
      this.#again = false;
      this.wake();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#again = false;
    await this.#running;
  }
}

/** What fails is there again for the next time; what is added meanwhile is taken as well. */
export async function takeEach(from: Set<string>, act: (one: string) => Promise<void>): Promise<void> {
  for (const one of from) {
    from.delete(one);
    try {
      await act(one);
    } catch (fault) {
      from.add(one);
      throw fault;
    }
  }
}
