import type { Command } from '../engine/index.ts';
import type { Outcome } from './receipt.ts';

const TO_BE_ASKED_ABOUT = ['policy_denied', 'human_required', 'case_handled'];

/**
 * What a policy has kept somebody from who came for it is looked at again: it may have to be approved first, or be left to people, and
 * nobody could be asked about that while nobody could do it (BEGIN-1). So is what another handles, who gets it then (TASK-7). At whatever
 * node they came, and however. Null for all else.
 */
export const reconsidered = (command: Command, outcome: Outcome<unknown>): Command | null =>
  !outcome.ok &&
  (command.type === 'task.start' || command.type === 'task.claim') &&
  TO_BE_ASKED_ABOUT.includes(outcome.rejection.code)
    ? { type: 'task.route', task: command.task, reason: 'a policy has kept somebody from it' }
    : null;
