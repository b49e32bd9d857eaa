import type { Task } from '../../engine/index.ts';
import { partyOf, placeOf } from '../../routing/index.ts';

/** A task that waits for a participant, and its place in the order (see `queue-order.ts`): the smallest is first. */
export interface ReadyTask {
  readonly task: string;
  readonly run: string;
  readonly place: number;
  /** As `Task` says: each time that it is given to somebody, or routed, one of them rises. */
  readonly token: number;
  readonly routed: number;
  readonly excluded: readonly string[];
  readonly separate: readonly string[];
  readonly offeredTo: readonly string[] | null;
  /** What it asks for, which is its group. */
  readonly key: string;
  readonly asked: Asked;
}

/** What all tasks of a group ask for. */
export type Asked = Pick<Task, 'requires' | 'level' | 'by' | 'from' | 'safety' | 'kind'>;
export interface GroupOf {
  readonly key: string;
  readonly asked: Asked;
}

/** Who asks for a task. */
export interface Taker {
  /** Passports that it stands for, itself among them. Left out: groups that name passports are looked at too, whomever they name. */
  readonly names?: readonly string[];
  /** Asked once per group. */
  may(group: GroupOf): boolean;
  /** Asked of each task that comes first. */
  fits(task: ReadyTask): boolean;
}

/**
 * Tasks that wait for somebody, grouped by what they ask for.
 *
 * READY-1  Whoever may do one task of a group may do every other, but for whom it excludes, names, or is separate from, and for
 *          bounds of claims, which are about what one task brings: all else of eligibility is asked once per group.
 * READY-2  Adding and taking cost O(log n) in the group. Removal is lazy, and costs O(1) over many: what is kept is no more than twice
 *          what waits, also where nobody ever takes anything.
 * READY-3  A group without tasks is not kept: what is looked at are the kinds of work that wait now.
 * READY-4  A group that names nothing but passports is looked at by those alone whom it names: a task for each of many people costs
 *          the others nothing.
 * READY-5  What nobody could begin with, since its run is paused, is not counted, whether somebody has come for it or not.
 */
export class ReadyQueue {
  #groups = new Map<string, Group>();
  /** Groups for whoever is called so; all others are in `#common`. */
  #named = new Map<string, Set<Group>>();
  #common = new Set<Group>();
  #waiting = new Map<string, ReadyTask>();
  /** How many wait, by their runs. */
  #ofRuns = new Map<string, number>();
  #paused = new Set<string>();
  /** How many wait in runs that are paused. */
  #withheld = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Those that somebody could begin with. READY-5 */
  get startable(): number {
    return this.#waiting.size - this.#withheld;
  }

  /** READY-5 */
  pause(run: string): void {
    if (this.#paused.has(run)) return;
    this.#paused.add(run);
    this.#withheld += this.#ofRuns.get(run) ?? 0;
  }

  /** The run is not paused any more. */
  goOn(run: string): void {
    if (this.#paused.delete(run)) this.#withheld -= this.#ofRuns.get(run) ?? 0;
  }

  #count(run: string, by: 1 | -1): void {
    const now = (this.#ofRuns.get(run) ?? 0) + by;
    if (now > 0) this.#ofRuns.set(run, now);
    else this.#ofRuns.delete(run);
    if (this.#paused.has(run)) this.#withheld += by;
  }

  /** Kinds of work that wait, as far as has been looked. */
  get kinds(): number {
    return this.#groups.size;
  }

  /** Entries in memory, those of tasks that wait no more among them. */
  get kept(): number {
    let kept = 0;
    for (const { heap } of this.#groups.values()) kept += heap.length;
    return kept;
  }

  has(task: string): boolean {
    return this.#waiting.has(task);
  }

  get(task: string): ReadyTask | undefined {
    return this.#waiting.get(task);
  }

  /** The first few of a group that stand behind one of it, or of all; as far as they wait. */
  behind(key: string, last: ReadyTask | null, most: number): readonly ReadyTask[] {
    const few: ReadyTask[] = [];
    for (const entry of this.#groups.get(key)?.heap ?? []) {
      if (!this.#isWaiting(entry) || (last && !before(last, entry))) continue;
      const at = few.findIndex((other) => before(entry, other));
      few.splice(at < 0 ? few.length : at, 0, entry);
      if (few.length > most) few.pop();
    }
    return few;
  }

  add(task: Task): void {
    const { id, run, token, routed, excluded, separate, offeredTo } = task;
    const group = groupOf(task);
    const { key } = group;
    const asked = this.#groups.get(key)?.asked ?? group.asked;
    this.putBack({
      task: id,
      run,
      place: placeOf(task),
      token,
      routed,
      excluded,
      separate,
      offeredTo,
      key,
      asked,
    });
  }

  /** Undoes a `take`, unless it has been added again meanwhile. */
  putBack(entry: ReadyTask): void {
    if (this.#waiting.has(entry.task)) return;
    this.#waiting.set(entry.task, entry);
    this.#count(entry.run, 1);
    const { key, asked } = entry;
    let group = this.#groups.get(key);
    if (!group) this.#keep((group = { key, asked, heap: [], waiting: 0 }));
    push(group.heap, entry);
    group.waiting += 1;
  }

  #keep(group: Group): void {
    this.#groups.set(group.key, group);
    const names = namesOf(group);
    if (!names) return void this.#common.add(group);
    for (const name of names) {
      const others = this.#named.get(name);
      if (others) others.add(group);
      else this.#named.set(name, new Set([group]));
    }
  }

  #forget(group: Group): void {
    this.#groups.delete(group.key);
    this.#common.delete(group);
    for (const name of namesOf(group) ?? []) {
      const others = this.#named.get(name);
      others?.delete(group);
      if (others?.size === 0) this.#named.delete(name);
    }
  }

  /** Those that the taker may be meant by. */
  *#groupsFor({ names }: Taker): Generator<Group, void, void> {
    if (!names) return yield* this.#groups.values();
    yield* this.#common;
    for (const name of names) yield* this.#named.get(name) ?? [];
  }

  remove(task: string): void {
    const entry = this.#waiting.get(task);
    if (!entry) return;
    const group = this.#leave(entry);
    if (group.heap.length > 2 * group.waiting) this.#rebuild(group);
  }

  /** It waits no more. READY-3 */
  #leave({ task, run, key }: ReadyTask): Group {
    const group = this.#groups.get(key) as Group;
    this.#waiting.delete(task);
    this.#count(run, -1);
    group.waiting -= 1;
    if (group.waiting === 0) this.#forget(group);
    return group;
  }

  /** READY-2: what has been in order needs next to no work to be so again. */
  #rebuild(group: Group): void {
    const kept = group.heap.splice(0).filter((entry) => this.#isWaiting(entry));
    for (const entry of kept) push(group.heap, entry);
  }

  #isWaiting(entry: ReadyTask): boolean {
    return this.#waiting.get(entry.task) === entry;
  }

  /** Takes out the first task that the taker may do; null when there is none. */
  take(taker: Taker): ReadyTask | null {
    const passedOver = new Set<Group>();
    for (;;) {
      const group = this.#first(taker, passedOver);
      if (!group) return null;
      const found = this.#takeFrom(group, taker);
      if (found) return found;
      passedOver.add(group);
    }
  }

  /** The group whose head is first of all that the taker may do. */
  #first(taker: Taker, passedOver: ReadonlySet<Group>): Group | null {
    let best: Group | null = null;
    for (const group of this.#groupsFor(taker)) {
      this.#prune(group);
      const [head] = group.heap;
      if (!head || passedOver.has(group) || (best && !before(head, best.heap[0] as ReadyTask))) continue;
      if (taker.may(group)) best = group;
    }
    return best;
  }

  #prune(group: Group): void {
    while (group.heap[0] && !this.#isWaiting(group.heap[0])) pop(group.heap);
  }

  /** Steps over tasks that do not fit, and puts them back. */
  #takeFrom(group: Group, taker: Taker): ReadyTask | null {
    const passed: ReadyTask[] = [];
    let found: ReadyTask | null = null;
    while (!found && group.heap.length > 0) {
      const head = pop(group.heap) as ReadyTask;
      if (!this.#isWaiting(head)) continue;
      if (taker.fits(head)) found = head;
      else passed.push(head);
    }
    for (const entry of passed) push(group.heap, entry);
    if (found) this.#leave(found);
    return found;
  }
}

interface Group extends GroupOf {
  readonly heap: ReadyTask[];
  /** How many of the heap are waiting. */
  waiting: number;
}

/** The passports that a group names; null where it names anything else, or nobody. */
const namesOf = ({ asked: { from } }: GroupOf): readonly string[] | null =>
  from.length > 0 && from.every((party) => partyOf(party).kind === 'passport') ? from : null;

export const groupOf = (task: Task): GroupOf => {
  const { requires, level, by, from, safety, kind } = task;
  return { key: keyOf(task), asked: { requires, level, by, from, safety, kind } };
};

const keyOf = ({ requires, level, by, from, safety }: Task): string =>
  `${by}|${requires.join(',')}|${level ?? ''}|${from.join(',')}|${safety}`;

const before = (a: ReadyTask, b: ReadyTask): boolean =>
  a.place === b.place ? a.task < b.task : a.place < b.place;

const push = (heap: ReadyTask[], entry: ReadyTask): void => {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(entry, heap[parent] as ReadyTask)) break;
    heap[at] = heap[parent] as ReadyTask;
    at = parent;
  }
  heap[at] = entry;
};

const pop = (heap: ReadyTask[]): ReadyTask | undefined => {
  const first = heap[0];
  const last = heap.pop();
  if (!last || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as ReadyTask, heap[child] as ReadyTask)) child += 1;
    if (!before(heap[child] as ReadyTask, last)) break;
    heap[at] = heap[child] as ReadyTask;
    at = child;
  }
  heap[at] = last;
  return first;
};
