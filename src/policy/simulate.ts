/** What a set of policies would have said to what has happened, and where another would have said something else. */
import { evaluate, type Organisation } from './evaluate.ts';
import type { Situation } from './facts.ts';
import type { PolicySet } from './policy.ts';
import { under } from './profile.ts';
import { isStricter, VERDICTS, type Ruling, type Verdict } from './ruling.ts';

/** Policies and profile that are tried together. */
export interface Trial {
  readonly set: PolicySet;
  readonly organisation: Organisation;
}
export interface Difference {
  /** Position in the history. */
  readonly at: number;
  /** `terms`: the same verdict, but other approvals, people, caps or notifications. */
  readonly change: 'stricter' | 'looser' | 'terms';
  readonly before: Ruling;
  readonly after: Ruling;
}
export interface Simulation {
  /** One for each situation, in the order of the history. */
  readonly rulings: readonly Ruling[];
  readonly verdicts: { readonly [verdict in Verdict]: number };
  /** Against the other set; empty without one. */
  readonly differences: readonly Difference[];
}

/**
 * `against` is what holds today; the emergency stop is left out of both, as it says nothing of policies. The facts of a call say what
 * its caller takes the tool for: what it is, each side says by its own profile.
 */
export function simulate(trial: Trial, history: readonly Situation[], against?: Trial): Simulation {
  const rulings = history.map((situation) => ruleOn(situation, trial));
  const verdicts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, rulings.filter((ruling) => ruling.verdict === verdict).length]),
  ) as { [verdict in Verdict]: number };
  const differences =
    against === undefined
      ? []
      : history.flatMap((situation, at) => difference(at, ruleOn(situation, against), rulings[at]!));
  return { rulings, verdicts, differences };
}

const ruleOn = ({ point, facts }: Situation, { set, organisation: { profile } }: Trial): Ruling =>
  evaluate(set, point, under(profile, point, facts), { profile, emergencyStop: { state: 'off' } });

function difference(at: number, before: Ruling, after: Ruling): Difference[] {
  if (before.verdict === after.verdict)
    return termsOf(before) === termsOf(after) ? [] : [{ at, change: 'terms', before, after }];
  return [{ at, change: isStricter(after.verdict, before.verdict) ? 'stricter' : 'looser', before, after }];
}

/** What somebody would notice; not on which versions it rests. */
const termsOf = ({ obligations, limits, notifications }: Ruling): string =>
  JSON.stringify([
    obligations.map((obligation) => ({ ...obligation, restsOn: [] })),
    limits,
    notifications.map(({ to }) => to),
  ]);
