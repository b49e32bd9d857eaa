import type { Task } from '../../engine/index.ts';
import { placeOf } from '../../routing/index.ts';

/** A task that is somebody's to begin. */
export interface Reservation {
  readonly task: string;
  readonly run: string;
  readonly assignee: string;
  /** As `Task` says. */
  readonly token: number;
  readonly routed: number;
  readonly place: number;
  readonly requires: readonly string[];
  /** Whether they took it under a delegation, which ends with its time. */
  readonly isLent: boolean;
  /** When it became theirs, or this node began to know, ms since the epoch. */
  readonly since: number;
}

/** Tasks that are reserved, by whom they are reserved for. They are few for each: what can be reserved is bounded by capacity. */
export class Reservations {
  #of = new Map<string, Map<string, Reservation>>();
  #assignee = new Map<string, string>();

  keep(task: Task, now: number): void {
    const { id, run, assignee, token, routed, requires, takenAs } = task;
    const known = assignee === null ? undefined : this.#of.get(assignee)?.get(id);
    this.drop(id);
    if (assignee === null) return;
    const since = known?.since ?? now;
    const isLent = takenAs?.delegation !== undefined;
    this.restore({ task: id, run, assignee, token, routed, place: placeOf(task), requires, isLent, since });
  }

  /** Undoes a `drop`, unless it has become somebody's again meanwhile. */
  restore(one: Reservation): void {
    if (this.#assignee.has(one.task)) return;
    const own = this.#of.get(one.assignee) ?? new Map<string, Reservation>();
    own.set(one.task, one);
    this.#of.set(one.assignee, own);
    this.#assignee.set(one.task, one.assignee);
  }

  drop(task: string): void {
    const assignee = this.#assignee.get(task);
    if (assignee === undefined) return;
    this.#assignee.delete(task);
    const own = this.#of.get(assignee);
    own?.delete(task);
    if (own?.size === 0) this.#of.delete(assignee);
  }

  /** `but`: tasks of it that are known. */
  dropRun(run: string, but: ReadonlySet<string>): void {
    for (const own of [...this.#of.values()])
      for (const { task, run: its } of [...own.values()]) if (its === run && !but.has(task)) this.drop(task);
  }

  participants(): string[] {
    return [...this.#of.keys()];
  }

  of(participant: string): readonly Reservation[] {
    return [...(this.#of.get(participant)?.values() ?? [])].sort((a, b) => a.place - b.place);
  }
}
