import type { JsonObject } from '../definition/index.ts';

/** Something that can be asked for. A name that is in no document is a capability without edges. */
export interface Capability {
  readonly id: string;
  readonly description: string;
  /** Kinds of content it takes and makes; `invoice[]` is a list of `invoice`. */
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  /** Holding this one is holding these, and what these imply. */
  readonly implies: readonly string[];
  /** JSON Schemas 2020-12 of what goes in and comes out; null is anything. */
  readonly input: JsonObject | null;
  readonly output: JsonObject | null;
  /** How a step of a plan that needs it goes, unless somebody edits the plan: its `by`, `from`, `retry`, `onFailure` and the like. */
  readonly step: JsonObject | null;
}

export const capabilityOf = (given: Partial<Capability> & { readonly id: string }): Capability => ({
  description: '',
  consumes: [],
  produces: [],
  implies: [],
  input: null,
  output: null,
  step: null,
  ...given,
});

/**
 * The capabilities and their edges.
 *
 * CAP-1  There is no cycle of `implies`: an edge that would close one is refused, with the cycle.
 * CAP-2  A change costs what implies the changed capability, directly or not, whatever else there is.
 */
export class CapabilityGraph {
  #documents = new Map<string, Capability>();
  #impliedBy = new Map<string, Set<string>>();
  #closures = new Map<string, readonly string[]>();

  /** Those that have a document. */
  all(): Iterable<Capability> {
    return this.#documents.values();
  }

  get(id: string): Capability | null {
    return this.#documents.get(id) ?? null;
  }

  /** The capability and all that holding it is holding, directly or not; itself first. */
  closure(id: string): readonly string[] {
    const known = this.#closures.get(id);
    if (known) return known;
    const closure = [...this.#reach(id, (at) => this.#documents.get(at)?.implies ?? [])];
    this.#closures.set(id, closure);
    return closure;
  }

  /** The capability and all that imply it, directly or not. */
  impliers(id: string): readonly string[] {
    return [...this.#reach(id, (at) => this.#impliedBy.get(at) ?? [])];
  }

  /** @returns the cycle that refuses it (CAP-1), or null when it is done. */
  set(capability: Capability): readonly string[] | null {
    const cycle = cycleOf(capability, (id) => this.#documents.get(id)?.implies ?? []);
    if (cycle) return cycle;
    this.#unlink(capability.id);
    this.#documents.set(capability.id, capability);
    for (const implied of capability.implies) {
      const by = this.#impliedBy.get(implied);
      if (by) by.add(capability.id);
      else this.#impliedBy.set(implied, new Set([capability.id]));
    }
    return null;
  }

  /** Takes away the document, and with it its edges; who holds the name goes on holding it. */
  remove(id: string): void {
    this.#unlink(id);
    this.#documents.delete(id);
  }

  #unlink(id: string): void {
    for (const by of this.impliers(id)) this.#closures.delete(by);
    for (const implied of this.#documents.get(id)?.implies ?? []) this.#impliedBy.get(implied)?.delete(id);
  }

  #reach(id: string, next: (at: string) => Iterable<string>): Set<string> {
    const found = new Set([id]);
    for (const at of found) for (const other of next(at)) found.add(other);
    return found;
  }
}

/** CAP-1: the shortest way by which it would imply itself, from it back to it; null when there is none. */
export function cycleOf(
  { id, implies }: Pick<Capability, 'id' | 'implies'>,
  impliedBy: (id: string) => readonly string[],
): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const open = implies.map((next) => [id, next] as const);
  for (const [from, at] of open) {
    if (cameFrom.has(at)) continue;
    cameFrom.set(at, from);
    if (at === id) return wayBack(cameFrom, id);
    for (const next of impliedBy(at)) open.push([at, next]);
  }
  return null;
}

/** `cameFrom` holds, for each, what led to it; followed back from `id` to where it began. */
function wayBack(cameFrom: ReadonlyMap<string, string>, id: string): readonly string[] {
  const way = [id];
  for (let at = cameFrom.get(id); at !== undefined && at !== id; at = cameFrom.get(at)) way.push(at);
  return [...way, id].toReversed();
}
