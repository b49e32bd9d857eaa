import type { StepNode } from '../definition/graph.ts';
import type { Draft } from './draft.ts';
import type { At } from './scope.ts';
import type { StepState } from './state.ts';

/**
 * What the expressions of a slot can name beside the run: the element of the list it stands for. What undoes a list has the numbers
 * of the slots for its items, and is about what stood there. What undoes a result that is not accepted sees that (UNDO-6).
 */
export const itemOf = (
  { state }: Pick<Draft, 'state'>,
  node: StepNode,
  step: StepState,
  slot: number,
): At => {
  const { items } = step;
  const item = items?.[slot] ?? null;
  if (node.compensates?.kind !== 'step') return items ? { item, index: slot } : {};
  const of = state.steps[node.compensates.step] as StepState;
  const index = items ? (item as number) : 0;
  const result = state.undoing?.[node.id]?.refused?.[index] ?? of.slots[index]?.held?.output;
  return {
    ...(items && { item: of.items?.[index] ?? null, index }),
    ...(result !== undefined && { unaccepted: { step: of, slot: index, result } }),
  };
};
