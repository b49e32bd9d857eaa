import type { StepNode } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import type { Draft } from './draft.ts';
import type { StepState } from './state.ts';

/**
 * What the expressions of a slot can name beside the run: the element of the list it stands for. What undoes a list has the numbers
 * of the slots for its items, and is about what stood there.
 */
export const itemOf = (
  { state }: Draft,
  node: StepNode,
  step: StepState,
  slot: number,
): { item: Json; index: number } | undefined => {
  if (!step.items) return undefined;
  const item = step.items[slot] ?? null;
  if (node.compensates?.kind !== 'step') return { item, index: slot };
  const index = item as number;
  return { item: state.steps[node.compensates.step]?.items?.[index] ?? null, index };
};
