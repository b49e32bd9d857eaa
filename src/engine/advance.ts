import type { ForEach, PhaseNode, StepNode, Template } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import type { Draft } from './draft.ts';
import type { Failure } from './failure.ts';
import { completeRun, failRun } from './finish.ts';
import { isStepFinal } from './lifecycle.ts';
import { exhausted } from './limits.ts';
import { withdrawEnded } from './announce.ts';
import { isHeldBack, undo } from './compensate.ts';
import { fill } from './fill.ts';
import type { RunState, StepState } from './state.ts';

/** Items of one fan-out. All of its slots can fail in a single transition, which must stay of a size that can be committed. */
export const MAX_ITEMS = 100_000;

/**
 * The flow: opens all that may open now, and ends the run when nothing is left to do.
 *
 * FLOW-1  A step opens when every phase that its phase needs is done without failure.
 * FLOW-2  A failed step keeps what depends on it closed; branches beside it go on, and only then does the run fail.
 * FLOW-3  It looks at the phases that are at work now: neither at those that are over or to come, nor at the tasks of the run.
 * FLOW-4  A run that has used up its limits pauses, for a human to raise them. One that has a parent cannot be given more: it
 *         finishes what is open, then fails, and its parent decides what follows.
 * FLOW-5  What is undone is neither gone on with nor followed by anything before it has been done again, and a run does not end
 *         before what it undoes is undone.
 * FLOW-6  What the expressions of one transition may cost is bounded. What does not open for that reason opens in the next, which the
 *         run makes by itself (`advance`), or where it is steps without room that have spent it, as soon as there is room; what alone
 *         costs more fails, with all that its step would open in the same transition.
 */
export const advance = (draft: Draft): void => {
  const { state, graph } = draft;
  if (state.undoing || state.unwinding) undo(draft);
  if (state.status !== 'running') return;
  const front = frontOf(draft);
  for (let at = 0; at < front.length;) {
    const phase = graph.phases[front[at] as number] as PhaseNode;
    for (const index of phase.steps) openStep(draft, phase, graph.steps[index] as StepNode);
    if (state.status !== 'running') break;
    if (!isOver(state, phase)) at += 1;
    else moveOn(draft, front, at);
  }
  withdrawEnded(draft);
  if (state.status === 'running') endIfDone(draft, front);
  if (state.unwinding) undo(draft);
  FRONTS.set(state.steps, { sequence: state.sequence, front });
};

/**
 * The phases at work (ready, and not over), in order. They follow from the state; what is remembered of the last transition counts
 * only if the state has not been changed by anything else since.
 */
const FRONTS = new WeakMap<readonly StepState[], { sequence: number; front: number[] }>();

const frontOf = ({ graph, state, since, events }: Draft): number[] => {
  const known = FRONTS.get(state.steps);
  if (known?.sequence === since && !events.some(({ type }) => type === 'run.redone')) return known.front;
  return graph.phases
    .filter((phase) => isReady(graph.phases, state, phase) && !isOver(state, phase))
    .map(({ index }) => index);
};

/** Takes a phase that is over from the front, and puts those there that have waited for it. Dependents come later in the order. */
const moveOn = ({ graph, state }: Draft, front: number[], at: number): void => {
  const [index] = front.splice(at, 1);
  for (const next of (graph.phases[index as number] as PhaseNode).dependents) {
    const phase = graph.phases[next] as PhaseNode;
    if (!isReady(graph.phases, state, phase)) continue;
    const place = front.findIndex((other) => other > next);
    front.splice(place < 0 ? front.length : place, 0, next);
  }
};

const isOver = (state: RunState, phase: PhaseNode): boolean =>
  phase.steps.every((index) => isStepFinal((state.steps[index] as StepState).status));

const isDone = (state: RunState, phase: PhaseNode): boolean =>
  phase.steps.every((index) => {
    const { status } = state.steps[index] as StepState;
    return status === 'completed' || status === 'skipped';
  });

const isReady = (phases: readonly PhaseNode[], state: RunState, phase: PhaseNode): boolean =>
  phase.needs.every((index) => isDone(state, phases[index] as PhaseNode));

const openStep = (draft: Draft, phase: PhaseNode, node: StepNode): void => {
  const { state } = draft;
  const step = state.steps[node.index] as StepState;
  if (state.status !== 'running' || isStepFinal(step.status)) return;
  if (state.unwinding && isHeldBack(state.unwinding, step)) return;
  if (step.status === 'pending' && !begin(draft, phase, node, step)) return;
  const hasRoom = fill(draft, node, step);
  draft.crowded ||= !hasRoom && step.status === 'pending' && (phase.if ?? node.if) !== null;
};

/** Settles conditions and the list to fan out over. False when the step has nothing to open. */
const begin = (draft: Draft, phase: PhaseNode, node: StepNode, step: StepState): boolean => {
  for (const condition of [phase.if, node.if]) {
    const verdict = condition ? holds(draft, condition) : true;
    if (verdict === true) continue;
    if (verdict === false)
      draft.flow('step.skipped', node.layer, { step: step.id, reason: 'condition is false' });
    else failUnlessLate(draft, node, step, verdict);
    return false;
  }
  if (!node.forEach) return true;
  const items = listOf(draft, node.forEach);
  if ('code' in items) failUnlessLate(draft, node, step, items);
  else draft.flow('step.opened', node.layer, { step: step.id, items });
  return step.status === 'open';
};

const listOf = (draft: Draft, { items }: ForEach): readonly Json[] | Failure => {
  const result = draft.evaluate(items);
  if (!result.ok) return { code: result.code, message: result.message };
  const { value } = result;
  if (!Array.isArray(value))
    return { code: 'expression_failed', message: `forEach needs a list; it got ${JSON.stringify(value)}.` };
  if (value.length <= MAX_ITEMS) return value as readonly Json[];
  return {
    code: 'list_too_long',
    message: `forEach takes up to ${MAX_ITEMS} items; the list has ${value.length}.`,
  };
};

const holds = (draft: Draft, condition: Template): boolean | Failure => {
  const result = draft.evaluate(condition);
  if (!result.ok) return { code: result.code, message: result.message };
  if (typeof result.value === 'boolean') return result.value;
  return {
    code: 'expression_failed',
    message: `A condition must give true or false, not ${JSON.stringify(result.value)}.`,
  };
};

/** FLOW-6 */
const failUnlessLate = (draft: Draft, node: StepNode, step: StepState, failure: Failure): void => {
  if (failure.code !== 'expression_failed' || !draft.isLate(step.id)) failStep(draft, node, step, failure);
};

const failStep = (draft: Draft, node: StepNode, step: StepState, failure: Failure): void =>
  draft.flow('step.failed', node.layer, {
    step: step.id,
    failure: { ...failure, step: step.id, layer: node.layer },
  });

const endIfDone = (draft: Draft, front: readonly number[]): void => {
  const { state, graph } = draft;
  if (state.undoing || state.unwinding) return;
  if (front.length > 0) {
    const failure = state.parent ? exhausted(state) : null;
    const phases = front.map((index) => graph.phases[index] as PhaseNode);
    if (failure && phases.every((phase) => isIdle(state, phase))) failRun(draft, failure);
    return;
  }
  const failed = state.steps.find((step) => step.status === 'failed');
  if (!failed) return completeRun(draft);
  const failure = failed.failure ?? { code: 'step_failed', message: `${failed.id} failed` };
  failRun(draft, { ...failure, step: failed.id, layer: failed.layer });
};

const isIdle = (state: RunState, phase: PhaseNode): boolean =>
  phase.steps.every((index) => (state.steps[index] as StepState).active === 0);
