import type { Template, WaitNode } from '../definition/graph.ts';
import { parseTimestamp } from '../definition/cel/time.ts';
import { parseDuration } from '../definition/duration.ts';
import type { Json } from '../definition/json.ts';
import type { Draft } from './draft.ts';
import { waitTimer, workId } from './ids.ts';
import { failSlot, withValue } from './slot-value.ts';
import type { SlotState, StepState } from './state.ts';

/** Opens a wait. A signal that came before it ends it at once. */
export const openWait = (draft: Draft, node: WaitNode, step: StepState, slot: SlotState): void => {
  const { now } = draft.moment;
  if (node.signal !== null)
    return waitUntil(draft, node, step, slot, node.within === null ? null : now + node.within);
  const template = (node.for ?? node.until) as Template;
  withValue(draft, node, step, slot.slot, template, (value) => {
    const due = node.for ? now + (spanOf(value) ?? NaN) : momentOf(value);
    if (due !== null && Number.isFinite(due)) return waitUntil(draft, node, step, slot, due);
    const wanted = node.for ? 'a duration such as 30m' : 'a time such as 2026-01-31T08:00:00Z';
    const message = `The wait needs ${wanted}; ${JSON.stringify(value)} is none.`;
    failSlot(draft, node, step, slot.slot, { code: 'expression_failed', message });
  });
};

/** Milliseconds, as a number or as a text of the definition's form. */
const spanOf = (value: Json): number | null =>
  typeof value === 'number' ? value : typeof value === 'string' ? parseDuration(value) : null;
const momentOf = (value: Json): number | null =>
  typeof value === 'number' ? value : typeof value === 'string' ? parseTimestamp(value) : null;

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
