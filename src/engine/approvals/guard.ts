import type { ApprovalNode } from '../../definition/graph.ts';
import { partiesTo } from '../attribution.ts';
import { roundsLeft } from './follow.ts';
import { hasSpoken, apartFrom, voicesOf } from './terms.ts';
import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import type { Approval, Task } from '../state.ts';

/**
 * Who may decide on an approval, and say what.
 *
 * GUARD-1  The digest comes first: whoever has seen something else has decided about something else.
 * GUARD-2  Whoever took part in the work, let somebody, or answers now for an agent that did, is no judge of it.
 */
export const mayDecide = (
  draft: Draft,
  node: ApprovalNode,
  task: Task,
  approval: Approval,
  command: CommandOf<'task.decide'>,
): Rejection | null => {
  return (
    isStale(task, approval, command) ??
    decidedBefore(draft, task, approval, command) ??
    isInvolved(draft, task) ??
    isUnfit(draft, node, task, command)
  );
};

/** GUARD-1 */
export const isStale = (
  { id }: Task,
  { subject }: Approval,
  command: CommandOf<'task.decide'>,
): Rejection | null =>
  command.subject === subject
    ? null
    : refuse(
        'approval_stale',
        `What was decided about is not what task ${id} asks for now. Read it again, then decide.`,
        { subject },
      );

export const decidedBefore = (
  { moment }: Draft,
  task: Task,
  approval: Approval,
  { inNameOf }: CommandOf<'task.decide'>,
): Rejection | null =>
  voicesOf(moment.by, inNameOf).some((voice) => hasSpoken(approval, voice))
    ? refuse(
        'already_decided',
        `${moment.by.actor} has decided on task ${task.id} already, or somebody has for them.`,
      )
    : null;

export const isInvolved = ({ moment, state }: Draft, task: Task): Rejection | null => {
  const { actor } = moment.by;
  const parties = partiesTo(moment.by);
  const took = parties.find((passport) => Object.hasOwn(state.contributors, passport));
  if (took !== undefined)
    return separation(`${took} took part in the work, so ${actor} may not decide on it.`);
  const kept = apartFrom(state, task);
  const apart = parties.find((passport) => kept.includes(passport));
  if (apart !== undefined)
    return separation(`Task ${task.id} is to be decided by somebody else than ${apart}.`);
  if (!moment.accountable) return null;
  for (const passport of Object.keys(state.contributors)) {
    const human = moment.accountable(passport);
    if (human !== null && parties.includes(human))
      return separation(`${passport} took part in the work, and ${human} answers for it.`);
  }
  return null;
};

const separation = (message: string): Rejection =>
  refuse('separation_of_duties', `${message} Ask someone else.`);

const isUnfit = (
  draft: Draft,
  node: ApprovalNode,
  task: Task,
  { outcome, reason, changes, as = [] }: CommandOf<'task.decide'>,
): Rejection | null => {
  if (changes !== undefined && outcome !== 'approve_with_changes')
    return refuse('subject_invalid', `'changes' go with approve_with_changes, and not with ${outcome}.`);
  if (!reason && (task.approval?.reasoned || outcome === 'request_changes'))
    return outcome === 'request_changes'
      ? refuse('reason_required', 'Say what is to be changed: whoever does the work again is told.')
      : lacksReason(task);
  if (outcome === 'request_changes' && roundsLeft(draft, node, task) < 1)
    return refuse(
      'changes_exhausted',
      node.onChanges === null && node.onReject.redo === null
        ? `Task ${task.id} has nobody to whom the work could go back. Approve it, or reject it.`
        : `The work has gone back as often as it may. Approve it, or reject it.`,
    );
  if (task.approval?.distinct === 'groups' && as.length === 0)
    return refuse(
      'not_eligible',
      `Task ${task.id} is decided for groups, and ${draft.moment.by.actor} is in none.`,
    );
  return null;
};

export const lacksReason = ({ id }: Task): Rejection =>
  refuse('reason_required', `Decisions on task ${id} need a reason.`);
