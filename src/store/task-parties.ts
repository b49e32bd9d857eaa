import { isTaskFinal } from '../engine/lifecycle.ts';
import type { TaskRow } from './port.ts';

/**
 * For whom a task waits that people may do, as it is looked up in somebody's inbox: the passports that it is offered to, else the
 * parties that it is for, else whoever has the first capability that it asks for (`can:NAME`), else everybody (`*`). Whose help was
 * asked for finds it too. Null where nobody waits for it that way, as with all that agents do: they have no rows.
 */
export function partiesOf(task: TaskRow): readonly string[] | null {
  if (isTaskFinal(task.status)) return null;
  const helpers = task.help.filter(({ answer }) => answer === null).map(({ from }) => from);
  const takers = isOpenToPeople(task) ? takersOf(task) : [];
  const all = [...new Set([...helpers, ...takers])];
  return all.length > 0 ? all : null;
}

const isOpenToPeople = ({ by, assignee }: TaskRow): boolean =>
  assignee === null && (by === 'human' || by === null);

const takersOf = ({ status, offeredTo, from, requires }: TaskRow): readonly string[] => {
  if (offeredTo !== null) return offeredTo;
  if (status === 'created') return [];
  if (from.length > 0) return from;
  return requires.length > 0 ? [`can:${requires[0]}`] : [EVERYBODY];
};
const EVERYBODY = '*';

/** Whether it may have waited for people so far: not where agents do it and nobody was asked for help. */
export const mayHaveWaited = ({ by, help }: TaskRow): boolean =>
  by === 'human' || by === null || help.length > 0;

/** As SQLite keeps it. */
export const partiesText = (task: TaskRow): string | null => {
  const parties = partiesOf(task);
  return parties && JSON.stringify(parties);
};
