import type { Requirement } from '../routing/index.ts';
import type { Task } from '../engine/index.ts';

/** A task that waits for a participant, and its place in the order: priority (high first), then age. */
export interface ReadyTask {
  readonly task: string;
  readonly run: string;
  readonly priority: number;
  readonly createdAt: number;
  readonly excluded: readonly string[];
  /** What it asks for, which is its group. */
  readonly key: string;
}

/**
 * Tasks that wait for agents or systems, grouped by what they ask for.
 *
 * READY-1  Whoever may do one task of a group may do every other, but for `excluded`: eligibility is asked once per group.
 * READY-2  Adding and taking cost O(log n) in the group; removal is lazy, and `has` tells whether a task still waits.
 */
export class ReadyQueue {
  #groups = new Map<string, Group>();
  #waiting = new Map<string, ReadyTask>();

  get size(): number {
    return this.#waiting.size;
  }

  add(task: Task): void {
    if (this.#waiting.has(task.id)) return;
    const { id, run, priority, createdAt, excluded, requires, by, from } = task;
    const key = keyOf(task);
    if (!this.#groups.has(key))
      this.#groups.set(key, { requirement: { requires, by, from, excluded: [] }, heap: [] });
    this.putBack({ task: id, run, priority, createdAt, excluded, key });
  }

  /** Undoes a `take`. */
  putBack(entry: ReadyTask): void {
    this.#waiting.set(entry.task, entry);
    push((this.#groups.get(entry.key) as Group).heap, entry);
  }

  remove(task: string): void {
    this.#waiting.delete(task);
  }

  /** Takes out the first task that `may` (asked per group) and `not excluded` allow; null when there is none. */
  take(passport: string, may: (requirement: Requirement) => boolean): ReadyTask | null {
    let best: Group | null = null;
    for (const group of this.#groups.values()) {
      this.#prune(group);
      const [head] = group.heap;
      if (head && (!best || before(head, best.heap[0] as ReadyTask)) && may(group.requirement)) best = group;
    }
    return best && this.#takeFrom(best, passport);
  }

  #prune(group: Group): void {
    while (group.heap[0] && this.#waiting.get(group.heap[0].task) !== group.heap[0]) pop(group.heap);
  }

  /** Steps over tasks from which the participant is excluded, and puts them back. */
  #takeFrom(group: Group, passport: string): ReadyTask | null {
    const passed: ReadyTask[] = [];
    let found: ReadyTask | null = null;
    while (!found && group.heap.length > 0) {
      const head = pop(group.heap) as ReadyTask;
      if (this.#waiting.get(head.task) !== head) continue;
      if (head.excluded.includes(passport)) passed.push(head);
      else found = head;
    }
    for (const entry of passed) push(group.heap, entry);
    if (found) this.#waiting.delete(found.task);
    return found;
  }
}

interface Group {
  readonly requirement: Requirement;
  readonly heap: ReadyTask[];
}

const keyOf = ({ requires, by, from }: Task): string => `${by}|${requires.join(',')}|${from.join(',')}`;

const before = (a: ReadyTask, b: ReadyTask): boolean =>
  a.priority !== b.priority
    ? a.priority > b.priority
    : a.createdAt !== b.createdAt
      ? a.createdAt < b.createdAt
      : a.task < b.task;

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
