import type { PhaseNode, StepNode, Template } from '../definition/graph.ts';
import { closeOpenWork } from './close.ts';
import type { Draft } from './draft.ts';
import type { Failure } from './failure.ts';
import { isStepFinal } from './lifecycle.ts';
import { allHeld, exhausted, freeCapacity } from './limits.ts';
import { openSlot } from './open.ts';
import type { RunState, StepState } from './state.ts';

/**
 * The flow: opens all that may open now, and ends the run when nothing is left to do.
 *
 * FLOW-1  A step opens when every phase that its phase needs is done without failure.
 * FLOW-2  A failed step keeps what depends on it closed; branches beside it go on, and only then does the run fail.
 * FLOW-3  It looks at the steps of the definition, never at the tasks of the run.
 */
export const advance = (draft: Draft): void => {
  if (draft.state.status !== 'running') return;
  for (const phase of draft.graph.phases) {
    if (!isReady(draft, phase)) continue;
    for (const index of phase.steps) {
      openStep(draft, phase, draft.graph.steps[index] as StepNode);
      if (draft.state.status !== 'running') return;
    }
  }
  endIfDone(draft);
};

const stepsOf = (state: RunState, phase: PhaseNode): StepState[] =>
  phase.steps.map((index) => state.steps[index] as StepState);

const isDone = (state: RunState, phase: PhaseNode): boolean =>
  phase.steps.every((index) => {
    const { status } = state.steps[index] as StepState;
    return status === 'completed' || status === 'skipped';
  });

const isReady = ({ graph, state }: Draft, phase: PhaseNode): boolean =>
  phase.needs.every((index) => isDone(state, graph.phases[index] as PhaseNode));

const openStep = (draft: Draft, phase: PhaseNode, node: StepNode): void => {
  const step = draft.state.steps[node.index] as StepState;
  if (isStepFinal(step.status)) return;
  if (step.status === 'pending' && !begin(draft, phase, node, step)) return;
  fill(draft, node, step);
};

/** Settles conditions and the list to fan out over. False when the step has nothing to open. */
const begin = (draft: Draft, phase: PhaseNode, node: StepNode, step: StepState): boolean => {
  for (const condition of [phase.if, node.if]) {
    const verdict = condition ? holds(draft, condition) : true;
    if (verdict === true) continue;
    if (verdict === false) draft.flow('step.skipped', node.layer, { step: step.id, reason: 'condition is false' });
    else failStep(draft, node, step, verdict);
    return false;
  }
  if (!node.forEach) return true;
  const items = draft.evaluate(node.forEach.items);
  if (items.ok && Array.isArray(items.value)) {
    draft.flow('step.opened', node.layer, { step: step.id, items: items.value });
    return items.value.length > 0;
  }
  const message = items.ok ? `forEach needs a list; it got ${typeof items.value}.` : items.message;
  failStep(draft, node, step, { code: 'expression_failed', message });
  return false;
};

const holds = (draft: Draft, condition: Template): boolean | Failure => {
  const result = draft.evaluate(condition);
  if (!result.ok) return { code: result.code, message: result.message };
  if (typeof result.value === 'boolean') return result.value;
  return { code: 'expression_failed', message: `A condition must give true or false, not ${JSON.stringify(result.value)}.` };
};

const failStep = (draft: Draft, node: StepNode, step: StepState, failure: Failure): void =>
  draft.flow('step.failed', node.layer, {
    step: step.id,
    failure: { ...failure, step: step.id, layer: node.layer },
  });

/** Opens slots until the step, or a cap, allows no more. */
const fill = (draft: Draft, node: StepNode, step: StepState): void => {
  const { state } = draft;
  const most = node.forEach?.concurrency ?? state.limits.concurrency;
  while (state.status === 'running' && step.active < most) {
    const slot = step.requeued[0] ?? (step.next < Math.max(1, step.count) ? step.next : undefined);
    if (slot === undefined || isStepFinal(step.status)) return;
    if (node.kind !== 'wait') {
      const failure = exhausted(state);
      if (failure) return draft.flow('run.paused', 'decide', { reason: { ...failure, step: step.id } });
      if (allHeld(state)) return;
      if (needsCapacity(node, step, slot) && freeCapacity(state) < 1) return;
    }
    openSlot(draft, node, step, slot);
  }
};

const needsCapacity = (node: StepNode, step: StepState, slot: number): boolean => {
  if (step.slots[slot]?.escalation || node.kind === 'approval') return false;
  return !(node.kind === 'task' && node.by === 'human');
};

const endIfDone = (draft: Draft): void => {
  const { graph, state } = draft;
  const alive = graph.phases.some((phase) =>
    stepsOf(state, phase).some(({ status }) => status === 'open' || (status === 'pending' && isReady(draft, phase))),
  );
  if (alive) return;
  const failed = state.steps.find((step) => step.status === 'failed');
  if (failed) {
    const failure = failed.failure ?? { code: 'step_failed', message: `${failed.id} failed` };
    return endRun(draft, { ...failure, step: failed.id, layer: failed.layer });
  }
  const output = graph.output ? draft.evaluate(graph.output) : null;
  if (output && !output.ok) return endRun(draft, { code: output.code, message: `The run's output: ${output.message}` });
  const value = draft.settle(output ? output.value : null);
  draft.flow('run.completed', 'decide', { output: value });
  afterEnd(draft, null);
};

/** Ends the run without success, and all that is open in it. */
export const endRun = (draft: Draft, failure: Failure): void => {
  closeOpenWork(draft, 'the run failed');
  draft.flow('run.failed', failure.layer ?? 'execute', { failure });
  afterEnd(draft, failure);
};

/** What is due whenever a run has ended: its clock stops, and its parent learns of it. */
export const afterEnd = (draft: Draft, failure: Failure | null): void => {
  const { state } = draft;
  if (state.deadline !== null) draft.effects.cancelled.push(durationId(state.run));
  if (!state.parent) return;
  const { tasks, tokens, cost } = state.usage;
  const usage = { tasks, tokens, cost };
  const { run, output, parent } = state;
  draft.effects.messages.push({ kind: 'child.end', parent, run, output, failure, usage });
};

export const durationId = (run: string): string => `${run}:duration`;

/** Sends the work of a phase, and all that follows from it, back to be done again. */
export const redoFrom = (draft: Draft, phase: number, by: string, feedback: string): void => {
  const { graph } = draft;
  const steps = (graph.phases[phase] as PhaseNode).downstream.flatMap((index) =>
    (graph.phases[index] as PhaseNode).steps.map((at) => (graph.steps[at] as StepNode).id),
  );
  closeOpenWork(draft, 'the work is done again', steps);
  draft.emit('run.redone', 'decide', { by, steps, feedback });
};
