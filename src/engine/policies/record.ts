import type { Graph, RecordNode, StepNode } from '../../definition/graph.ts';
import type { Json } from '../../definition/json.ts';
import { leaving, ruledOf, whyAsked, whyOf } from '../../policy/ruling.ts';
import { onApproval } from '../approvals/use.ts';
import type { Authority } from '../attribution.ts';
import type { Draft } from '../draft.ts';
import type { Failure } from '../failure.ts';
import type { Place } from '../event.ts';
import { workId } from '../ids.ts';
import { itemOf } from '../item.ts';
import { writeDigest } from '../may-begin.ts';
import { askInPlace } from './in-place.ts';
import { candidateOf, nextAsked, routesOf, type CandidateRuling, type Question } from './ruling.ts';
import { scopeOf } from '../scope.ts';
import { indexOf, stepOf } from '../steps.ts';
import { afterFailure } from '../after-failure.ts';
import { placeOf } from './state.ts';
import { newSlot, type RunState, type SlotState, type StepState } from '../state.ts';

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
  const { priority, ...question } = nextWrite(draft.state, node, step, slot, input);
  const ruling = boundaries.rule({ ...question, priority }, draft.state);
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

const nextWrite = (
  state: RunState,
  node: RecordNode,
  step: StepState,
  { slot, attempt: last }: SlotState,
  input: Json,
) => {
  const attempt = last + 1;
  const task = workId(state, step, slot, attempt);
  const priority = node.priority ?? state.priority;
  return { point: 'record.write' as const, task, slot, attempt, priority, node, input };
};

/**
 * What is asked of a write whose turn has come, as it was before the event that says what became of it; null of all that is no write,
 * and where there is nothing to write.
 */
export const writeAtTurn = (
  graph: Graph,
  state: RunState,
  { step: id, slot: at }: Place,
  content: (sha256: string) => Json | undefined,
): Extract<Question, { point: 'record.write' }> | null => {
  const node = graph.steps[indexOf(state, id) ?? -1];
  if (node?.kind !== 'record') return null;
  const step = stepOf(state, id);
  const slot = step.slots[at] ?? newSlot(at);
  if (slot.written || slot.escalation) return null;
  const { unaccepted, ...item } = itemOf({ state }, node, step, at);
  const scope = scopeOf(graph, state, node.input, content, unaccepted);
  const input = node.input.evaluate({ ...scope, ...item });
  return input.ok ? nextWrite(state, node, step, slot, input.value) : null;
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
  ruling: CandidateRuling,
  { code, message }: Failure,
  to: readonly string[] = [],
): true => {
  const failure = { code, message, step: step.id, slot: slot.slot, layer: node.layer };
  const after = to.length > 0 ? ({ then: 'escalate', to } as const) : afterFailure(draft, node, slot, false);
  const ruled = ruledOf(ruling, draft.moment);
  const data = { step: step.id, slot: slot.slot, failure, after, ruled, ...candidateOf(ruling) };
  draft.rule('slot.failed', node.layer, data, { ...ruling.authority });
  return true;
};
