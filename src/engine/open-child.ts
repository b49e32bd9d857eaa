import type { PhaseNode, WorkflowNode } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import { dueIn } from './deadline-terms.ts';
import type { Draft } from './draft.ts';
import type { Failure } from './failure.ts';
import { childId } from './ids.ts';
import { isStepFinal } from './lifecycle.ts';
import { allot, freeCapacity } from './limits.ts';
import { failSlot, withValue } from './slot-value.ts';
import type { RunState, SlotState, StepState } from './state.ts';

/** How deep runs may start runs. */
export const MAX_DEPTH = 8;

/** Of the input of a run, which stands in an entry of the ledger. Characters of its JSON, which has as many as its canonical form. */
const MOST_INPUT = 16 * 1024 * 1024;

/** Why no run takes it, if it is too large. */
export const tooLarge = (input: Json): Failure | null => {
  const { length } = JSON.stringify(input);
  if (length <= MOST_INPUT) return null;
  const message = `The input of a run has at most ${MOST_INPUT} characters, and this one has ${length}. Put large content as artifacts, and name them.`;
  return { code: 'input_invalid', message };
};

/** Opens a child run, with a fair share of what is left of the limits. */
export const openChild = (draft: Draft, node: WorkflowNode, step: StepState, slot: SlotState): void => {
  const { state, moment } = draft;
  const depth = state.depth + 1;
  if (depth > MAX_DEPTH) {
    const message = `Runs may start runs ${MAX_DEPTH} deep, and this one is.`;
    return failSlot(draft, node, step, slot.slot, { code: 'depth_exceeded', message });
  }
  withValue(draft, node, step, slot.slot, node.input, (input) => {
    const unfit = tooLarge(input);
    if (unfit) return failSlot(draft, node, step, slot.slot, unfit);
    const place = { step: step.id, slot: slot.slot };
    const attempt = slot.attempt + 1;
    const run = childId(state, step, slot.slot, attempt);
    const time = node.timeout === null ? null : dueIn(draft, node.timeout, null) - moment.now;
    const limits = allot(state, moment.now, sharesOf(draft, node, step), time);
    const { definition, version: definitionVersion } = node;
    const asked = { run, definition, definitionVersion, input };
    draft.flow('child.opened', node.layer, { ...place, attempt, round: step.round, ...asked, limits });
    draft.send({
      kind: 'child.start',
      parent: { run: state.run, ...place, safety: draft.graph.safety },
      ...asked,
      priority: node.priority ?? state.priority,
      depth,
      allotment: limits,
      by: state.startedBy,
      accountable: state.accountable,
      contributors: Object.keys(state.contributors),
    });
  });
};

/** One share for each child of the step that may yet open side by side, and one for each step that may be at work beside it. */
const sharesOf = ({ graph, state }: Draft, node: WorkflowNode, step: StepState): number => {
  const { downstream } = graph.phases[node.phase] as PhaseNode;
  const beside = graph.steps.filter(
    ({ index, phase, kind, compensates, onFailure }) =>
      index !== node.index &&
      (kind !== 'wait' || onFailure.finally === 'escalate') &&
      compensates === null &&
      !isStepFinal((state.steps[index] as StepState).status) &&
      (phase === node.phase || !downstream.includes(phase)),
  );
  return beside.length + childrenOf(state, node, step);
};

/** Children that are between two attempts open again. */
const childrenOf = (state: RunState, { forEach }: WorkflowNode, step: StepState): number => {
  const { count, active, succeeded, failed, skipped } = step;
  const left = Math.max(1, count) - active - succeeded - failed - skipped;
  const most = forEach?.concurrency ?? state.limits.concurrency;
  return Math.min(left, most - active, freeCapacity(state));
};
