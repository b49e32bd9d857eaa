import type { Json, JsonObject } from '../definition/index.ts';

/**
 * A bound on what a claim or a delegation covers, over the facts of a task. Structured, so that it can be said in words and
 * compared: whether one set of bounds is narrower than another is decided, never guessed.
 */
export interface Constraint {
  /** Name of a fact; `a.b` is `b` inside `a`. A task that does not state the fact does not meet the bound. */
  readonly fact: string;
  /** The fact is one of these. */
  readonly oneOf?: readonly Scalar[];
  /** The fact is none of these. */
  readonly noneOf?: readonly Scalar[];
  /** Bounds of a number, inclusive. */
  readonly atLeast?: number;
  readonly atMost?: number;
}
export type Scalar = string | number | boolean;

/** The first bound that the facts do not meet, in words; null when all are met. */
export const unmet = (constraints: readonly Constraint[], facts: JsonObject): string | null => {
  for (const constraint of constraints) {
    const problem = problemOf(constraint, factAt(facts, constraint.fact));
    if (problem !== null) return problem;
  }
  return null;
};

const factAt = (facts: JsonObject, path: string): Json | undefined => {
  let at: Json | undefined = facts;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name))
      return undefined;
    at = (at as JsonObject)[name];
  }
  return at;
};

const problemOf = ({ fact, oneOf, noneOf, atLeast, atMost }: Constraint, is: Json | undefined) => {
  if (is === undefined) return `${fact} is not known`;
  if (oneOf && !oneOf.includes(is as Scalar)) return `${fact} ${shown(is)} is not ${list(oneOf)}`;
  if (noneOf && (!isScalar(is) || noneOf.includes(is))) return `${fact} ${shown(is)} is left out`;
  if (atLeast === undefined && atMost === undefined) return null;
  if (typeof is !== 'number') return `${fact} ${shown(is)} is not a number`;
  if (atLeast !== undefined && is < atLeast) return `${fact} ${is} is under ${atLeast}`;
  if (atMost !== undefined && is > atMost) return `${fact} ${is} is over ${atMost}`;
  return null;
};

const isScalar = (value: Json): value is Scalar => value !== null && typeof value !== 'object';
const shown = (value: Json): string => (isScalar(value) ? String(value) : 'as given');
const list = (values: readonly Scalar[]): string => values.map(String).join(' or ') || 'anything';

/**
 * Whether whatever meets all of `inner` meets all of `outer`. Sound, not complete: where two bounds of `inner` would have to be
 * thought together across facts, the answer is false.
 */
export const isWithin = (inner: readonly Constraint[], outer: readonly Constraint[]): boolean =>
  outer.every((bound) => implied(joined(inner, bound.fact), bound));

/** All bounds on one fact as one. Null where there is none. */
const joined = (constraints: readonly Constraint[], fact: string): Constraint | null =>
  constraints
    .filter((constraint) => constraint.fact === fact)
    .reduce<Constraint | null>((all, next) => (all ? both(all, next) : next), null);

const both = (a: Constraint, b: Constraint): Constraint => ({
  fact: a.fact,
  ...defined(
    'oneOf',
    a.oneOf && b.oneOf ? a.oneOf.filter((v) => b.oneOf?.includes(v)) : (a.oneOf ?? b.oneOf),
  ),
  ...defined('noneOf', a.noneOf || b.noneOf ? [...(a.noneOf ?? []), ...(b.noneOf ?? [])] : undefined),
  ...defined('atLeast', furthest(a.atLeast, b.atLeast, Math.max)),
  ...defined('atMost', furthest(a.atMost, b.atMost, Math.min)),
});

const defined = <Value>(key: string, value: Value | undefined) =>
  value === undefined ? {} : { [key]: value };

const furthest = (a: number | undefined, b: number | undefined, pick: (a: number, b: number) => number) =>
  a === undefined || b === undefined ? (a ?? b) : pick(a, b);

/** Either `inner` lists what it allows, and each of that meets the bound; or its own bounds are at least as tight. */
const implied = (inner: Constraint | null, bound: Constraint): boolean => {
  if (!inner) return false;
  const listed = inner.oneOf?.filter((value) => problemOf(inner, value) === null);
  if (listed) return listed.every((value) => problemOf(bound, value) === null);
  if (bound.oneOf) return false;
  if (bound.noneOf && !bound.noneOf.every((value) => inner.noneOf?.includes(value))) return false;
  if (bound.atLeast !== undefined && !(inner.atLeast !== undefined && inner.atLeast >= bound.atLeast))
    return false;
  return bound.atMost === undefined || (inner.atMost !== undefined && inner.atMost <= bound.atMost);
};
