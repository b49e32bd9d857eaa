import type { Json, JsonObject } from '../../definition/index.ts';
import { isTaskFinal } from '../../engine/index.ts';
import { ineligible, isNamed, type Passport } from '../../routing/index.ts';
import type { TaskRow } from '../../store/index.ts';

/** Of what happens to a task, who is to hear of it. */
type Whom = (happened: Happened) => ((passport: Passport) => boolean) | null;
interface Happened {
  readonly task: TaskRow;
  readonly actor: string;
  readonly payload: JsonObject;
}

/** Whoever has it, unless they took it themselves. */
const holder: Whom = ({ task: { assignee }, actor }) =>
  assignee === null || assignee === actor ? null : ({ id }) => id === assignee;

/** Whoever may take or decide it. */
const anybody: Whom = (happened) => {
  const { task } = happened;
  return task.assignee === null ? (passport) => mayTake(passport, task) : holder(happened);
};

/** Those who were added. */
const added: Whom = ({ task, payload }) => {
  const { to } = payload;
  const names = (Array.isArray(to) ? to : [to]).filter((name: Json | undefined) => typeof name === 'string');
  return (passport) => mayTake(passport, task) && names.some((name) => isNamed(passport, name));
};

/** Types of events that somebody is told of. */
const WHOM: Readonly<Record<string, Whom>> = {
  'task.created': anybody,
  'task.offered': anybody,
  'task.reserved': holder,
  'task.started': holder,
  'task.delegated': holder,
  'task.forwarded': anybody,
  'task.nominated': holder,
  'task.escalated': added,
  'task.reminded': anybody,
};

export const mayAsk = (type: string): boolean => Object.hasOwn(WHOM, type);

/** The id of the task that an event asks somebody to do something with; null for other events. */
export const taskAsked = (type: string, payload: JsonObject): string | null =>
  mayAsk(type) && typeof payload['task'] === 'string' ? payload['task'] : null;

/** The people who are to hear of the event. A task that has ended is nobody's. */
export function receiversOf(type: string, happened: Happened, passports: readonly Passport[]): Passport[] {
  if (isTaskFinal(happened.task.status)) return [];
  const isFor = WHOM[type]?.(happened);
  return isFor ? passports.filter((passport) => passport.kind === 'human' && isFor(passport)) : [];
}

const mayTake = (passport: Passport, task: TaskRow): boolean =>
  ineligible(passport, task) === null &&
  (task.offeredTo == null || task.offeredTo.includes(passport.id)) &&
  (task.approval === null || task.from.some((name) => isNamed(passport, name)));
