import type { JsonObject } from '../../definition/index.ts';
import type { Passport } from '../../routing/index.ts';
import { plainWrite, type Context, type Idempotency } from '../context.ts';
import { savedOf } from '../definitions.ts';
import { done } from '../outcome.ts';
import { asGranted } from '../permissions.ts';
import { findPlan, unknownPlan, type StoredPlan } from './documents.ts';
import { remember } from '../repetition.ts';

export const savePlan = plainWrite('plan.save', {
  async act(context, { input: { id, definition }, caller, idempotency }) {
    const kept = await findPlan(context, id);
    if (!kept) return unknownPlan(id);
    const document = templateOf(kept.plan);
    const saved = await saveTemplate(context, { ...document, id: definition }, caller, idempotency);
    return saved.ok ? done(savedOf(saved.value.definition, saved.value.problems)) : saved;
  },
});

/** What a template is made of. */
type Source = Pick<StoredPlan, 'definition' | 'goal' | 'plannedDuration'>;

/** The definition of a plan, without the time that was left until its deadline: that belongs to this one plan. */
export function templateOf({ definition, goal, plannedDuration }: Source): JsonObject {
  const { limits, ...rest } = definition;
  const { duration, ...others } = (limits ?? {}) as JsonObject;
  if (goal.deadline === null || !isTimeLeft(duration, plannedDuration)) return definition;
  return { ...rest, ...(Object.keys(others).length > 0 && { limits: others }) };
}

/** Plans of earlier releases do not say what it was: it is in milliseconds. */
const isTimeLeft = (duration: unknown, planned: string | undefined): boolean =>
  typeof duration === 'string' && (planned === undefined ? /^\d+ms$/.test(duration) : duration === planned);

/** Of a plan as it was made. */
export const durationIn = ({ limits }: JsonObject): { plannedDuration?: string } => {
  const duration = (limits as JsonObject | undefined)?.['duration'];
  return typeof duration === 'string' ? { plannedDuration: duration } : {};
};

export function saveTemplate(
  { runtime }: Context,
  document: JsonObject,
  caller: Passport,
  idempotency?: Idempotency,
) {
  return runtime.organisation.saveDefinition(
    document,
    asGranted(caller, 'definitions.write'),
    idempotency && ((definition, problems) => remember(idempotency, savedOf(definition, problems))),
  );
}
