import type { Task } from '../../engine/index.ts';
import { StoreFault, type StoreFaultCode } from '../../store/index.ts';
import type { Clock } from '../clock.ts';

/** How long a task is set aside that could not be worked on, and one where it may be everything that failed for a moment. */
const ASIDE_MS = { own: 10_000, perhaps: 1000 };
/** After so many faults in a row it is not gone on: it may be everything that fails. */
export const MOST_FAULTS = 10;

const OF_RUN: ReadonlySet<StoreFaultCode> = new Set(['invalid_change', 'database_damaged']);

/** Whether another task would fare no better, or it is not known what was written. */
export const isOfStore = (fault: unknown): boolean =>
  fault instanceof StoreFault && fault.code !== 'database_failed' && !OF_RUN.has(fault.code);

/**
 * Whether it is of one run alone: what is stored of it cannot be read, or nothing can be decided on it. Where it is neither that nor of
 * the store (`database_failed`) the task is set aside, as it may be what fails, and none is tried after it, as it may be everything.
 */
export const isOfRun = (fault: unknown): boolean => !(fault instanceof StoreFault) || OF_RUN.has(fault.code);

/** A task as it is until it is given to somebody, or routed again. */
export type TaskVersion = Pick<Task, 'id' | 'status' | 'token' | 'routed'>;

export const versionOf = (
  { task: id, token, routed }: { readonly task: string; readonly token: number; readonly routed: number },
  status: Task['status'],
): TaskVersion => ({ id, status, token, routed });

interface Aside {
  readonly version: TaskVersion;
  readonly cancel: () => void;
}

/** Tasks that nothing can be done with for now, out of every line, so that none stands behind them. */
export class SetAside {
  readonly #clock: Clock;
  readonly #tasks = new Map<string, Aside>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(task: string): boolean {
    return this.#tasks.has(task);
  }

  /** Whether it is set aside, and is as it was then. */
  isUnchanged({ id, status, token, routed }: TaskVersion): boolean {
    const version = this.#tasks.get(id)?.version;
    return version?.status === status && version.token === token && version.routed === routed;
  }

  /** `back`: called after a while, unless the task is dropped before. */
  put(version: TaskVersion, fault: unknown, back: () => void): void {
    const { id } = version;
    this.drop(id);
    if (this.#stopped) return;
    const cancel = this.#clock.after(isOfRun(fault) ? ASIDE_MS.own : ASIDE_MS.perhaps, () => {
      this.#tasks.delete(id);
      back();
    });
    this.#tasks.set(id, { version, cancel });
  }

  /** It is known anew how it stands with the task. */
  drop(task: string): void {
    this.#tasks.get(task)?.cancel();
    this.#tasks.delete(task);
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#tasks.values()) cancel();
    this.#tasks.clear();
  }
}
