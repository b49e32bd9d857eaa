import type { StepNode } from '../definition/graph.ts';
import type { AfterFailure } from './event.ts';
import type { Failure } from './failure.ts';
import type { SlotState } from './state.ts';

/**
 * What follows a failed attempt: retry, then another participant where the step says so, then `finally`.
 *
 * FAIL-1  Work that a person got because of a failure is the last resort: when it fails too, the slot fails.
 * FAIL-2  What cannot be different next time (an expression, a limit, a human's no) is not retried.
 */
export const afterFailure = (
  node: StepNode,
  slot: SlotState,
  retryable: boolean,
  now: number,
): AfterFailure => {
  const { retry, onFailure } = node;
  if (slot.escalation) return { then: onFailure.finally === 'skip' ? 'skip' : 'fail' };
  if (retryable && slot.failures + 1 < retry.attempts)
    return { then: 'retry', at: now + delay(retry, slot.failures) };
  if (retryable && onFailure.then === 'another_participant' && !slot.another)
    return { then: 'another_participant', at: now };
  if (onFailure.finally === 'escalate') return { then: 'escalate', to: onFailure.to };
  return { then: onFailure.finally };
};

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
];
export const isLasting = ({ code }: Failure): boolean => LASTING.includes(code) || code.startsWith('limit_');
