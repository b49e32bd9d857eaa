/**
 * The emergency stop of the organisation.
 *
 * STOP-1  Only a stop that is known to be off lets work begin; not knowing counts as on.
 * STOP-2  Finished work still comes in: what was done is not lost, and nothing new begins from it.
 */
import type { Point } from './facts.ts';
import type { Reason } from './ruling.ts';

export type EmergencyStop =
  | { readonly state: 'off' }
  /** `at` in ms since 1970. */
  | { readonly state: 'on'; readonly by: string; readonly reason: string; readonly at: number }
  | { readonly state: 'unknown' };

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
export function stoppedAt(point: Point, stop: EmergencyStop): Reason | null {
  if (stop.state === 'off' || !STOPPED[point]) return null;
  const on = stop.state === 'on';
  return {
    code: on ? 'emergency_stop' : 'emergency_stop_unknown',
    message: on
      ? `${stop.by} stopped all work: ${stop.reason}`
      : 'Whether all work is stopped is not known, so nothing begins.',
    effect: 'deny',
    policy: null,
    failedClosed: !on,
  };
}
