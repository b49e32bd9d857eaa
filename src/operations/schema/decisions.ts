import { z } from 'zod';
import { outcome, subjectChanges } from './approval-views.ts';
import * as value from './values.ts';
import * as view from './views.ts';

const MOST_DECISIONS = 500;

const said = {
  outcome,
  reason: value.reason.optional().describe('`request_changes` needs one: it is the feedback.'),
};

export const decisions = {
  'task.decide': {
    summary:
      'Approves, changes, sends back, rejects or abstains from exactly the subject whose digest is named. People only.',
    permission: 'tasks.decide',
    input: z.strictObject({
      id: value.id,
      ...said,
      subject: value.sha256.describe('`approval.subject` of the task as it was shown.'),
      changes: subjectChanges,
    }),
    output: view.taskReceipt,
  },
  'task.decide_batch': {
    summary:
      'Decides alike on several approvals of one kind. Each decision is recorded, and counts or is refused, on its own.',
    permission: 'tasks.decide',
    input: z.strictObject({
      ...said,
      items: z
        .array(z.strictObject({ id: value.id, subject: value.sha256, reason: value.reason.optional() }))
        .min(1)
        .max(MOST_DECISIONS)
        .describe('Each with the digest of what was shown, and with a reason of its own where it has one.'),
    }),
    output: z.object({
      results: z
        .array(
          z.object({
            id: z.string(),
            decided: z.boolean(),
            receipt: view.taskReceipt.nullable(),
            refusal: z.object({ code: z.string(), message: z.string() }).nullable(),
          }),
        )
        .describe('In the order of the items.'),
    }),
  },
} as const;
