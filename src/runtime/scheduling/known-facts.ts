import type { Json, JsonObject } from '../../definition/index.ts';
import type { Store } from '../../store/index.ts';
import type { ReadyTask } from './ready-queue.ts';
import { factsOf } from './router.ts';

/**
 * What tasks that wait bring with them, as far as bounds of claims are about it.
 *
 * FACTS-1  It is read when somebody comes whose claims have bounds, once, or kept as the task is offered to them, and is forgotten with
 *          the task: no other part of its input is kept, and none at all where nobody with such a claim comes.
 */
export class KnownFacts {
  readonly #store: Pick<Store, 'tasksNamed'>;
  /** By name; undefined where the task does not state it. */
  readonly #known = new WeakMap<ReadyTask, Map<string, Json | undefined>>();

  constructor(store: Pick<Store, 'tasksNamed'>) {
    this.#store = store;
  }

  /** Null where not all of these have been read. */
  of(task: ReadyTask, names: readonly string[]): JsonObject | null {
    const known = this.#known.get(task);
    if (!known || !names.every((name) => known.has(name))) return null;
    return Object.fromEntries([...known].filter((fact): fact is [string, Json] => fact[1] !== undefined));
  }

  async read(tasks: readonly ReadyTask[], names: readonly string[]): Promise<void> {
    const rows = await this.#store.tasksNamed(tasks.map(({ task }) => task));
    const inputs = new Map(rows.map(({ id, input }) => [id, input]));
    for (const task of tasks) this.keep(task, names, inputs.get(task.task));
  }

  keep(task: ReadyTask, names: readonly string[], input: Json | undefined): void {
    const known = this.#known.get(task) ?? new Map<string, Json | undefined>();
    const facts = factsOf(input);
    for (const name of names) known.set(name, Object.hasOwn(facts, name) ? facts[name] : undefined);
    this.#known.set(task, known);
  }
}
