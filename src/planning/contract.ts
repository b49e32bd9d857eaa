import type { AuthoredStep, JsonObject } from '../definition/index.ts';

/**
 * A capability as plans see it: what it takes and what it gives. Kinds of content have names; `invoice[]` is a list of `invoice`.
 * One without `consumes` and `produces` says nothing about either: it is given the whole input and what was made before it.
 */
export interface Contract {
  readonly id: string;
  readonly description: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  /** JSON Schema of what its work takes and gives; null is anything. */
  readonly input: JsonObject | null;
  readonly output: JsonObject | null;
  readonly step: StepDefaults;
}

/**
 * How a step that needs this capability goes, unless somebody edits the plan. In `if`, `consumes.KIND` stands for what it takes of that kind.
 */
export interface StepDefaults {
  readonly by?: 'agent' | 'human';
  readonly from?: string | readonly string[];
  readonly if?: string;
  readonly timeout?: string;
  readonly retry?: AuthoredStep['retry'];
  readonly onFailure?: AuthoredStep['onFailure'];
  readonly skippable?: boolean;
  readonly confidence?: number;
}

/** What is in no document is a capability that says nothing. */
export const unspoken = (id: string): Contract => ({
  id,
  description: '',
  consumes: [],
  produces: [],
  input: null,
  output: null,
  step: {},
});

export interface Kind {
  readonly name: string;
  readonly list: boolean;
}

export const readKind = (text: string): Kind =>
  text.endsWith('[]') ? { name: text.slice(0, -2), list: true } : { name: text, list: false };

const writeKind = ({ name, list }: Kind): string => (list ? `${name}[]` : name);
export const sameKind = (a: Kind, b: Kind): boolean => writeKind(a) === writeKind(b);

export const consumed = ({ consumes }: Contract): Kind[] => consumes.map(readKind);

/** What says nothing about what it produces produces something of its own name. */
export const produced = ({ id, produces }: Contract): Kind[] =>
  produces.length > 0 ? produces.map(readKind) : [{ name: id, list: false }];

/** Takes and gives the same kind: it stands between whoever makes it and whoever uses it. */
export const refines = (contract: Contract, kind: string): boolean =>
  consumed(contract).some(({ name }) => name === kind) &&
  produced(contract).some(({ name }) => name === kind);
