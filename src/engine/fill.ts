import type { StepNode } from '../definition/graph.ts';
import { isUnconfirmed, refusedOf } from './done.ts';
import type { Draft } from './draft.ts';
import { tellChildren } from './hold.ts';
import { isStepFinal } from './lifecycle.ts';
import { allHeld, exhausted, freeCapacity } from './limits.ts';
import { openSlot } from './open.ts';
import type { RunState, StepState } from './state.ts';
import { isUnwound } from './steps.ts';

/** Opens slots until the step, or a cap, allows no more. False where it is a cap. */
export const fill = (draft: Draft, node: StepNode, step: StepState): boolean => {
  const { state } = draft;
  const most = node.forEach?.concurrency ?? state.limits.concurrency;
  while (step.active < most) {
    const slot = nextSlot(draft, step);
    if (slot === undefined || draft.holdsBack(step.id)) return true;
    if (!mayOpen(draft, node, step, slot)) return false;
    const before = draft.events.length;
    openSlot(draft, node, step, slot);
    if (draft.events.length === before) return true;
  }
  return true;
};

/** UNDO-6, UNDO-7 */
const nextSlot = (draft: Draft, step: StepState): number | undefined => {
  if (isStepFinal(step.status)) return undefined;
  if (isUnwound(draft.state, step)) return step.requeued.find((slot) => isUnconfirmed(step.slots[slot]));
  const refused = refusedOf(draft, step.id);
  const waiting = step.requeued.find((slot) => !Object.hasOwn(refused, slot));
  return waiting ?? (step.next < Math.max(1, step.count) ? step.next : undefined);
};

/** Caps are on work; to wait for a time or a signal is free, to have approved what has been done, and to undo work is (LIMIT-4). */
const mayOpen = (draft: Draft, node: StepNode, step: StepState, slot: number): boolean => {
  const { state } = draft;
  if (step.slots[slot]?.held) return true;
  const forPerson = (step.slots[slot]?.escalation ?? null) !== null;
  if (node.kind === 'wait' && !forPerson) return true;
  const room = forPerson || isForPeople(node) || freeCapacity(state) >= 1;
  if (node.compensates || isUnwound(state, step)) return room;
  const failure = exhausted(state);
  if (failure && !state.parent) {
    const message = `${failure.message} ${wayOut(state)}`;
    draft.flow('run.paused', 'decide', { reason: null, failure: { ...failure, message, step: step.id } });
    tellChildren(draft, 'pause');
  }
  if (failure || allHeld(state)) return false;
  return room;
};

/** Nobody alone gives a run what several had to approve, or with a reason. */
const wayOut = ({ boundaries }: RunState): string =>
  boundaries?.launch?.approvals.some(({ quorum, reasonRequired }) => quorum > 1 || reasonRequired)
    ? 'Cancel it, and start anew with a higher one.'
    : 'Resume it with a higher limit, or cancel it.';

const isForPeople = (node: StepNode): boolean =>
  node.kind === 'approval' || (node.kind === 'task' && node.by === 'human');
