import { entry } from './entry.ts';

/** Why a decision on an approval is refused. */
export const APPROVAL_ERRORS = {
  reason_required: entry(
    'unprocessable',
    'A reason is missing',
    'Say why, in `reason`: the step asks for it, or it is the feedback with which the work goes back.',
  ),
  subject_invalid: entry(
    'unprocessable',
    'The subject cannot be changed to this',
    'Send with `approve_with_changes` the whole subject as `changes`, as its schema has it. With any other outcome send none.',
  ),
  changes_exhausted: entry(
    'conflict',
    'The work cannot go back for changes',
    'Approve it or reject it, with a reason that says what should be different. Where its subject may be changed, approve it with changes.',
  ),
  batch_unlike: entry(
    'unprocessable',
    'These are not decided on together',
    'Decide together on approvals of one step of a definition, or with one schema of the subject; on each of the others by itself, or in a batch of its own.',
  ),
} as const;
