import type { Json, JsonObject } from '../../definition/index.ts';
import { isObject } from '../../definition/json.ts';
import { isTaskFinal } from '../../engine/index.ts';
import type { LedgerEntry } from '../../ledger/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { TaskRow } from '../../store/index.ts';

/** Of what happened to a task, who is to hear of it now: the task may be somebody else's by then. */
type Whom = (happened: Happened, directory: Directory) => ((passport: Passport) => boolean) | null;
interface Happened {
  readonly task: TaskRow;
  readonly actor: string;
  readonly payload: JsonObject;
}
interface Directory {
  passports(): readonly Passport[];
  mayTake(task: TaskRow, passport: Passport): boolean;
}

/** Whoever was given it and has it still, unless they took it themselves. */
const holder: Whom = ({ task: { assignee }, actor, payload: { assignee: given = assignee } }) =>
  assignee === null || assignee === actor || assignee !== given ? null : ({ id }) => id === assignee;

/** Whoever may take or decide it, of those whom it was for. Whoever has it by now hears of that by what gave it to them. */
const anybody: Whom = (happened, directory) => {
  const { task, payload } = happened;
  if (typeof payload['assignee'] === 'string') return holder(happened, directory);
  if (task.assignee !== null) return null;
  const isMeant = meantBy(happened, directory);
  return (passport) => isOpenTo(task, passport, directory) && isMeant(passport);
};

/** As `anybody`, and of those whom it was for whoever has it by now. */
const reminded: Whom = (happened, directory) => {
  const { assignee } = happened.task;
  if (assignee === null) return anybody(happened, directory);
  const isMeant = meantBy(happened, directory);
  return (passport) => passport.id === assignee && isMeant(passport);
};

/** Those who were added. */
const added: Whom = ({ task, payload }, directory) => {
  const from = namesIn(payload['to']);
  return from.length === 0 ? null : (passport) => isOpenTo({ ...task, from }, passport, directory);
};

/** Whether the event was for somebody, or for whom they stand in: with no names it was for everybody. */
const meantBy = (
  { task, payload: { to, offeredTo, from } }: Happened,
  directory: Directory,
): ((passport: Passport) => boolean) => {
  const names = namesIn(to ?? offeredTo ?? from);
  return (passport) =>
    names.length === 0 ||
    names.includes(passport.id) ||
    directory.mayTake({ ...task, from: names }, passport);
};

const namesIn = (names: Json | undefined): readonly string[] =>
  (Array.isArray(names) ? names : [names]).filter((name) => typeof name === 'string');

const isOpenTo = (task: TaskRow, passport: Passport, directory: Directory): boolean =>
  (task.offeredTo == null || task.offeredTo.includes(passport.id)) && directory.mayTake(task, passport);

/** Those who get an approval by a missed deadline. A task goes to them by an event of its own. */
const addedInTime: Whom = (happened, directory) =>
  happened.task.approval && MOVES.includes(happened.payload['then']) ? added(happened, directory) : null;
const MOVES: readonly (Json | undefined)[] = ['escalate', 'reassign'];

/** Those to whom an approval goes on by a decision. */
const next: Whom = (happened, directory) => {
  const { now } = happened.payload;
  if (!isObject(now)) return null;
  return added({ ...happened, payload: { to: now['from'] ?? [] } }, directory);
};

/** Types of events that ask somebody to do something. */
const WHOM: Readonly<Record<string, Whom>> = {
  'task.created': anybody,
  'task.offered': anybody,
  'task.reserved': holder,
  'task.started': holder,
  'task.delegated': holder,
  'task.forwarded': anybody,
  'task.nominated': anybody,
  'task.escalated': added,
  'task.reminded': reminded,
  'task.overdue': addedInTime,
  'task.decided': next,
  'tool.asked': anybody,
  'begin.asked': anybody,
  'result.asked': anybody,
  'write.asked': anybody,
};

export const mayAsk = (type: string): boolean => Object.hasOwn(WHOM, type);

/** The id of the task that an event asks somebody to do something with; null for other events. */
export const taskAsked = (type: string, payload: JsonObject): string | null =>
  mayAsk(type) && typeof payload['task'] === 'string' ? payload['task'] : null;

/** The people who are to hear of the event. A task that has ended is nobody's. */
export function receiversOf(type: string, happened: Happened, directory: Directory): Passport[] {
  if (isTaskFinal(happened.task.status)) return [];
  const isFor = WHOM[type]?.(happened, directory);
  return isFor ? directory.passports().filter((one) => one.kind === 'human' && isFor(one)) : [];
}

/** Parties who are to hear of an event and have nothing to do about it. */
export function toldOf(type: string, payload: JsonObject): readonly string[] {
  const { ruled, then, to } = payload;
  const notify = isObject(ruled) ? ruled['notify'] : null;
  const late = type === 'task.overdue' && then === 'notify' ? to : null;
  return [notify, late].flatMap((names) =>
    Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [],
  );
}

/** Events that ask people to decide on what is no task, a delegation or the start of a run, and where they say whom. */
const DECIDERS: Readonly<Record<string, (payload: JsonObject) => readonly (Json | undefined)[]>> = {
  'delegation.proposed': ({ approvals }) => partiesIn(approvals),
  'delegation.narrowed': ({ status, approvals }) => (status === 'proposed' ? partiesIn(approvals) : []),
  'delegation.escalated': ({ to }) => (Array.isArray(to) ? to : []),
  'run.created': ({ launch }) => (isObject(launch) ? partiesIn(launch['approvals']) : []),
  'launch.escalated': ({ to }) => [to],
};

/** Whoever has made it, answers for it, gives or gets it does not decide on it. */
export const isOwn = ({ type, payload, actor }: LedgerEntry, passport: string): boolean => {
  const { from, to, startedBy, accountable } = payload;
  const parties = type.startsWith('delegation.') ? [from, to] : [startedBy, accountable];
  return actor === passport || parties.includes(passport);
};

/** The command by which it is decided. */
export const answerTo = ({ type, payload, run }: LedgerEntry): string =>
  type.startsWith('delegation.')
    ? `humanos delegations show ${payload['id'] as string}`
    : `humanos approve ${run}`;

const partiesIn = (approvals: Json | undefined): readonly (Json | undefined)[] =>
  Array.isArray(approvals)
    ? approvals.flatMap((one) => (isObject(one) && Array.isArray(one['from']) ? one['from'] : []))
    : [];

/** Parties who are asked to decide on what an event is about. */
export const decidersOf = (type: string, payload: JsonObject): readonly string[] =>
  (Object.hasOwn(DECIDERS, type) ? (DECIDERS[type]?.(payload) ?? []) : []).filter(
    (name) => typeof name === 'string',
  );

/** Whether `toldOf` or `decidersOf` may name anybody, by a look at the entry that does not read it. */
export const mayTell = (type: string, text: string): boolean =>
  type === 'task.overdue' ||
  (Object.hasOwn(DECIDERS, type) && (type !== 'run.created' || text.includes('"launch":{'))) ||
  text.includes('"notify":[');
