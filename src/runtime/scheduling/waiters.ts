import type { Task } from '../../engine/index.ts';
import type { Passport, Sought } from '../../routing/index.ts';
import type { Clock } from '../clock.ts';
import type { Refused } from '../organisation/index.ts';
import { SoughtWork } from './sought.ts';

export interface ClaimRequest {
  readonly passport: Passport;
  /** Only tasks that ask for one of these; omitted is whatever the passport may do. */
  readonly capabilities?: readonly string[];
  /** Until when to wait for a task if there is none, ms since the epoch. */
  readonly until: number;
  readonly leaseMs: number;
  /** Under which a repetition finds what was given for it, on any node and after a start; none where it cannot be repeated. */
  readonly claim?: string | undefined;
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
}

export interface Waiter {
  readonly request: ClaimRequest;
  readonly resolve: (task: Task | null | Refused) => void;
  readonly reject: (fault: unknown) => void;
}

/** The request takes such work, whoever asks. */
export const wants = ({ capabilities }: ClaimRequest, requires: readonly string[]): boolean =>
  !capabilities || requires.some((capability) => capabilities.includes(capability));

/**
 * Participants that wait for a task, the one that has waited longest first.
 *
 * WAIT-1  Work that was routed before somebody came, and is ready after, is found by whoever came in between (`latecomers`). Of what is
 *         ready without having been routed to those who wait nobody has been asked.
 */
export class Waiters {
  /** With what ends their waiting for time and signal. */
  #all = new Map<Waiter, () => void>();
  #of = new Map<string, Set<Waiter>>();
  #latecomers = new Set<Waiter>();
  /** Tasks for which those who waited have been asked, while that is being written. */
  #routed = new Set<string>();
  #sought = new SoughtWork();
  #onChange: (passport: string, isWaiting: boolean, sought: Sought) => void;

  constructor(onChange: (passport: string, isWaiting: boolean, sought: Sought) => void) {
    this.#onChange = onChange;
  }

  [Symbol.iterator](): IterableIterator<Waiter> {
    return this.#all.keys();
  }

  has(waiter: Waiter): boolean {
    return this.#all.has(waiter);
  }

  /** Those who came while something that has been routed was being written. */
  get latecomers(): Iterable<Waiter> {
    return this.#latecomers;
  }

  /** Those who have not been asked whether they take it. */
  unasked(task: string): Iterable<Waiter> {
    return this.#routed.has(task) ? this.#latecomers : this;
  }

  of(passport: string): Iterable<Waiter> {
    return this.#of.get(passport) ?? [];
  }

  /** Says whether it waits, and for what. */
  tell(passport: string): void {
    this.#onChange(passport, this.#of.has(passport), this.#sought.of(passport));
  }

  /** Until it is given a task, told that there is none, gives up or has waited as long as it wants. */
  wait(request: ClaimRequest, clock: Clock): Promise<Task | null | Refused> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => waiter.resolve(null);
      const cancel = clock.after(request.until - clock.now(), giveUp);
      const waiter: Waiter = {
        request,
        resolve: (task) => (this.delete(waiter), resolve(task)),
        reject: (fault) => (this.delete(waiter), reject(fault)),
      };
      request.signal?.addEventListener('abort', giveUp);
      this.#add(waiter, () => {
        cancel();
        request.signal?.removeEventListener('abort', giveUp);
      });
    });
  }

  #add(waiter: Waiter, leave: () => void): void {
    const { passport, capabilities } = waiter.request;
    this.#all.set(waiter, leave);
    if (this.#routed.size > 0) this.#latecomers.add(waiter);
    const own = this.#of.get(passport.id);
    if (own) own.add(waiter);
    else this.#of.set(passport.id, new Set([waiter]));
    if (this.#sought.add(passport.id, capabilities)) this.tell(passport.id);
  }

  /** It waits no more, and is not told so: whoever takes it out does that. */
  delete(waiter: Waiter): void {
    const { passport, capabilities } = waiter.request;
    this.#all.get(waiter)?.();
    this.#all.delete(waiter);
    this.#latecomers.delete(waiter);
    const own = this.#of.get(passport.id);
    if (!own?.delete(waiter)) return;
    if (own.size === 0) this.#of.delete(passport.id);
    if (this.#sought.delete(passport.id, capabilities)) this.tell(passport.id);
  }

  routed(task: string): void {
    this.#routed.add(task);
  }

  written(task: string): void {
    this.#routed.delete(task);
    if (this.#routed.size === 0) this.#latecomers.clear();
  }
}
