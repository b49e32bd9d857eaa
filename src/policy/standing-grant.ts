/**
 * Standing grants: calls of a kind that need no approval each, for a few days.
 *
 * GRANT-1  A grant ends: after seven days at most, with its last use, with its amount, or when it is taken back.
 * GRANT-2  A constraint or an amount that cannot be evaluated does not fit: the call waits for an approval of its own.
 * GRANT-3  Uses and amounts are counted when a call begins, and never given back.
 */
import { z } from 'zod';
import { hasBounds } from '../definition/check.ts';
import { compileCondition, NUMBER, type Condition } from '../definition/condition.ts';
import { parseDuration } from '../definition/duration.ts';
import type { Work } from '../definition/graph.ts';
import { isObject, type Json, type JsonObject } from '../definition/json.ts';
import { isError, ProblemList, type DefinitionProblem } from '../definition/problem.ts';
import { readBy } from '../definition/schema-problems.ts';
import { duration, id, text, whole } from '../definition/schema.ts';
import { covers, toolPattern } from '../definition/tool-name.ts';
import { vocabularyOf, type FactsOf } from './facts.ts';

export const LONGEST_GRANT = 7 * 86_400_000;
const MAX_USES = 10_000;

const schema = z.strictObject({
  id,
  tool: toolPattern,
  agents: z.array(text(128)).min(1).max(50),
  when: text(4096).optional(),
  uses: whole(1, MAX_USES),
  amount: z.strictObject({ of: text(4096), most: z.number().positive().max(1e12) }).optional(),
  within: duration.refine((value) => (parseDuration(value) ?? Infinity) <= LONGEST_GRANT, {
    error: 'A standing grant lasts 7d at most.',
  }),
  reason: text(2000),
});
export type StandingGrantDocument = z.infer<typeof schema>;

export type StandingGrantStatus = 'active' | 'exhausted' | 'revoked' | 'expired';
export type StandingGrantCommand = 'use' | 'exhaust' | 'revoke' | 'expire';

export const STANDING_GRANT_COMMANDS = {
  active: { use: 'active', exhaust: 'exhausted', revoke: 'revoked', expire: 'expired' },
  exhausted: {},
  revoked: {},
  expired: {},
} as const satisfies Record<StandingGrantStatus, Partial<Record<StandingGrantCommand, StandingGrantStatus>>>;

export interface StandingGrant {
  readonly id: string;
  readonly tool: string;
  /** Passports. */
  readonly agents: readonly string[];
  readonly when: Condition | null;
  readonly uses: number;
  /** `of` gives the amount of a call; the amounts of all calls together stay within `most`. */
  readonly amount: { readonly of: Condition; readonly most: number } | null;
  /** ms since 1970. */
  readonly expiresAt: number;
  /** What the decision for it covers, as in obligations: `refunds@3`. */
  readonly restsOn: readonly string[];
}
/** What of a grant changes. */
export interface StandingGrantState {
  readonly status: StandingGrantStatus;
  readonly uses: number;
  readonly amount: number;
}
export const FRESH: StandingGrantState = { status: 'active', uses: 0, amount: 0 };

export type ReadStandingGrant =
  | { readonly ok: true; readonly grant: StandingGrant }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

interface GrantRefusal {
  readonly code: 'grant_status' | 'grant_expired' | 'grant_not_due' | 'grant_spent' | 'amount_invalid';
  readonly message: string;
}
type Acted =
  | { readonly ok: true; readonly value: StandingGrantState }
  | { readonly ok: false; readonly refusal: GrantRefusal };

const refused = (code: GrantRefusal['code'], message: string): Acted => ({
  ok: false,
  refusal: { code, message },
});

export interface GrantDecision {
  /** ms since 1970. */
  readonly grantedAt: number;
  readonly restsOn: readonly string[];
}

export function readStandingGrant(document: Json, { grantedAt, restsOn }: GrantDecision): ReadStandingGrant {
  const problems = new ProblemList();
  if (!isObject(document)) problems.error('invalid_value', [], () => 'A standing grant is an object.');
  else if (hasBounds(document, problems)) {
    const read = readBy(schema, document, SAY, problems);
    const when = conditionIn(document, ['when'], problems);
    const of = conditionIn(document, ['amount', 'of'], problems);
    const all = problems.all();
    if (read !== null && !all.some(isError)) {
      const { id, tool, agents, uses, amount, within } = read;
      const most = amount?.most ?? 0;
      const expiresAt = grantedAt + parseDuration(within)!;
      return {
        ok: true,
        grant: { id, tool, agents, when, uses, amount: of && { of, most }, expiresAt, restsOn },
      };
    }
  }
  return { ok: false, problems: problems.all() };
}

const SAY = {
  keys: { '': Object.keys(schema.shape), amount: ['of', 'most'] },
  purposes: {
    uses: ' It says how many calls it is for.',
    within: ' It says how long it lasts, 7d at most.',
    reason: ' It says why no approval of each call is needed.',
    agents: ' It lists the passports that may call.',
  },
  forms: {},
};

function conditionIn(
  document: JsonObject,
  path: readonly ['when'] | readonly ['amount', 'of'],
  problems: ProblemList,
): Condition | null {
  const holder = path.length === 1 ? document : document[path[0]];
  const source = isObject(holder) ? holder[path.at(-1)!] : undefined;
  if (typeof source !== 'string' || source === '') return null;
  return compileCondition(
    source,
    path,
    vocabularyOf('tool.call'),
    problems,
    path.length === 1 ? undefined : NUMBER,
  );
}

/** Counted to a billionth, so that the sum of what was used comes out as it would on paper. */
const GRAIN = 1e9;
const add = (a: number, b: number): number => Math.round((a + b) * GRAIN) / GRAIN;

/** Whether it is about such a call at all: tool, agent and constraint. */
export function isAbout(grant: StandingGrant, facts: FactsOf<'tool.call'>, work?: Work): boolean {
  if (!covers(grant.tool, facts.tool.name) || !grant.agents.includes(facts.agent.id)) return false;
  if (grant.when === null) return true;
  const found = grant.when.evaluate(facts, work);
  return found.ok && found.value === true;
}

/** The grant after one more call, or why it does not carry it. */
export function useGrant(
  grant: StandingGrant,
  state: StandingGrantState,
  facts: FactsOf<'tool.call'>,
  now: number,
  work?: Work,
): Acted {
  if (!('use' in STANDING_GRANT_COMMANDS[state.status]))
    return refused('grant_status', `The grant is ${state.status}.`);
  if (now >= grant.expiresAt) return refused('grant_expired', 'The time of the grant is over.');
  if (state.uses >= grant.uses) return refused('grant_spent', `All ${grant.uses} uses are spent.`);
  const amount = amountOf(grant, facts, work);
  if (amount === null) return refused('amount_invalid', 'The call has no amount that the grant could count.');
  const sum = add(state.amount, amount);
  if (grant.amount !== null && sum > grant.amount.most)
    return refused('grant_spent', `It would come to ${sum}, more than ${grant.amount.most}.`);
  const uses = state.uses + 1;
  const spent = uses >= grant.uses || (grant.amount !== null && sum >= grant.amount.most);
  return { ok: true, value: { status: spent ? 'exhausted' : 'active', uses, amount: sum } };
}

/** Null where it has none: also below nothing, which would give back what others have used. */
function amountOf({ amount }: StandingGrant, facts: FactsOf<'tool.call'>, work?: Work): number | null {
  if (amount === null) return 0;
  const found = amount.of.evaluate(facts, work);
  return found.ok && typeof found.value === 'number' && found.value >= 0 ? found.value : null;
}

/** Ends a grant: taken back at any time, expired when its time is over. */
export function endGrant(
  { expiresAt }: StandingGrant,
  state: StandingGrantState,
  command: 'revoke' | 'expire',
  now: number,
): Acted {
  const row: Partial<Record<StandingGrantCommand, StandingGrantStatus>> =
    STANDING_GRANT_COMMANDS[state.status];
  const status = row[command];
  if (status === undefined) return refused('grant_status', `The grant is ${state.status}.`);
  if (command === 'expire' && now < expiresAt)
    return refused('grant_not_due', `The grant is good until ${expiresAt}.`);
  return { ok: true, value: { ...state, status } };
}
