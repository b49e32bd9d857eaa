/**
 * The emergency stop of the organisation.
 *
 * STOP-1  Only a stop that is known to be off lets work begin; not knowing counts as on. So does not knowing the policies.
 * STOP-2  Finished work still comes in: what was done is not lost, and nothing new begins from it.
 */
import type { Point } from './facts.ts';
import type { Reason } from './ruling.ts';

export type EmergencyStop =
  | { readonly state: 'off' }
  /** `at` in ms since 1970. */
  | { readonly state: 'on'; readonly by: string; readonly reason: string; readonly at: number }
  | { readonly state: 'unknown' };

/** What may stand against all that begins: the stop, or that the policies cannot be read. */
export type Halt = EmergencyStop | { readonly state: 'unreadable' };

/** Which points begin something new. */
export const STOPPED = {
  'run.start': true,
  'task.assign': true,
  'task.start': true,
  'tool.call': true,
  'task.complete': false,
  'record.write': true,
  delegate: true,
} as const satisfies { readonly [P in Point]: boolean };

/** Why nothing begins, or null where work goes on. */
export function stoppedAt(point: Point, halt: Halt): Reason | null {
  if (halt.state === 'off' || !STOPPED[point]) return null;
  const told =
    halt.state === 'on'
      ? { code: 'emergency_stop', message: `${halt.by} stopped all work: ${halt.reason}` }
      : NOT_KNOWN[halt.state];
  return { ...told, effect: 'deny', policy: null, failedClosed: halt.state !== 'on' };
}

/** What is not known, for refusals and verdicts. */
export const NOT_KNOWN = {
  unknown: {
    code: 'emergency_stop_unknown',
    message: 'Whether all work is stopped is not known, so nothing begins.',
  },
  unreadable: {
    code: 'policies_unreadable',
    message: 'The policies that this run keeps cannot be read, so nothing begins.',
  },
} as const;
