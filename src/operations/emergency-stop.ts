import type { StopRecord } from '../runtime/index.ts';
import { plainWrite, type Context, type Read } from './context.ts';
import { done, no } from './outcome.ts';
import { asGranted } from './permissions.ts';
import { isOnlyOneWith, personOf } from './persons.ts';
import { remembering } from './repetition.ts';
import type { StopView } from './schema/policies.ts';

/**
 * The emergency stop: one operation, and nothing begins any more.
 *
 * HALT-1  Whoever may pulls it alone. Two people let work go on, where there are two who may; the second need only ask for the same.
 */
const view = (record: StopRecord): StopView => ({
  state: record.state,
  by: record.by,
  reason: record.reason,
  at: record.at,
  liftProposedBy: record.lift?.by.id ?? null,
});

const NONE = { by: null, reason: null, at: null, liftProposedBy: null };

export const getEmergencyStop: Read<'organisation.get_emergency_stop'> = async ({ runtime }) => {
  const { emergencyStop, stops } = runtime.organisation.policies;
  const { record: stop } = stops;
  if (emergencyStop.state === 'unknown') return done({ ...NONE, state: 'unknown' });
  return done(stop ? view(stop) : { ...NONE, state: 'off' });
};

export const emergencyStop = plainWrite('organisation.emergency_stop', {
  async act({ runtime }, { input: { reason }, caller, idempotency }) {
    const by = asGranted(caller, 'organisation.stop');
    const keep = remembering(idempotency, view);
    const pulled = await runtime.organisation.policies.stops.pull(reason, by, keep);
    return pulled.ok ? done(view(pulled.value)) : pulled;
  },
});

export const liftEmergencyStop = plainWrite('organisation.lift_emergency_stop', {
  async act(context: Context, { input: { reason }, caller, idempotency }) {
    if (caller.kind !== 'human') return no('human_required', 'Whether work goes on is decided by people.');
    const { policies } = context.runtime.organisation;
    const who = { person: personOf(caller), alone: isOnlyOneWith(context, caller, 'organisation.stop') };
    const keep = remembering(idempotency, view);
    const lifted = await policies.stops.lift(reason, who, asGranted(caller, 'organisation.stop'), keep);
    return lifted.ok ? done(view(lifted.value)) : lifted;
  },
});
