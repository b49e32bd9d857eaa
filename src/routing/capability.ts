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
}

export const capabilityOf = (given: Partial<Capability> & { readonly id: string }): Capability => ({
  description: '',
  consumes: [],
  produces: [],
  implies: [],
  input: null,
  output: null,
  ...given,
});
