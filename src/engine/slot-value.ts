import type { StepNode, Template } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import { afterFailure } from './after-failure.ts';
import type { Draft } from './draft.ts';
import type { Failure } from './failure.ts';
import { itemOf } from './item.ts';
import { newSlot, type StepState } from './state.ts';

/** Goes on with the template's value, or fails the slot with the reason it has none. */
export const withValue = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: number,
  template: Template,
  then: (value: Json) => void,
): void => {
  const result = draft.evaluate(template, itemOf(draft, node, step, slot));
  if (result.ok) then(result.value);
  else failSlot(draft, node, step, slot, { code: result.code, message: result.message });
};

/** A slot that cannot even be opened: nobody will do better at it. FLOW-6 holds for whom it goes to as well. */
export const failSlot = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: number,
  failure: Failure,
): void => {
  const known = step.slots[slot] ?? newSlot(slot);
  const after = afterFailure(draft, node, known, false);
  if (draft.isLate(step.id)) return;
  const where = { ...failure, step: step.id, slot, layer: node.layer };
  draft.flow('slot.failed', node.layer, { step: step.id, slot, failure: where, after });
};
