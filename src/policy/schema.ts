/** The authored form of a policy, one schema for each effect. What its parts mean together is checked in `check.ts`. */
import { z } from 'zod';
import { PARTY_HELP } from '../definition/parties.ts';
import {
  duration,
  id,
  limits,
  MAX_ESCALATIONS,
  MAX_QUORUM,
  parties,
  party,
  plainName,
  text,
  whole,
} from '../definition/schema.ts';
import type { SchemaWords } from '../definition/schema-problems.ts';
import { POINTS, type Point } from './facts.ts';

const MAX_PARTIES = 50;
const MAX_CONDITION = 4096;
const MAX_TEXT = 2000;

/** Strictest last. */
export const EFFECTS = ['notify', 'limit', 'route_to_human', 'require_approval', 'deny'] as const;
export type Effect = (typeof EFFECTS)[number];

const STEP = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}\.[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;
/** Who may not decide: words of `DISTINCT_WORDS`, or those who did a step. */
export const DISTINCT_WORDS = ['initiator', 'contributors', 'approvers'] as const;
const distinct = z.string().refine((value) => isDistinctWord(value) || STEP.test(value), {
  error: 'Write `initiator`, `contributors`, `approvers`, or a step as `phase.step`.',
});
const isDistinctWord = (value: string): boolean => (DISTINCT_WORDS as readonly string[]).includes(value);
const distinctFrom = z.union([distinct, z.array(distinct).max(MAX_PARTIES)]);

/** Terms of an approval, which policies and the profile of the organisation have in common. */
export const approvalTerms = {
  quorum: whole(1, MAX_QUORUM).optional(),
  within: duration.optional(),
  escalate: parties(MAX_ESCALATIONS).optional(),
  distinctFrom: distinctFrom.optional(),
  reasonRequired: z.boolean().optional(),
};
/** One or more. */
export const someParties = z.union([party, z.array(party).min(1).max(MAX_PARTIES)]);

const shared = <E extends Effect>(effect: E) => ({
  id,
  description: text(MAX_TEXT).optional(),
  on: z.enum(POINTS as readonly [Point, ...Point[]]),
  when: text(MAX_CONDITION).optional(),
  confidenceBelow: z.number().min(0).max(1).optional(),
  effect: z.literal(effect),
  reason: text(MAX_TEXT).optional(),
});

const SCHEMAS = {
  deny: z.strictObject({ ...shared('deny'), code: plainName.optional() }),
  require_approval: z.strictObject({
    ...shared('require_approval'),
    from: someParties,
    ...approvalTerms,
    everyTime: z.boolean().optional(),
  }),
  route_to_human: z.strictObject({ ...shared('route_to_human'), to: someParties }),
  limit: z.strictObject({ ...shared('limit'), ...limits.shape }),
  notify: z.strictObject({ ...shared('notify'), to: someParties }),
};
export type PolicyDocument = { [E in Effect]: z.infer<(typeof SCHEMAS)[E]> }[Effect];
export type DocumentOf<E extends Effect> = Extract<PolicyDocument, { effect: E }>;

/** For a document whose effect is none: whatever else is wrong with it is said as well. */
const anyEffect = z.looseObject({ ...shared('deny'), effect: z.enum(EFFECTS) });

const isEffect = (value: unknown): value is Effect => (EFFECTS as readonly unknown[]).includes(value);
export const schemaOf = (effect: unknown): z.ZodType<PolicyDocument> =>
  (isEffect(effect) ? SCHEMAS[effect] : anyEffect) as z.ZodType<PolicyDocument>;

export const LIMIT_KEYS = Object.keys(limits.shape) as (keyof typeof limits.shape)[];

const PARTIES = `Write one or a list of ${PARTY_HELP}.`;
export const wordsOf = (effect: unknown): SchemaWords => ({
  keys: {
    '': Object.keys((isEffect(effect) ? SCHEMAS[effect] : anyEffect).shape),
    cost: ['amount', 'currency'],
  },
  purposes: PURPOSES,
  forms: { from: PARTIES, to: PARTIES, escalate: PARTIES, distinctFrom: 'Write one or a list of words.' },
});
const PURPOSES: SchemaWords['purposes'] = {
  on: ` It says at which point the policy is asked: ${POINTS.join(', ')}.`,
  effect: ` It says what the policy does: ${EFFECTS.join(', ')}.`,
  from: ' It says who may approve, as in `from: role:finance-manager`.',
  to: ' It says who, as in `to: role:supervisor`.',
};
