import { databaseMoved, StoreFault } from '../fault.ts';
import { LEDGER_DOCUMENT, MOVED, MOVED_TABLES } from '../moving.ts';
import type { ColumnType, Departure, MovedRow, MovedTable, MoveProgress } from '../moving.ts';
import { readAddress } from './address.ts';
import { booleans, bytes, integers, longs, texts } from './binary.ts';
import { Database } from './database.ts';
import { faultOf } from './faults.ts';
import { migrate } from './migrate.ts';
import { explained } from './open.ts';
import type { Step } from './pipeline.ts';
import type { Session } from './session.ts';
import { FIND_DOCUMENT } from './sql/documents.ts';
import * as moving from './sql/moving.ts';
import { LOCK_SEQUENCER } from './sql/positions.ts';

export interface ArrivalOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MoveProgress) => void;
}
/** `before`: the ledger is there already, as far as it goes here or further. */
export type Arrived = 'moved' | 'before' | 'interrupted';

/** Rows, and bytes of them, that are sent at once. */
const MOST_ROWS = 1_000;
const MOST_BYTES = 4 * 1024 * 1024;
/** Entries that one row of `log` places: whoever looks for one reads them all. */
const MOST_PLACED = 100;

/**
 * Takes everything that departs into the database at a URL, which has to be empty.
 *
 * MOVE-1  It is one transaction: whatever ends it early, nothing has arrived, and it can be started again.
 * MOVE-2  Entries keep their positions, and rows their numbers: so the tree, its checkpoints and the order of lists are what they were.
 * MOVE-3  Who starts to work on the database meanwhile waits: positions are locked, and what every server needs first is written first.
 * MOVE-4  What has been moved is found where it was moved to, and is moved nowhere else: its ledger goes on in one place.
 * @throws StoreFault `database_not_empty`, `database_moved`, and what opening a database throws
 */
export async function arriveAt(url: string, departure: Departure, options: ArrivalOptions): Promise<Arrived> {
  const database = new Database(readAddress(url), { texts: new Set(), connections: 1, writes: true });
  const session = await database.connect();
  try {
    await migrate(session, database.shown).catch((fault: unknown) => {
      throw explained(fault, database.shown);
    });
    return await arrive(session, database.shown, departure, options);
  } catch (fault) {
    throw repeatable(fault, database.shown);
  } finally {
    session.destroy();
  }
}

async function arrive(
  session: Session,
  shown: string,
  departure: Departure,
  { signal, onProgress }: ArrivalOptions,
): Promise<Arrived> {
  if (!(await isNew(session, shown, departure))) return 'before';
  for (const table of MOVED_TABLES) {
    const of = departure.counts[table];
    let moved = 0;
    for (const rows of batches(departure.rows(table))) {
      if (signal.aborted) return 'interrupted';
      await session.run(stepsOf(table, rows));
      moved += rows.length;
      onProgress({ table, moved, of });
    }
    if (moved !== of) throw new Error(`${moved} of ${of} rows of ${table} were read`);
  }
  await finish(session, departure);
  return 'moved';
}

/** Begins, and holds the positions until the end. False where it has all arrived before. */
async function isNew(
  session: Session,
  shown: string,
  { name, isMoved, ledger, next }: Departure,
): Promise<boolean> {
  const [, lock, empty, known] = await session.run([
    { sql: 'BEGIN' },
    { sql: LOCK_SEQUENCER },
    { sql: moving.IS_EMPTY },
    { sql: FIND_DOCUMENT, values: [LEDGER_DOCUMENT.kind, LEDGER_DOCUMENT.id] },
  ]);
  const isSame = ledger !== null && known?.rows[0]?.['body'] === ledger;
  if (isSame && Number(lock?.rows[0]?.['next']) >= next) return false;
  if (isMoved) throw databaseMoved(name, WHERE_IT_IS);
  if (empty?.rows[0]?.['empty'] === true) return true;
  throw new StoreFault(
    'database_not_empty',
    `The database ${shown} is in use already: it holds something else than what is in ${name}.`,
    'Name an empty database, or an empty schema with ?options=-csearch_path%3DNAME at the end of the URL.',
  );
}

const WHERE_IT_IS =
  'Name the database that it was moved to. If nothing has been done there yet, and it is to go elsewhere, empty that and unmark the file: docs/guides/moving.md says how.';

async function finish(session: Session, { next, treeSize, numbers }: Departure): Promise<void> {
  await session.run([
    { sql: moving.SET_NEXT_POSITION, values: [next] },
    { sql: moving.SET_TREE_SIZE, values: [treeSize] },
    { sql: moving.COUNT_MOVED_RUNS },
    { sql: moving.SET_NUMBER, values: ['streams', 'number', numbers.streams] },
    { sql: moving.SET_NUMBER, values: ['tasks', 'number', numbers.tasks] },
    { sql: moving.SET_NUMBER, values: ['outbox', 'id', numbers.outbox] },
  ]);
  await session.script([...MOVED_TABLES, 'log'].map((table) => `ANALYZE ${table}`).join('; '));
  await session.run([{ sql: 'COMMIT' }]);
}

function* batches(rows: Iterable<MovedRow>): Iterable<readonly MovedRow[]> {
  let [batch, size]: [MovedRow[], number] = [[], 0];
  for (const row of rows) {
    batch.push(row);
    for (const value of Object.values(row))
      size += typeof value === 'number' || value === null ? 8 : value.length;
    if (batch.length < MOST_ROWS && size < MOST_BYTES) continue;
    yield batch;
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

function stepsOf(table: MovedTable, rows: readonly MovedRow[]): Step[] {
  if (table !== 'entries') return [insertion(table, MOVED[table], rows)];
  const { position: _, ...columns } = MOVED.entries;
  return [insertion(table, columns, rows), placing(rows as unknown as readonly PlacedEntry[])];
}

function insertion(
  table: MovedTable,
  columns: Readonly<Record<string, ColumnType>>,
  rows: readonly MovedRow[],
): Step {
  const names = Object.keys(columns)
    .map((name) => `"${name}"`)
    .join(', ');
  const arrays = Object.values(columns).map((type, at) => `$${at + 1}::${ARRAYS[type]}`);
  return {
    sql: `INSERT INTO ${table} (${names}) SELECT ${names} FROM unnest(${arrays.join(', ')}) AS given (${names})`,
    values: Object.entries(columns).map(([name, type]) =>
      encode(
        type,
        rows.map((row) => row[name] ?? null),
      ),
    ),
  };
}

const ARRAYS = {
  text: 'text[]',
  integer: 'int4[]',
  long: 'int8[]',
  boolean: 'bool[]',
  bytes: 'bytea[]',
} as const;

function encode(type: ColumnType, values: readonly MovedRow[string][]): Buffer {
  switch (type) {
    case 'text':
      return texts(values as (string | null)[]);
    case 'integer':
      return integers(values as (number | null)[]);
    case 'long':
      return longs(values as (number | null)[]);
    case 'boolean':
      return booleans(values.map((value) => value === 1));
    case 'bytes':
      return bytes(values as (Uint8Array | null)[]);
  }
}

interface PlacedEntry {
  readonly position: number;
  readonly run: string;
  readonly sequence: number;
}

/** Neighbours of one stream are placed together. */
function placing(entries: readonly PlacedEntry[]): Step {
  const placed: (PlacedEntry & { count: number })[] = [];
  for (const { position, run, sequence } of entries) {
    const last = placed.at(-1);
    if (last?.run === run && last.position + last.count === position && last.count < MOST_PLACED)
      last.count += 1;
    else placed.push({ position, run, sequence, count: 1 });
  }
  return {
    sql: moving.PLACE_ENTRIES,
    values: [
      longs(placed.map(({ position }) => position)),
      texts(placed.map(({ run }) => run)),
      longs(placed.map(({ sequence }) => sequence)),
      longs(placed.map(({ count }) => count)),
    ],
  };
}

/** What went wrong, and that it can be done again. */
function repeatable(fault: unknown, shown: string): StoreFault {
  if (fault instanceof StoreFault) return fault;
  const { code, message, remediation } = faultOf(fault, shown, true);
  const again =
    'Nothing is there until all of it is: start the same command again, and it says what has become of it.';
  return new StoreFault(code, message, `${remediation} ${again}`, fault);
}
