import { refuse } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Outcome } from '../runs.ts';

export interface CapacityParts {
  /** Tasks that a participant has: of an agent or a system those that it holds by a lease. */
  held(participant: Passport): number;
  /** Those that it holds or that lie reserved for it, but for one. */
  given(task: string, participant: string): number;
  /** Reads what participants have from the store, where other nodes give them tasks too. */
  recount?: ((participants: Iterable<string>) => Promise<void>) | undefined;
}

export type Act<Value> = () => Promise<Outcome<Value>>;

/**
 * What participants may take beside what they have.
 *
 * CAPACITY-1  What they hold, what they wait for, and what they are claiming counts. This is what one node knows; where several work
 *             on one database the commit of a claim rests on it as well (NEXT-2).
 * CAPACITY-2  What was given to them counts where they take something by name that was not. Whoever waits takes that first, and is kept
 *             from nothing else by what cannot be begun.
 */
export class Capacity {
  readonly #parts: CapacityParts;
  readonly #claiming = new Map<string, number>();

  constructor(parts: CapacityParts) {
    this.#parts = parts;
  }

  /** Claims of one task, unless the participant has as many as it can; `takes` is a task that was not given to it. */
  async within<Value>(
    passport: Passport,
    claim: Act<Value>,
    takes: string | null = null,
  ): Promise<Outcome<Value>> {
    const { id, name, capacity } = passport;
    if (this.#counted(passport, takes) >= capacity) await this.#parts.recount?.([id]);
    const counted = this.#counted(passport, takes);
    if (counted >= capacity) {
      const message = `${name} has or waits for ${counted} tasks, which is its capacity. Complete one, or raise the capacity.`;
      return { ok: false, rejection: refuse('capacity_reached', message, { capacity }) };
    }
    this.#count(id, 1);
    try {
      return await claim();
    } finally {
      this.#count(id, -1);
    }
  }

  /** How many more it may take, as far as this node knows. */
  room(passport: Passport): number {
    return passport.capacity - this.#parts.held(passport);
  }

  /** What is being begun of what was given is in both counts: the greater holds. */
  #counted(passport: Passport, takes: string | null): number {
    const { id } = passport;
    const counted = this.#parts.held(passport) + (this.#claiming.get(id) ?? 0);
    return takes === null ? counted : Math.max(counted, this.#parts.given(takes, id));
  }

  #count(passport: string, by: number): void {
    const now = (this.#claiming.get(passport) ?? 0) + by;
    if (now > 0) this.#claiming.set(passport, now);
    else this.#claiming.delete(passport);
  }
}
