import type { RecordNode, StepNode } from '../../definition/graph.ts';
import type { Json } from '../../definition/json.ts';
import type { Ruling } from '../../policy/index.ts';
import { leaving, ruledOf, whyAsked, whyOf } from '../../policy/ruling.ts';
import { onApproval } from '../approvals/use.ts';
import type { Authority } from '../attribution.ts';
import type { Draft } from '../draft.ts';
import type { Failure } from '../failure.ts';
import { workId } from '../ids.ts';
import { writeDigest } from '../may-begin.ts';
import { askInPlace } from './in-place.ts';
import { nextAsked, routesOf } from './ruling.ts';
import { afterFailure } from '../after-failure.ts';
import { placeOf } from './state.ts';
import type { SlotState, StepState } from '../state.ts';

/**
 * Policies before a write to a system of record.
 *
 * RECORD-1  The approval is of exactly what is going to be written; where that is something else by then, it is asked anew.
 * RECORD-2  It stands in the place of the write, which opens when nothing is asked of it any more.
 */
export const awaitsClearance = (
  draft: Draft,
  node: RecordNode,
  step: StepState,
  slot: SlotState,
  input: Json,
): boolean => {
  const { boundaries } = draft.moment;
  if (!boundaries) return false;
  const attempt = slot.attempt + 1;
  const task = workId(draft.state, step, slot.slot, attempt);
  const priority = node.priority ?? draft.state.priority;
  const question = { point: 'record.write' as const, task, slot: slot.slot, attempt, priority, node, input };
  const ruling = boundaries.rule(question, draft.state);
  if (!ruling || ruling.verdict === 'allow') return false;
  if (ruling.verdict === 'deny')
    return give(draft, node, step, slot, ruling, {
      code: 'denied_by_policy',
      message: whyOf(ruling),
    });
  const to = routesOf(ruling);
  if (to.length > 0) {
    const failure = { code: 'left_to_people', message: whyOf(leaving(ruling)) };
    return give(draft, node, step, slot, ruling, failure, to);
  }
  const digest = writeDigest(draft, node, input);
  const next = nextAsked(ruling, digest, draft.state.boundaries?.cleared[placeOf(step, slot.slot)]);
  if (!next) return false;
  const asked = {
    priority,
    description: `Approve ${node.operation} in ${node.system}`,
    reason: whyAsked(ruling, next),
    subject: subjectOf(node, input),
    digest,
    authority: ruling.authority,
    ruling,
  };
  askInPlace(draft, 'write.asked', step, slot, asked, next);
  return true;
};

/** What lets exactly this be written, where people were asked. */
export const clearanceOf = (
  draft: Draft,
  node: RecordNode,
  step: StepState,
  slot: number,
  input: Json,
): Authority | null => {
  const cleared = draft.state.boundaries?.cleared[placeOf(step, slot)];
  return cleared?.digest === writeDigest(draft, node, input) ? onApproval(cleared) : null;
};

const subjectOf = ({ system, operation }: RecordNode, input: Json) => ({
  system,
  operation,
  input,
  consequence: {
    approved: `${operation} is carried out in ${system}, with exactly this.`,
    rejected: `Nothing is written to ${system}; the step fails.`,
  },
});

/** The slot fails, or goes to people, on the authority of the policy. */
export const give = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: SlotState,
  ruling: Ruling,
  { code, message }: Failure,
  to: readonly string[] = [],
): true => {
  const failure = { code, message, step: step.id, slot: slot.slot, layer: node.layer };
  const after = to.length > 0 ? ({ then: 'escalate', to } as const) : afterFailure(draft, node, slot, false);
  const data = { step: step.id, slot: slot.slot, failure, after, ruled: ruledOf(ruling, draft.moment) };
  draft.rule('slot.failed', node.layer, data, { ...ruling.authority });
  return true;
};
