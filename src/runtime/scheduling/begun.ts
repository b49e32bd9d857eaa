import { refuse, type Rejection, type RunState } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Claim } from './assigner.ts';

/**
 * What people have begun, beside what lies reserved for them.
 *
 * BEGUN-1  However much is reserved for somebody by name, they begin no more than their capacity, whichever way it begins. What is being
 *          begun counts from the decision on. What was suspended is theirs already: going on with it is never refused, so that they may
 *          have more in progress, and it counts from then on.
 * BEGUN-2  Of the run that is being decided on, its state says what they have begun: what ends with that makes room for what follows.
 */
export class Begun {
  readonly #holder = new Map<string, string>();
  readonly #of = new Map<string, Set<string>>();
  /** Begun by what is yet to be written. */
  readonly #coming = new Map<string, Set<string>>();

  /** What was committed: who has the task in progress, or nobody. */
  set(task: string, participant: string | null): void {
    const before = this.#holder.get(task);
    if (before === (participant ?? undefined)) return;
    if (before !== undefined) remove(this.#of, before, task);
    if (participant === null) this.#holder.delete(task);
    else {
      this.#holder.set(task, participant);
      add(this.#of, participant, task);
    }
  }

  /** As `Workload.dropRun`. */
  dropRun(run: string, but: ReadonlySet<string>): void {
    for (const task of [...this.#holder.keys()]) if (isOf(run, task) && !but.has(task)) this.set(task, null);
  }

  isFull({ id, capacity }: Passport, state: RunState | null = null): boolean {
    const [begun, coming] = [this.#of.get(id), this.#coming.get(id)];
    if ((begun?.size ?? 0) + (coming?.size ?? 0) < capacity) return false;
    let count = 0;
    for (const task of new Set([...(begun ?? []), ...(coming ?? [])]))
      if (!state || !isOf(state.run, task) || isBegun(state, task, id)) count += 1;
    return count >= capacity;
  }

  /** One more for them, to be settled when that is durable or did not happen; or why they can begin no more. */
  begin(task: string, passport: Passport, state: RunState): Claim | Rejection {
    const { id, name, capacity } = passport;
    if (this.isFull(passport, state)) {
      const has = capacity === 1 ? 'a task' : `${capacity} tasks`;
      const message = `${name} has ${has} in progress, which is their capacity. Complete one, put one aside or give one back, or raise the capacity.`;
      return refuse('capacity_reached', message, { capacity });
    }
    add(this.#coming, id, task);
    return { leaseUntil: null, holder: id, settle: () => remove(this.#coming, id, task) };
  }
}

const isOf = (run: string, task: string): boolean => task.startsWith(`${run}:`);

const isBegun = ({ tasks }: RunState, task: string, participant: string): boolean =>
  tasks[task]?.status === 'in_progress' && tasks[task].assignee === participant;

const add = (sets: Map<string, Set<string>>, key: string, task: string): void => {
  const tasks = sets.get(key);
  if (tasks) tasks.add(task);
  else sets.set(key, new Set([task]));
};

const remove = (sets: Map<string, Set<string>>, key: string, task: string): void => {
  const tasks = sets.get(key);
  tasks?.delete(task);
  if (tasks?.size === 0) sets.delete(key);
};
