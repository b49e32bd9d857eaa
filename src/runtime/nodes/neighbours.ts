import { refuse, type Command, type Rejection } from '../../engine/index.ts';
import type { Store } from '../../store/index.ts';
import type { ChangeBuilder } from '../change.ts';
import type { ExecuteOptions } from '../execute-options.ts';
import { advance, type Hot } from '../hot.ts';

export interface NeighbourParts {
  readonly store: Store;
  /** How many tasks a participant may have in progress. */
  capacityOf(participant: string): number | undefined;
  /** How many it has, as far as this node knows. */
  heldBy(participant: string): number;
  /** Reads what these participants have from the store. */
  recount(participants: Iterable<string>): Promise<void>;
}

/** A capacity that nobody counts, so that giving such a participant a task waits for no other node. */
const UNLIMITED = 10_000;
/** More entries of others than this, and a run is read anew. */
const MOST_FOLLOWED = 1000;

/** The memory that something was decided on. */
export interface Basis {
  readonly hot: Hot | undefined;
  readonly followed: number | undefined;
}
export const basisOf = (hot: Hot | undefined): Basis => ({ hot, followed: hot?.followed });

/**
 * What runs have to know of other nodes on the same database.
 *
 * NEXT-1  Memory of a run may be behind the store. A change is held against the sequence by the store; a refusal, and a state that is
 *         read, are held against the run's last entry, or against what others were heard to append, where a moment ago will do; a refusal
 *         stands only on the memory that it was decided on. What is behind is brought forward and asked again; what is not there any more
 *         is dropped.
 * NEXT-2  A participant with a capacity is counted in the commit that gives it a task. Where the store counts more than this node knew,
 *         it is counted here before anything is decided anew.
 * NEXT-3  A timer is fired, a message delivered, and a lease ended, by a change of its own that rests on its still being as it was known.
 */
export class Neighbours {
  readonly #parts: NeighbourParts;
  /** What the store is ahead of, as others have said; whatever is dropped from memory is read anew. */
  readonly #outrun = new WeakSet<Hot>();
  readonly #counting = new Map<string, Promise<void>>();

  constructor(parts: NeighbourParts) {
    this.#parts = parts;
  }

  // --- NEXT-1 -----------------------------------------------------------------------------------------------------

  /** Another node has appended to a run that is in memory. */
  overtaken(hot: Hot | undefined, sequence: number): void {
    if (hot && hot.head.sequence < sequence) this.#outrun.add(hot);
  }

  /** Whether memory is as the store is; `lately`: as far as others were heard, and the store is not asked. */
  async isCurrent(run: string, hot: Hot | undefined, lately = false): Promise<boolean> {
    if (!hot) return true;
    if (lately) return !this.#outrun.has(hot);
    // As it is asked about: it may be brought forward while the store answers.
    const { sequence } = hot.head;
    const last = await this.#parts.store.lastEntry(run);
    const isCurrent = last !== null && last.sequence <= sequence;
    if (!isCurrent) this.#outrun.add(hot);
    return isCurrent;
  }

  /** Whether memory, as it is now, is what was refused on, and the store has nothing more. */
  async upholds(run: string, { hot, followed }: Basis, now: Hot | undefined): Promise<boolean> {
    return hot === now && followed === now?.followed && this.isCurrent(run, now);
  }

  /** What a decision on a run has to wait for; null where nothing is known against what is in memory. */
  behind(run: string, hot: Hot | undefined, forget: (hot: Hot) => void): Promise<void> | null {
    const counting = this.#counting.get(run);
    if (counting) return counting;
    if (!hot || !this.#outrun.has(hot)) return null;
    return this.catchUp(run, hot, forget);
  }

  async catchUp(run: string, hot: Hot, forget: (hot: Hot) => void): Promise<void> {
    const { sequence } = hot.head;
    const entries = await this.#parts.store.entries({ stream: run, after: sequence }, MOST_FOLLOWED);
    this.#outrun.delete(hot);
    if (hot.head.sequence !== sequence) return;
    // Where the store has nothing more of what is not current, the run has been archived.
    if (entries.length > 0 && entries.length < MOST_FOLLOWED) advance(hot, entries);
    else forget(hot);
  }

  // --- NEXT-2 -----------------------------------------------------------------------------------------------------

  /** Why somebody can begin nothing more, as far as this node knows. */
  objection(command: Command): Rejection | null {
    if (command.type !== 'task.start') return null;
    const { assignee } = command;
    const capacity = this.#limitOf(assignee);
    if (capacity === null || this.#parts.heldBy(assignee) < capacity) return null;
    const message = `${assignee} holds ${capacity} tasks, which is its capacity. Complete one, or raise the capacity.`;
    return refuse('capacity_reached', message, { capacity });
  }

  /** The change rests on these participants, who begin something in it, being able to. */
  hold(change: ChangeBuilder, holders: Iterable<string>): void {
    for (const participant of holders) {
      const most = this.#limitOf(participant);
      if (most !== null) change.holds.set(participant, most);
    }
  }

  count(run: string, participants: readonly string[]): void {
    const before = this.#counting.get(run) ?? Promise.resolve();
    const done = before
      .then(() => this.#parts.recount(participants))
      .finally(() => {
        if (this.#counting.get(run) === done) this.#counting.delete(run);
      });
    done.catch(() => {});
    this.#counting.set(run, done);
  }

  #limitOf(participant: string): number | null {
    const capacity = this.#parts.capacityOf(participant) ?? UNLIMITED;
    return capacity < UNLIMITED ? capacity : null;
  }
}

/** Who begins something by a command, or by the claims that it leads to. */
export const holders = (
  command: Command,
  { leaseUntil }: { readonly leaseUntil?: number },
  claims: ReadonlyMap<string, { readonly holder?: string }>,
): string[] => [
  ...[...claims.values()].flatMap(({ holder }) => holder ?? []),
  ...(command.type === 'task.start' && leaseUntil !== undefined ? [command.assignee] : []),
];

/** NEXT-3 */
export const isOnce = ({ delivered, timer, lease }: ExecuteOptions): boolean =>
  delivered !== undefined || timer !== undefined || lease !== undefined;
export const premisesOf = ({ delivered, timer, lease }: ExecuteOptions) => ({
  messages: delivered === undefined ? [] : [delivered],
  timers: timer ? [timer] : [],
  leases: lease ? [lease] : [],
});
export const overtaken = {
  ok: false,
  rejection: refuse('changed_meanwhile', 'Another node has done this already.'),
} as const;
