import { StoreFault } from '../fault.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Session } from './session.ts';

export const LATEST_VERSION = MIGRATIONS.length;

/** Of another node that migrates at the same moment: somebody made the table first, or the transactions got in each other's way. */
const OVERTAKEN: readonly unknown[] = ['23505', '42P07', '40001', '40P01'];
const ATTEMPTS = 20;

const TABLES = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`;
const VERSION = `SELECT version FROM humanos_schema WHERE id = 1`;
/** One row, whose lock is that of the one who migrates. */
const MAKE_VERSION = `
  CREATE TABLE humanos_schema (id integer NOT NULL CHECK (id = 1), version integer NOT NULL, PRIMARY KEY (id));
  INSERT INTO humanos_schema (id, version) VALUES (1, 0);`;

/**
 * Takes an empty or older database to the latest version, each migration in a transaction of its own. Several nodes may do so at the
 * same moment: each migration is carried out once.
 * @throws StoreFault `not_a_humanos_database` or `database_too_new`
 */
export async function migrate(
  session: Session,
  shown: string,
  migrations: readonly string[] = MIGRATIONS,
): Promise<void> {
  let attempts = 0;
  for (let version = await readVersion(session, shown); ;) {
    refuseNewer(version, migrations.length, shown);
    if (version === migrations.length) return;
    try {
      version = await step(session, version, migrations);
    } catch (fault) {
      await session.script('ROLLBACK');
      attempts += 1;
      if (attempts > ATTEMPTS || !OVERTAKEN.includes((fault as { code?: unknown }).code)) throw fault;
      version = await readVersion(session, shown);
    }
  }
}

/** One migration, or none when another node has just carried it out; the version after it. */
async function step(session: Session, seen: number | null, migrations: readonly string[]): Promise<number> {
  await session.script('BEGIN');
  if (seen === null) await session.script(MAKE_VERSION);
  const version = await ask<number>(session, `${VERSION} FOR UPDATE`, 'version');
  const sql = version === undefined ? undefined : migrations[version];
  if (version === undefined || sql === undefined || version !== (seen ?? 0)) {
    await session.script('ROLLBACK');
    return version ?? 0;
  }
  await session.script(sql);
  await session.script(`UPDATE humanos_schema SET version = ${version + 1} WHERE id = 1`);
  await session.script('COMMIT');
  return version + 1;
}

/**
 * For readers, which cannot migrate.
 * @throws StoreFault `not_a_humanos_database`, `database_too_new` or `database_too_old`
 */
export async function requireLatest(session: Session, shown: string): Promise<void> {
  const version = await readVersion(session, shown);
  refuseNewer(version, LATEST_VERSION, shown);
  if (version === LATEST_VERSION) return;
  throw new StoreFault(
    'database_too_old',
    `The database ${shown} has schema version ${version ?? 0}; this release of HumanOS reads version ${LATEST_VERSION}.`,
    'Start the server of this release on it once, which migrates it.',
  );
}

/** Null for a schema without anything in it. @throws StoreFault `not_a_humanos_database` */
export async function readVersion(session: Session, shown: string): Promise<number | null> {
  const [answer] = await session.run([{ sql: TABLES }]);
  const tables = answer?.rows ?? [];
  if (tables.some(({ name }) => name === 'humanos_schema'))
    return (await ask<number>(session, VERSION, 'version')) ?? 0;
  if (tables.length === 0) return null;
  throw new StoreFault(
    'not_a_humanos_database',
    `${shown} is not a HumanOS database: its schema holds other tables, and HumanOS does not write among them.`,
    'Name an empty database, or an empty schema with ?options=-csearch_path%3DNAME at the end of the URL.',
  );
}

function refuseNewer(version: number | null, latest: number, shown: string): void {
  if ((version ?? 0) <= latest) return;
  throw new StoreFault(
    'database_too_new',
    `The database ${shown} has schema version ${version}; this release of HumanOS knows versions up to ${latest}. ` +
      'A newer release has written to it, and an older one could damage what it does not understand.',
    'Use the release that wrote it or a newer one, or restore a backup that was made before the upgrade.',
  );
}

const ask = async <Value>(session: Session, sql: string, column: string): Promise<Value | undefined> =>
  (await session.run([{ sql }]))[0]?.rows[0]?.[column] as Value | undefined;
