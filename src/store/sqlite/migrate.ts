import type { Database } from 'better-sqlite3';
import { databaseMoved, StoreFault } from '../fault.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** In the file's header: a HumanOS database, and at which migration. */
const APPLICATION_ID = 0x48754f53;
/** In its place: everything has been moved to another database. */
const MOVED_ID = 0x48754f4d;

export const LATEST_VERSION = MIGRATIONS.length;

/**
 * Takes an empty or older database to the latest version, each migration in a transaction of its own.
 * @throws StoreFault `not_a_humanos_database` or `database_too_new`
 */
export function migrate(db: Database, path: string, migrations: readonly string[] = MIGRATIONS): void {
  const version = readVersion(db, path);
  refuseNewer(version, migrations.length, path);
  if (isMoved(db)) throw moved(path);
  for (const [at, sql] of migrations.entries()) {
    if (at < version) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${at + 1}`);
    }).immediate();
  }
}

export const isMoved = (db: Database): boolean => db.pragma('application_id', { simple: true }) === MOVED_ID;

/** Nobody writes to it from now on. */
export const markMoved = (db: Database): void => void db.pragma(`application_id = ${MOVED_ID}`);

const moved = (path: string): StoreFault =>
  databaseMoved(path, 'Name the database that it was moved to (HUMANOS_DATABASE_URL).');

/**
 * For readers, which cannot migrate.
 * @throws StoreFault `not_a_humanos_database`, `database_too_new` or `database_too_old`
 */
export function requireLatest(db: Database, path: string): void {
  const version = readVersion(db, path);
  refuseNewer(version, LATEST_VERSION, path);
  if (version === LATEST_VERSION) return;
  throw new StoreFault(
    'database_too_old',
    `The database ${path} has schema version ${version}; this release of HumanOS reads version ${LATEST_VERSION}.`,
    'Start the server of this release on it once, which migrates it.',
  );
}

function refuseNewer(version: number, latest: number, path: string): void {
  if (version <= latest) return;
  throw new StoreFault(
    'database_too_new',
    `The database ${path} has schema version ${version}; this release of HumanOS knows versions up to ${latest}. ` +
      'A newer release has written to it, and an older one could damage what it does not understand.',
    'Use the release that wrote it or a newer one, or restore a backup that was made before the upgrade.',
  );
}

/** 0 for a database without anything in it. */
function readVersion(db: Database, path: string): number {
  try {
    const application = db.pragma('application_id', { simple: true });
    const version = Number(db.pragma('user_version', { simple: true }));
    if (application === APPLICATION_ID || application === MOVED_ID) return version;
    const empty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (empty && application === 0 && version === 0) return 0;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_NOTADB') throw error;
  }
  throw new StoreFault(
    'not_a_humanos_database',
    `${path} is not a HumanOS database: it holds something else, and HumanOS does not write into it.`,
    'Check the path in HUMANOS_DATABASE_URL; name a file that does not exist yet to begin a new database.',
  );
}
