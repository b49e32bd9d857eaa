import { entry } from './entry.ts';

/** Why a request about a task of people is refused, beside what concerns any task. */
export const TASK_ERRORS = {
  not_allowed: entry(
    'forbidden',
    'The participant has no role in which this may be done',
    'The roles that may are named (`roles`), and those of the participant (`yours`): ask somebody who has one, or an administrator.',
  ),
  delegate_unfit: entry(
    'unprocessable',
    'The task cannot be passed on to them',
    'Name somebody else: one participant to delegate to, one or a group to forward to; or do what the step says.',
  ),
  time_past: entry('unprocessable', 'The time has passed', 'Name a time that is still to come.'),
  notes_full: entry(
    'unprocessable',
    'The task holds as many notes as it can',
    'Put what there is to say into one artifact, and attach that in place of another.',
  ),
  attachment_unknown: entry(
    'unknown',
    'There is no such attachment',
    'Read the task; its attachments are under `notes`.',
  ),
  help_closed: entry(
    'conflict',
    'No answer is waited for',
    'Read the task: the request has been answered, or there is none of this number.',
  ),
  help_pending: entry(
    'conflict',
    'The task waits for the help that was asked for',
    'Wait for the answers that are named, or let the step say that fewer are enough.',
  ),
  load_reached: entry(
    'conflict',
    'The participant has as many open tasks as the step allows',
    'Complete or give back one, or leave it to somebody who has fewer: the step says how many (`load`).',
  ),
  case_handled: entry(
    'conflict',
    'Somebody else handles the case',
    'Take another one: the step gives all tasks of a run to whoever took the first, while they can take them.',
  ),
  pile_taken: entry(
    'conflict',
    'Somebody else takes the tasks of this step one after the other',
    'Complete the task without `next`, or wait until they have stopped.',
  ),
} as const;
