/** Time as a worker sees it. Milliseconds; `now` never goes back, and says nothing about the calendar. */
export interface WorkerClock {
  now(): number;
  /** Calls `run` once after `ms`; the answer takes that back. */
  after(ms: number, run: () => void): () => void;
  /** A number in [0, 1) that nobody can foresee. */
  chance(): number;
}

export const systemClock: WorkerClock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  chance: () => Math.random(),
};

/** Resolves after `ms`, or as soon as the signal aborts. It never rejects. */
export const pause = (clock: WorkerClock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener('abort', end);
  });
