import type { StepNode } from '../definition/graph.ts';
import type { Draft } from './draft.ts';
import type { AfterFailure } from './event.ts';
import type { Failure } from './failure.ts';
import { itemOf } from './item.ts';
import type { SlotState, Task } from './state.ts';
import { stepOf } from './steps.ts';
import { keptOut, separateFrom, workOf } from './work.ts';

/**
 * What follows a failed attempt: retry, then another participant where the step says so and there is one, then `finally`.
 *
 * FAIL-1  Work that a person got because of a failure goes along the chain of those it is escalated to; when it has failed with
 *         the last of them, the slot fails.
 * FAIL-2  What cannot be different next time (an expression, a limit, a human's no) is not retried.
 */
export const afterFailure = (
  draft: Draft,
  node: StepNode,
  slot: SlotState,
  retryable: boolean,
  failed: Failed = {},
): AfterFailure => {
  const { retry, onFailure } = node;
  const { now } = draft.moment;
  const last = { then: onFailure.finally === 'skip' ? 'skip' : 'fail' } as const;
  if (slot.escalation) {
    const to = slot.escalation.to.slice(1);
    return to.length > 0 ? { then: 'escalate', to } : last;
  }
  if (retryable && slot.failures + 1 < retry.attempts)
    return { then: 'retry', at: now + delay(retry, slot.failures) };
  if (
    retryable &&
    onFailure.then === 'another_participant' &&
    !slot.another &&
    hasOthers(draft, node, slot, failed)
  )
    return { then: 'another_participant', at: now };
  if (onFailure.finally !== 'escalate') return last;
  const to = chainOf(draft, node, slot.slot);
  return to.length > 0 ? { then: 'escalate', to } : last;
};

/** The task whose attempt failed, where there was one. */
interface Failed {
  readonly task?: Task;
}

/** Whether somebody could do it who has not failed at it yet. */
const hasOthers = (draft: Draft, node: StepNode, slot: SlotState, { task }: Failed): boolean => {
  const { moment } = draft;
  if (!task || !moment.canBeDone) return true;
  const excluded = [...slot.excluded, ...task.excluded];
  if (task.assignee !== null) excluded.push(task.assignee);
  return moment.canBeDone(workOf(draft, node, { ...task, task: task.id, excluded }, null));
};

/**
 * To whom it goes, one after the other: those that the step names, where there is somebody, and in the end the human who answers
 * for the run. An approval is decided by those it names, and by nobody else.
 */
const chainOf = (draft: Draft, node: StepNode, slot: number): readonly string[] => {
  const { moment, state } = draft;
  const to = namedBy(draft, node, slot);
  const isThere = (party: string): boolean =>
    moment.canBeDone?.(workOf(draft, node, asking(draft, node, party), null)) ?? true;
  const hops = to.filter(isThere);
  const { accountable } = state;
  if (accountable !== null && node.kind !== 'approval' && !hops.includes(accountable) && isThere(accountable))
    hops.push(accountable);
  return hops.length > 0 ? hops : to;
};

/**
 * Who looks at a result: the same, and where that is nobody the human who answers for the run, though they may not do it. To name nobody
 * would be to ask anybody.
 */
export function reviewersOf(draft: Draft, node: StepNode, slot: number): readonly string[] {
  const to = chainOf(draft, node, slot);
  const { accountable } = draft.state;
  return to.length > 0 || accountable === null ? to : [accountable];
}

/** Whom an expression names that fails is nobody: the work has failed already, and goes to who answers for it. */
const namedBy = (draft: Draft, node: StepNode, slot: number): readonly string[] => {
  const { to, whom } = node.onFailure;
  if (!whom) return to;
  const named = draft.evaluate(whom, itemOf(draft, node, stepOf(draft.state, node.id), slot));
  return named.ok ? (named.value as readonly string[]) : [];
};

const asking = (draft: Draft, node: StepNode, party: string) => ({
  task: '',
  kind: 'escalation' as const,
  by: 'human' as const,
  priority: draft.state.priority,
  input: null,
  from: [party],
  separate: separateFrom(draft, node),
  excluded: keptOut(node, stepOf(draft.state, node.id)),
});

const delay = (retry: StepNode['retry'], failures: number): number => {
  if (retry.backoff === 'none') return 0;
  if (retry.backoff === 'fixed') return retry.delay;
  return Math.min(retry.maxDelay, retry.delay * 2 ** failures);
};

/** Ends of a child run that another attempt would only repeat, or that a human has decided on. */
const LASTING = [
  'cancelled',
  'rejected',
  'depth_exceeded',
  'expression_failed',
  'definition_unknown',
  'input_invalid',
  'policy_denied',
  'human_required',
];
export const isLasting = ({ code }: Failure): boolean => LASTING.includes(code) || code.startsWith('limit_');
