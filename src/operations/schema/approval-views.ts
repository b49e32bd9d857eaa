import { z } from 'zod';
import { count, json, sha256, time } from './values.ts';

/** Approvals and decisions as operations show them. */
export const outcome = z.enum(['approve', 'approve_with_changes', 'request_changes', 'reject', 'abstain']);

export const authority = z.object({
  kind: z.enum(['policy', 'definition', 'approval', 'delegation', 'role', 'system']),
  id: z.string(),
  version: z.string().optional(),
  chain: z
    .array(
      z.object({
        delegation: z.string(),
        from: z.string(),
        to: z.string(),
        accountable: z.string().nullable().describe('The human who answers for `to`.'),
      }),
    )
    .readonly()
    .optional()
    .describe('Of a delegation: all that it rests on, the first first; itself last.'),
});

const decision = z.object({
  participant: z.string(),
  onBehalfOf: z.string().nullable(),
  inNameOf: z
    .string()
    .optional()
    .describe(
      'Whoever is away in whose place it was said, where `onBehalfOf` is the grantor of a delegation.',
    ),
  authority: authority.describe('On what the decision rests.'),
  outcome,
  reason: z.string().nullable(),
  subject: sha256.describe('Digest of what was shown.'),
  changed: sha256
    .nullable()
    .describe('Digest of what the decider made of it; null where it was left as it was.'),
  stage: count,
  as: z.array(z.string()).readonly().describe('The parties and groups for which it counts.'),
  at: time,
});

const stage = z.object({ stage: count, from: z.array(z.string()).readonly(), quorum: z.int() });

export const approval = z.object({
  status: z.enum([
    'open',
    'approved',
    'approved_with_changes',
    'changes_requested',
    'rejected',
    'expired',
    'stale',
    'withdrawn',
  ]),
  subject: sha256.describe('Digest of what is decided about (`input`): a decision names it.'),
  quorum: z.int().describe('How many approvals it takes of those who decide now.'),
  stage: count.describe('Of those who decide now.'),
  next: z.array(stage).describe('Who decides after them.'),
  distinct: z.enum(['people', 'groups']).describe('`groups`: no two approvals count for the same group.'),
  veto: z.boolean().describe('One rejection ends it.'),
  reasoned: z.boolean().describe('Every decision needs a reason.'),
  keeps: z.boolean().describe('Approvals go on counting when the subject is changed.'),
  appeal: z.array(z.string()).describe('Who decides in place of those who reject.'),
  apart: z
    .array(z.string())
    .optional()
    .describe(
      'Whoever decides on an approval of the run that others than these policies ask for does not on this.',
    ),
  decisions: z.array(decision),
  escalate: z.array(z.string()).describe('Who is added at the next deadlines.'),
  within: z
    .union([count, z.object({ ms: count, working: z.boolean() })])
    .nullable()
    .describe('Time between escalations: milliseconds by the clock, or of working time.'),
});

export const subjectChanges = json
  .optional()
  .describe('With `approve_with_changes`: the whole subject, as it is to be.');

export const deadline = z.object({
  on: z.enum(['start', 'completion']),
  due: time,
  remind: z.array(time).readonly().describe('When somebody is still to be reminded.'),
  then: z.enum(['notify', 'reassign', 'escalate', 'reject', 'expire']),
  to: z.array(z.string()).readonly(),
  stopped: time.nullable().describe('Its clock stands still since; null where it runs.'),
});
