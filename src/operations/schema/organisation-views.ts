import { z } from 'zod';
import { count, jsonObject, time } from './values.ts';
import { money, participantKind, passportStatus, safety } from './views.ts';
import { DELEGATION_STATUSES } from './words.ts';

/** What comes back about participants, capabilities and delegations. Times are ms since the epoch. */
const constraint = z.strictObject({
  fact: z
    .string()
    .min(1)
    .max(200)
    .describe('Name of a fact; `a.b` is `b` inside of `a`. Where it is not known, the bound is not met.'),
  oneOf: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .max(200)
    .optional(),
  noneOf: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .max(200)
    .optional(),
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
});

const claim = z.object({
  capability: z.string(),
  level: z.number().describe('0 to 1.'),
  standing: z
    .enum(['declared', 'granted', 'verified', 'revoked'])
    .describe('Declared is what the participant says of itself; it counts once somebody grants it.'),
  grantedBy: z.string().nullable().describe('Who granted or verified it.'),
  evidence: z.array(z.string()),
  constraints: z.array(constraint),
  expiresAt: time.nullable(),
});
const workingHours = z.object({
  zone: z.string(),
  weekly: z.array(z.object({ days: z.array(z.int()), from: z.string(), to: z.string() })),
  holidays: z.array(z.string()),
});
const costRate = money.extend({ per: z.enum(['hour', 'task']) });

export const passport = z.object({
  id: z.string(),
  kind: participantKind,
  name: z.string(),
  owner: z.string().nullable().describe('The human who answers for an agent or a system.'),
  roles: z.array(z.string()),
  groups: z.array(z.string()),
  posts: z.array(z.string()).describe('Posts held in the organisation.'),
  manager: z.string().nullable().describe('Whom it reports to.'),
  capabilities: z
    .array(z.string())
    .describe('Names of the claims that count now: what has expired does not.'),
  claims: z.array(claim),
  tools: z
    .array(z.string())
    .nullable()
    .describe('Tools it may use, by name or by the beginning of the name and a `*`; null is any.'),
  safety: safety.describe('The highest tier it may work in.'),
  status: passportStatus,
  mayAct: z.boolean().describe('False while it, or the human who answers for it, is suspended or revoked.'),
  substitute: z.string().nullable().describe('Who stands in while it is away.'),
  awayUntil: time.nullable(),
  capacity: count.describe('Most tasks held at once.'),
  workingHours: workingHours.nullable().describe('Null is always.'),
  costRate: costRate.nullable(),
  publicKey: z.string().nullable().describe('Ed25519, Base64 of 32 bytes.'),
  keyProvedAt: time
    .nullable()
    .describe('When it was shown that the holder has the private key; null: not yet.'),
  present: z.boolean().describe('Heard of in the last 90 seconds.'),
  lastSeenAt: time.nullable().describe('Null: not since the server was started.'),
  createdAt: time,
});

export const tokenRecord = z.object({
  id: z.string(),
  passport: z.string(),
  label: z.string(),
  createdAt: time,
  revokedAt: time.nullable(),
});

export const capabilityProblem = z.object({
  code: z.enum(['implies_circular', 'schema_invalid', 'step_invalid', 'capability_unnamed']),
  severity: z.enum(['error', 'warning']),
  path: z.string(),
  message: z.string(),
});
const names = z.array(z.string());
export const capability = z.object({
  id: z.string(),
  documented: z.boolean().describe('False for a name that is only claimed or implied.'),
  revision: count.describe('How often the document has been written; 0 without one.'),
  description: z.string(),
  consumes: names.describe('Kinds of content it takes; `invoice[]` is a list of `invoice`.'),
  produces: names.describe('Kinds of content it makes.'),
  implies: names.describe('Whoever holds it holds these, and what these imply.'),
  input: jsonObject.nullable().describe('JSON Schema; null is anything.'),
  output: jsonObject.nullable(),
  step: jsonObject.nullable().describe('How a step of a plan that needs it goes.'),
  participants: count.describe(
    'Who hold it by a granted or verified claim, expired or not, on it or on what implies it.',
  ),
  available: count.describe('Of those, who may act now, by a claim that has not expired.'),
});

const scope = z.object({
  operations: names.nullable().describe('Names of operations; null is all that the grantor may.'),
  capabilities: names.nullable(),
  definitions: names.nullable().describe('Ids of definitions.'),
  amount: money.nullable().describe('The most that one act may be worth.'),
});
const askedApproval = z.object({
  from: names.describe('Who may decide, those to whom it has gone up included.'),
  quorum: count,
  agreed: z.array(
    z.object({
      by: z.string(),
      for: z.string().describe('In whose place; the same where it is their own.'),
      reason: z.string().nullable(),
      at: time,
    }),
  ),
  deadline: time.nullable().describe('Null: without end, or given.'),
  within: count.nullable().describe('Time for each hop, ms.'),
  escalate: names.describe('Who is added when the time is over; after the last it expires.'),
  reasonRequired: z.boolean(),
  restsOn: names.describe('What asks for it: `lent-rights@2`, `profile:paranoid@1`.'),
});
const delegationProposal = z.object({
  digest: z.string().describe('Of exactly what would hold: an approval names it.'),
  approvals: z.array(askedApproval).describe('All of these have to be given.'),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable().describe('Who gave the last approval, or rejected it.'),
  decidedAt: time.nullable(),
  decision: z.string().nullable().describe('Their reason.'),
});
export const delegation = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  under: z.string().nullable().describe('The delegation that it passes on.'),
  scope,
  constraints: z.array(constraint),
  expiresAt: time.nullable(),
  status: z.enum(DELEGATION_STATUSES),
  proposal: delegationProposal
    .nullable()
    .describe('What policies ask before it holds, and what has come of it; null where nothing was asked.'),
  holds: z
    .boolean()
    .describe(
      'Whether somebody can act under it now: the whole chain active, not expired, nobody suspended.',
    ),
  obstacle: z.string().nullable().describe('Why it does not hold, else null.'),
  chain: z
    .array(z.object({ delegation: z.string(), from: z.string(), to: z.string() }))
    .describe('All that it rests on, the first first; itself last.'),
  createdAt: time,
});

export type PassportView = z.output<typeof passport>;
export type CapabilityView = z.output<typeof capability>;
export type DelegationView = z.output<typeof delegation>;
