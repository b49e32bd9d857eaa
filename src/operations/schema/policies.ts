import { z } from 'zod';
import * as value from './values.ts';
import { GRANT_STATUSES, POINT_NAMES } from './words.ts';

const point = z.enum(POINT_NAMES);
const byId = { id: value.id };
const told = { ...byId, reason: value.reason.optional() };

const change = z.object({
  id: z.string(),
  what: z.enum(['save_policy', 'retire_policy', 'save_profile', 'standing_grant']),
  name: z.string().describe('Id of the policy or of the standing grant; `profile`.'),
  version: z.int(),
  document: value.jsonObject.nullable(),
  digest: value.sha256.describe('What an approval names: of exactly this change.'),
  status: z.enum(['proposed', 'active', 'rejected', 'withdrawn', 'superseded', 'retired']),
  author: z.string().nullable(),
  reason: z.string().nullable(),
  covers: z.array(z.string()),
  proposedAt: value.time,
  applyTo: z.enum(['new', 'running']),
  decidedBy: z.string().nullable(),
  decidedAt: value.time.nullable(),
  decision: z.string().nullable(),
  alone: z.boolean().describe('Nobody else was there to decide.'),
});
export type ChangeView = z.infer<typeof change>;

/** What policies say of one act. Its parts are those of `docs/guides/policies.md`. */
const ruling = z.object({
  point,
  verdict: z.enum(['allow', 'route_to_human', 'require_approval', 'deny']),
  obligations: z.array(value.jsonObject),
  limits: value.jsonObject,
  notifications: z.array(value.jsonObject),
  reasons: z.array(value.jsonObject),
  authority: value.jsonObject,
  facts: value.jsonObject,
});
export type RulingView = z.infer<typeof ruling>;

const situation = z.strictObject({
  point,
  facts: value.jsonObject
    .default({})
    .describe('Facts of the point; what is left out is as plain as can be. A participant may be its id.'),
});

const stop = z.object({
  state: z.enum(['off', 'on', 'unknown']),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  at: value.time.nullable(),
  liftProposedBy: z.string().nullable().describe('Somebody else has to agree that work goes on.'),
});
export type StopView = z.infer<typeof stop>;

const grant = z.object({
  id: z.string(),
  document: value.jsonObject,
  restsOn: z.array(z.string()),
  status: z.enum(GRANT_STATUSES),
  uses: z.int(),
  amount: z.number(),
  grantedAt: value.time,
  expiresAt: value.time,
  grantedBy: z.string(),
  proposedBy: z.string(),
});
export type GrantView = z.infer<typeof grant>;

const decided = z.object({ change });

export const policies = {
  'policy.list': {
    summary: 'Lists what is in force: policies and the profile; and what is proposed.',
    permission: 'read',
    input: z.strictObject({
      awaits: value.id
        .optional()
        .describe('Of what is proposed, what waits for an approval of this participant; `me` is the caller.'),
    }),
    output: z.object({
      set: z.object({ number: z.int(), digest: z.string() }),
      autonomy: z.enum(['paranoid', 'balanced', 'aggressive']),
      profile: change.nullable().describe('Null: the usual one, until another is adopted.'),
      policies: z.array(change),
      proposed: z.array(change),
    }),
  },
  'policy.get': {
    summary: 'Gives a policy: the version in force, or the one asked for.',
    permission: 'read',
    input: z.strictObject({ ...byId, version: z.int().min(1).optional() }),
    output: change,
  },
  'policy.history': {
    summary: 'Lists changes, oldest first: who proposed them, who decided, and what is in force.',
    permission: 'read',
    input: z.strictObject({ name: value.id.optional().describe('Of this policy; `profile`.') }),
    output: z.object({ changes: z.array(change) }),
  },
  'policy.propose': {
    summary:
      'Proposes a change: a policy, its end, or the profile. It holds when somebody else has approved it.',
    permission: 'policies.write',
    input: z
      .strictObject({
        policy: value.jsonObject.optional().describe('A policy, new or changed.'),
        retire: value.id.optional().describe('Id of a policy that is to end.'),
        profile: value.jsonObject.optional().describe('The profile of the organisation.'),
        reason: value.reason.optional(),
      })
      .refine(
        ({ policy, retire, profile }) =>
          [policy, retire, profile].filter((one) => one !== undefined).length === 1,
        'Give one of `policy`, `retire` and `profile`.',
      ),
    output: decided,
  },
  'policy.approve': {
    summary: 'Approves exactly the change whose digest is named. People only, and not who proposed it.',
    permission: 'tasks.decide',
    input: z.strictObject({
      ...told,
      digest: value.sha256,
      applyTo: z
        .enum(['new', 'running'])
        .default('new')
        .describe('`running`: also for runs that have begun; they keep what they began with otherwise.'),
    }),
    output: decided,
  },
  'policy.reject': {
    summary: 'Decides against a change that is proposed.',
    permission: 'tasks.decide',
    input: z.strictObject(told),
    output: decided,
  },
  'policy.withdraw': {
    summary: 'Takes back a change that one has proposed.',
    permission: 'policies.write',
    input: z.strictObject(told),
    output: decided,
  },
  'policy.effective': {
    summary: 'Says what would apply to an act, and why, of each policy.',
    permission: 'read',
    input: situation,
    output: z.object({
      ruling,
      policies: z.array(value.jsonObject),
      profile: value.jsonObject,
      facts: value.jsonObject.describe('All facts that it was asked with.'),
    }),
  },
  'policy.simulate': {
    summary: 'Tries changes on acts that are given, or on those of runs, against what is in force.',
    permission: 'policies.write',
    input: z.strictObject({
      policies: z
        .array(value.jsonObject)
        .max(200)
        .default([])
        .describe('In place of those with the same id.'),
      without: z.array(value.id).max(200).default([]),
      profile: value.jsonObject.optional(),
      situations: z.array(situation).max(1000).default([]),
      runs: z.array(value.id).max(100).default([]).describe('Runs whose history is asked about again.'),
    }),
    output: z.object({
      situations: z.int(),
      verdicts: value.jsonObject,
      differences: z.array(
        z.object({
          at: z.int(),
          point,
          change: z.enum(['stricter', 'looser', 'terms']),
          before: ruling,
          after: ruling,
        }),
      ),
    }),
  },
  'grant.propose': {
    summary: 'Proposes a standing grant: calls of a kind that need no approval each, for 7 days at most.',
    permission: 'policies.write',
    input: z.strictObject({
      grant: value.jsonObject,
      covers: z
        .array(z.string().max(200))
        .min(1)
        .max(50)
        .describe('Policies whose approvals it stands in for, as `refunds@3`.'),
      reason: value.reason.optional(),
    }),
    output: decided,
  },
  'grant.list': {
    summary: 'Lists standing grants, with what has been used of them.',
    permission: 'read',
    input: z.strictObject({}),
    output: z.object({ grants: z.array(grant) }),
  },
  'grant.revoke': {
    summary: 'Takes a standing grant back.',
    permission: 'policies.write',
    input: z.strictObject(told),
    output: grant,
  },
  'organisation.get_emergency_stop': {
    summary: 'Says whether all work is stopped.',
    permission: 'self',
    input: z.strictObject({}),
    output: stop,
  },
  'organisation.emergency_stop': {
    summary: 'Stops all work: nothing begins any more. What is under way may end.',
    permission: 'organisation.stop',
    input: z.strictObject({ reason: value.reason }),
    output: stop,
  },
  'organisation.lift_emergency_stop': {
    summary: 'Lets work go on. Where there is somebody else who may, two people have to ask for it.',
    permission: 'organisation.stop',
    input: z.strictObject({ reason: value.reason }),
    output: stop,
  },
} as const;
