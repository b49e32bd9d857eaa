import { isTaskFinal } from '../engine/lifecycle.ts';
import type { TaskStatus } from '../engine/lifecycle.ts';
import { PERFORMER_CODES, TASK_KIND_CODES, TASK_STATUS_CODES } from './codes.ts';
import type { Performer } from './codes.ts';
import { readCursor } from './cursor.ts';
import { among, equal, narrow, term } from './list-query.ts';
import type { Source, Term } from './list-query.ts';
import type { PageRequest, TaskFilter } from './port.ts';

/** What lists of tasks have in common whatever the database: conditions, and places in the queue. `number` names its column. */

export const OPEN_STATUSES = (Object.keys(TASK_STATUS_CODES) as TaskStatus[]).filter(
  (status) => !isTaskFinal(status),
);
export const OPEN_CODES: readonly number[] = OPEN_STATUSES.map((status) => TASK_STATUS_CODES[status]);
export const PERFORMERS = Object.keys(PERFORMER_CODES) as Performer[];

export const HELD = term(`status = ${TASK_STATUS_CODES.in_progress}`);
export const NOT_HELD = term(`status <> ${TASK_STATUS_CODES.in_progress}`);
export const NO_AGENTS = term(`performer <> ${PERFORMER_CODES.agent}`);
const UNFINISHED = term(`status > ${TASK_STATUS_CODES.completed}`);

/** Behind the cursor's row, in the order of the filter: alternatives. */
export const behind = (filter: TaskFilter, page: PageRequest, number: string): Term[][] =>
  isQueue(filter) ? behindInQueue(page.cursor, number) : olderThan(page.cursor, number);

export const isQueue = ({ order, inbox }: TaskFilter): boolean =>
  order === 'queue' || (inbox !== undefined && order !== 'newest');

const olderThan = (cursor: string | undefined, number: string): Term[][] => [
  [term(`${number} < ?`, readCursor<[number]>(cursor, [0])?.[0] ?? Number.MAX_SAFE_INTEGER)],
];

/** Two ranges, since the rest of a moment and the moments after it are two places in the index. */
function behindInQueue(cursor: string | undefined, number: string): Term[][] {
  const key = readCursor<[number, number]>(cursor, [0, 0]);
  if (!key) return [[]];
  const [place, after] = key;
  return [[term('place = ?', place), term(`${number} > ?`, after)], [term('place > ?', place)]];
}

/** Nothing can be among no words. */
export const isEmpty = ({ status, by, kind }: TaskFilter): boolean =>
  [status, by, kind].some((words) => words?.length === 0);

export const isOpenOnly = ({ open, order }: TaskFilter): boolean => open === true || order === 'queue';

/** Of what the filter says, all that does not depend on how a database keeps it. */
export const termsOf = (filter: TaskFilter): Term[] => [
  ...equal('step', filter.step),
  ...equal('assignee', filter.assignee),
  ...among('kind', filter.kind, TASK_KIND_CODES),
  ...among('status', filter.status, TASK_STATUS_CODES),
  ...among('performer', filter.by, PERFORMER_CODES),
];

/** Those of the statuses and performers that the filter takes, each a place of its own in the queue. */
export function places(
  filter: TaskFilter,
  statuses: readonly TaskStatus[],
  performers: readonly Performer[],
): Term[] {
  const wanted = statuses.filter((status) => filter.status?.includes(status) ?? true);
  const doers = performers.filter((performer) => filter.by?.includes(performer) ?? true);
  return wanted.flatMap((status) =>
    doers.map((performer) =>
      term(`status = ${TASK_STATUS_CODES[status]} AND performer = ${PERFORMER_CODES[performer]}`),
    ),
  );
}

/** Those of the wanted statuses in which tasks have ended otherwise than completed, which are few. */
export const unfinished = (filter: TaskFilter): Term[][] =>
  [...new Set(filter.status)]
    .filter(isTaskFinal)
    .map((status) => [UNFINISHED, term(`status = ${TASK_STATUS_CODES[status]}`)]);

/** What somebody has (`held`), and what waits for each of their parties; a task may wait for several of them. */
export const inboxSources = (
  held: readonly Source[],
  parties: readonly string[],
  behindRow: readonly (readonly Term[])[],
): Source[] =>
  narrow(
    [...held, ...parties.map((party) => ({ from: 'task_parties', terms: [term('party = ?', party)] }))],
    behindRow,
  );
