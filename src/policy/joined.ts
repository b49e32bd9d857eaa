/**
 * Rulings on one act at two points: whoever begins with work gets it with that.
 *
 * JOIN-1  Both hold: the stricter verdict, what either obliges to (unless all is denied), the tightest caps, whoever either names, and
 *         what either has seen.
 * JOIN-2  What is left to people keeps no human from it, and everybody else also where all that was to be approved has been.
 */
import { isObject, type Json, type JsonObject } from '../definition/json.ts';
import { mergeByParty, tightestOf } from './combine.ts';
import { asksApproval, isStricter, stricter, type Reason, type Ruling, type Verdict } from './ruling.ts';
import { EFFECTS } from './schema.ts';
import { isLeftToPeople, suffices } from './tool-gate.ts';

/** JOIN-1 */
export function joinRulings(first: Ruling, second: Ruling): Ruling {
  const verdict = stricter(first.verdict, second.verdict);
  const deciding = isStricter(first.verdict, second.verdict) ? first : second;
  return {
    ...deciding,
    obligations: verdict === 'deny' ? [] : [...first.obligations, ...second.obligations],
    limits: tightestOf([first.limits, second.limits]),
    notifications: mergeByParty([...first.notifications, ...second.notifications]),
    reasons: reasonsOf([...first.reasons, ...second.reasons]),
    counts: first.counts || second.counts,
    facts: merged(first.facts, second.facts),
  };
}

/** JOIN-2 */
export function onHuman(ruling: Ruling): Ruling {
  if (!isLeftToPeople(ruling)) return ruling;
  const { verdict, obligations, reasons } = ruling;
  return {
    ...ruling,
    verdict: verdict === 'route_to_human' ? 'allow' : verdict,
    obligations: obligations.filter(({ kind }) => kind !== 'route'),
    counts: reasons.some(({ effect }) => effect !== 'route_to_human'),
  };
}

/** JOIN-2. What is left of the verdict once so much has been approved: policies as `refunds@3`. */
export function verdictAfter(ruling: Ruling, approved: readonly string[]): Verdict {
  if (ruling.verdict !== 'require_approval' || !suffices(approved, asksApproval(ruling)))
    return ruling.verdict;
  return isLeftToPeople(ruling) ? 'route_to_human' : 'allow';
}

/** Strictest first; the emergency stop says the same at both points. */
const reasonsOf = (reasons: readonly Reason[]): readonly Reason[] =>
  reasons
    .filter(
      ({ code, policy }, at) =>
        reasons.findIndex((one) => one.code === code && one.policy?.id === policy?.id) === at,
    )
    .sort((a, b) => EFFECTS.indexOf(b.effect) - EFFECTS.indexOf(a.effect));

const merged = (first: JsonObject, second: JsonObject): JsonObject => {
  const made: { [name: string]: Json | undefined } = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const known = made[name];
    made[name] =
      value !== undefined && known !== undefined && isObject(known) && isObject(value)
        ? merged(known, value)
        : value;
  }
  return made;
};
