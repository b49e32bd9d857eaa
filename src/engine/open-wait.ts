import type { Template, WaitNode } from '../definition/graph.ts';
import { dueIn } from './deadline-terms.ts';
import type { Draft } from './draft.ts';
import { waitTimer, workId } from './ids.ts';
import { failSlot, withValue } from './slot-value.ts';
import type { SlotState, StepState } from './state.ts';

/** Opens a wait. A signal that came before it ends it at once. */
export const openWait = (draft: Draft, node: WaitNode, step: StepState, slot: SlotState): void => {
  const { now } = draft.moment;
  if (node.signal !== null)
    return waitUntil(draft, node, step, slot, node.within === null ? null : dueIn(draft, node.within, null));
  withValue(draft, node, step, slot.slot, (node.for ?? node.until) as Template, (value) => {
    if (typeof value === 'number' && Number.isFinite(value))
      return waitUntil(draft, node, step, slot, node.for ? now + value : value);
    const message = `The wait needs a time in milliseconds; ${JSON.stringify(value)} is none.`;
    failSlot(draft, node, step, slot.slot, { code: 'expression_failed', message });
  });
};

const waitUntil = (
  draft: Draft,
  node: WaitNode,
  step: StepState,
  { slot, ...known }: SlotState,
  due: number | null,
): void => {
  const { state } = draft;
  const place = { step: step.id, slot };
  const attempt = known.attempt + 1;
  const { round } = step;
  draft.flow('wait.opened', node.layer, { ...place, attempt, round, due, signal: node.signal });
  const kept = state.signals.find(({ signal }) => signal === node.signal);
  if (kept) draft.flow('wait.completed', node.layer, { ...place, output: kept.payload, signal: kept.signal });
  else if (due !== null)
    draft.setTimer(waitTimer(workId(state, step, slot, attempt)), due, {
      kind: 'wait',
      ...place,
      round,
      attempt,
    });
};
