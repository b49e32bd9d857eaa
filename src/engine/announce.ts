import type { Graph, TaskNode } from '../definition/graph.ts';
import type { Draft } from './draft.ts';
import { workId } from './ids.ts';
import { isStepFinal } from './lifecycle.ts';
import { specOf, termsOf } from './open.ts';
import { newSlot, type StepState, type Task } from './state.ts';

/**
 * Tasks that are chosen and shown before their step begins.
 *
 * ANNOUNCE-1  An announced task is in no slot and in no count; its step begins it under the same id, or it is taken back.
 */
const EARLY = new WeakMap<Graph, readonly TaskNode[]>();

const earlyOf = (graph: Graph): readonly TaskNode[] => {
  let early = EARLY.get(graph);
  if (!early) {
    early = graph.steps.filter(
      (node) => node.kind === 'task' && node.assign?.when === 'early' && !node.compensates,
    ) as TaskNode[];
    EARLY.set(graph, early);
  }
  return early;
};

/** Chooses, as the run starts, for the steps that say so. What depends on work that is not done yet is chosen later. */
export const announce = (draft: Draft): void => {
  for (const node of earlyOf(draft.graph)) {
    const whom = node.whom && draft.evaluate(node.whom);
    if (whom && !whom.ok) continue;
    const from = whom ? (whom.value as readonly string[]) : node.from;
    const spec = { ...termsOf(draft, node), from, input: null };
    const { ruled: _, ...announced } = specOf(draft, node, stateOf(draft, node), newSlot(0), spec);
    draft.flow('task.announced', node.layer, announced);
  }
};

const stateOf = ({ state }: Draft, { index }: TaskNode): StepState => state.steps[index] as StepState;

/** What is announced of a step, as long as its slot has not begun it. */
const announcedOf = (draft: Draft, node: TaskNode): Task | null => {
  const step = stateOf(draft, node);
  const task = draft.state.tasks[workId(draft.state, step, 0, 1)];
  return task && step.slots[0]?.task !== task.id ? task : null;
};

/** Takes back what was announced for steps that have ended without it. */
export const withdrawEnded = (draft: Draft): void => {
  for (const node of earlyOf(draft.graph))
    if (isStepFinal(stateOf(draft, node).status)) withdraw(draft, node, 'the step was not begun');
};

/** Takes back what was announced for any of the steps. */
export const withdrawAnnounced = (draft: Draft, steps: readonly StepState[], reason: string): void => {
  for (const node of earlyOf(draft.graph))
    if (steps.includes(stateOf(draft, node))) withdraw(draft, node, reason);
};

const withdraw = (draft: Draft, node: TaskNode, reason: string): void => {
  const task = announcedOf(draft, node);
  if (task) draft.flow('task.exited', node.layer, { task: task.id, reason });
};
