import { isPostgres } from '../cli/addresses.ts';
import { Trouble, type MoveOptions, type MoveReport } from '../cli/index.ts';
import { StoreFault } from '../store/index.ts';
import { arriveAt } from '../store/postgres/index.ts';
import { departFrom } from '../store/sqlite/index.ts';
import { shownUrl, sqlitePath } from './open-store.ts';

const WHAT = 'Nothing was moved.';

/** Moves everything in a SQLite database to PostgreSQL. When it has arrived, the file is not written to any more. */
export async function moveDatabase({ from, to, signal, onProgress }: MoveOptions): Promise<MoveReport> {
  const path = sqlitePath(from);
  if (path === null || !isPostgres(to)) throw unsupported(from, to);
  const departure = depart(path);
  try {
    const status = await arriveAt(to, departure, { signal, onProgress });
    if (status !== 'interrupted') departure.seal();
    const { counts, next, treeSize } = departure;
    return { status, from: departure.name, to: shownUrl(to), rows: counts, entries: next, treeSize };
  } finally {
    departure.close();
  }
}

const unsupported = (from: string, to: string): Trouble =>
  new Trouble({
    what: WHAT,
    why: `Databases are moved from SQLite to PostgreSQL, and not from ${shownUrl(from)} to ${shownUrl(to)}.`,
    next: 'Give --from sqlite:FILE --to postgres://USER:PASSWORD@HOST/DATABASE.',
    code: 'move_unsupported',
    exit: 2,
  });

function depart(path: string): ReturnType<typeof departFrom> {
  try {
    return departFrom(path);
  } catch (fault) {
    if (!(fault instanceof StoreFault) || fault.code !== 'database_in_use') throw fault;
    throw new Trouble({
      what: WHAT,
      why: fault.message,
      next: 'Stop its server first: what it did meanwhile would be left behind.',
      code: fault.code,
      cause: fault,
    });
  }
}
