import type { JsonObject } from '../../definition/index.ts';
import type { Delegation, Scope } from '../../routing/index.ts';
import { isWithin, unmet } from '../../routing/constraint.ts';
import type { Outcome } from '../runs.ts';
import { done, no } from './outcome.ts';

/** What a delegation covers, and until when. */
export type Terms = Pick<Delegation, 'scope' | 'constraints' | 'expiresAt'>;

/** What somebody wants to do under a delegation. */
export interface Deed {
  /** Name of the operation. */
  readonly operation: string;
  /** Whether it changes anything. */
  readonly mutates: boolean;
  /** What the task asks for; empty where there is none. */
  readonly requires: readonly string[];
  /** Null where it is about no definition, or about more than one. */
  readonly definition: string | null;
  /** What it is about, as far as it is known. */
  readonly facts: JsonObject;
}

/** Content is kept for whatever names it, which takes capabilities or not by itself. */
const KEEPING = 'artifact.put';

const LISTS = ['operations', 'capabilities', 'definitions'] as const;

/**
 * Terms that are at most those of `outer`: what `inner` leaves open is as `outer` has it, and what it widens is refused. Constraints
 * add up along a chain; where both have some, those of `inner` have to lie within the others.
 */
export function narrowed(outer: Terms, inner: Terms): Outcome<Terms> {
  for (const list of LISTS) {
    const more = beyond(inner.scope[list], outer.scope[list]);
    if (more !== null) return wider(`${list}: ${more} is not in it`);
  }
  const amount = inner.scope.amount ?? outer.scope.amount;
  if (amount && outer.scope.amount && !isWorth(amount, outer.scope.amount))
    return wider(`the most is ${outer.scope.amount.amount} ${outer.scope.amount.currency}`);
  const expiresAt = inner.expiresAt ?? outer.expiresAt;
  if (outer.expiresAt !== null && expiresAt !== null && expiresAt > outer.expiresAt)
    return wider('it would end later');
  const bounds = inner.constraints.length > 0 ? inner.constraints : null;
  if (bounds && !isWithin(bounds, outer.constraints)) return wider('a constraint would be looser');
  const scope: Scope = {
    operations: inner.scope.operations ?? outer.scope.operations,
    capabilities: inner.scope.capabilities ?? outer.scope.capabilities,
    definitions: inner.scope.definitions ?? outer.scope.definitions,
    amount,
  };
  return done({ scope, constraints: bounds ?? outer.constraints, expiresAt });
}

const wider = (what: string) => no('delegation_wider', `That is more than there is to pass on: ${what}.`);

const beyond = (inner: readonly string[] | null, outer: readonly string[] | null): string | null =>
  inner && outer ? (inner.find((name) => !outer.includes(name)) ?? null) : null;

type Amount = NonNullable<Scope['amount']>;
const isWorth = (one: Amount, most: Amount): boolean =>
  one.currency === most.currency && one.amount <= most.amount;

/** Why a delegation does not cover it, in words; null when it does. `closure` is a capability and all that it implies. */
export function uncovered(
  { scope, constraints }: Terms,
  deed: Deed,
  closure: (capability: string) => readonly string[],
): string | null {
  const { operation, mutates, requires, definition, facts } = deed;
  if (scope.operations && !scope.operations.includes(operation)) return `${operation} is not in its scope`;
  if (mutates && scope.capabilities) {
    const covered = new Set(scope.capabilities.flatMap(closure));
    const lacking = requires.find((name) => !covered.has(name));
    if (lacking !== undefined) return `the capability ${lacking} is not in its scope`;
    if (requires.length === 0 && operation !== KEEPING)
      return `it is for capabilities, and ${operation} takes none here`;
  }
  if (scope.definitions && (definition === null || !scope.definitions.includes(definition)))
    return definition === null
      ? `it is for ${scope.definitions.join(', ')}, and ${operation} is not about one definition`
      : `the definition ${definition} is not in its scope`;
  return (mutates && scope.amount ? tooMuch(scope.amount, facts) : null) ?? unmet(constraints, facts);
}

/** The facts `amount` and `currency` say what it is worth. */
function tooMuch(most: Amount, { amount, currency }: JsonObject): string | null {
  if (typeof amount !== 'number' || typeof currency !== 'string')
    return `it is for at most ${most.amount} ${most.currency}, and what this is worth (amount, currency) is not known`;
  return isWorth({ amount: Math.abs(amount), currency }, most)
    ? null
    : `${amount} ${currency} is over ${most.amount} ${most.currency}`;
}
