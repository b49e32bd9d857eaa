import { isTaskFinal } from '../engine/lifecycle.ts';
import type { TaskRow } from './port.ts';

/**
 * For whom a task waits that people may do, as it is looked up in somebody's inbox: the passports that it is offered to, else the
 * parties that it is for, else whoever has the first capability that it asks for (`can:NAME`), else everybody (`*`). Whose help was
 * asked for finds it too. Null where it has never waited for anybody that way, as with all that agents do: then there are no rows to
 * take away either, since who may do a task does not change and calls for help stay in it.
 */
export function partiesOf(task: TaskRow): readonly string[] | null {
  if (!mayHaveWaited(task)) return null;
  if (isTaskFinal(task.status)) return [];
  const helpers = task.help.filter(({ answer }) => answer === null).map(({ from }) => from);
  const takers = isOpenToPeople(task) ? takersOf(task) : [];
  return [...new Set([...helpers, ...takers])];
}

const mayHaveWaited = ({ by, help }: TaskRow): boolean => by === 'human' || by === null || help.length > 0;

const isOpenToPeople = ({ by, assignee }: TaskRow): boolean =>
  assignee === null && (by === 'human' || by === null);

const takersOf = ({ status, offeredTo, from, requires }: TaskRow): readonly string[] => {
  if (offeredTo !== null) return offeredTo;
  if (status === 'created') return [];
  if (from.length > 0) return from;
  return requires.length > 0 ? [`can:${requires[0]}`] : [EVERYBODY];
};
const EVERYBODY = '*';
