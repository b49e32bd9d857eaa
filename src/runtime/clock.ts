/** Time as the runtime sees it. Tests put a simulated one in its place. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls once after `ms`; the returned function takes it back. */
  after(ms: number, call: () => void): () => void;
  /** Calls once, after what is being done now. */
  soon(call: () => void): void;
}

/** Longer timers than this are not held by the platform; callers look again when it has passed. */
const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(Math.max(0, ms), LONGEST));
    return () => clearTimeout(timer);
  },
  soon: (call) => void setImmediate(call),
};
