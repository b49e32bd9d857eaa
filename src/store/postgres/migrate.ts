import { StoreFault } from '../fault.ts';
import { MIGRATIONS, type Migration } from './migrations/index.ts';
import type { Session } from './session.ts';

export const LATEST_VERSION = MIGRATIONS.length;

/** Of another node that migrates at the same moment: somebody made the table first, or the transactions got in each other's way. */
const OVERTAKEN: readonly unknown[] = ['23505', '42P07', '40001', '40P01'];
const ATTEMPTS = 20;

/** Also those that the user has no right to. Views are not counted: extensions leave theirs in databases that are empty. */
const TABLES = `
  SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')`;
/** Null where there is none, or none that the user may use. */
const PLACE = `SELECT current_schema() AS schema`;
const ENCODING = `SELECT current_setting('server_encoding') AS encoding`;
/** Of no encoding: what comes is kept as it comes, which is in UTF-8. */
const KEEPS_BYTES = 'SQL_ASCII';
const VERSION = `SELECT version, least FROM humanos_schema WHERE id = 1`;
/** One row, whose lock is that of the one who migrates. */
const MAKE_VERSION = `
  CREATE TABLE humanos_schema (
    id integer NOT NULL CHECK (id = 1), version integer NOT NULL, least integer NOT NULL, PRIMARY KEY (id));
  INSERT INTO humanos_schema (id, version, least) VALUES (1, 0, 0);`;

/** What a database says of its schema. */
interface Schema {
  readonly version: number;
  /** The oldest version that a release may know and work on it. */
  readonly least: number;
}

/**
 * Takes an empty or older database to the latest version, each migration in a transaction of its own. Several nodes may do so at the
 * same moment: each migration is carried out once. A newer database is left as it is.
 * @throws StoreFault `not_a_humanos_database`, `database_not_utf8`, or `database_too_new` where it declares that this release cannot
 *   work on it
 */
export async function migrate(
  session: Session,
  shown: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await requireUtf8(session, shown);
  let attempts = 0;
  for (let schema = await readSchema(session, shown); ;) {
    refuseIncompatible(schema, migrations.length, shown);
    if (schema && schema.version >= migrations.length) return;
    try {
      schema = await step(session, schema, migrations);
    } catch (fault) {
      await session.script('ROLLBACK');
      attempts += 1;
      if (attempts > ATTEMPTS || !OVERTAKEN.includes((fault as { code?: unknown }).code)) throw fault;
      schema = await readSchema(session, shown);
    }
  }
}

/** One migration, or none when another node has just carried it out; the schema after it. */
async function step(
  session: Session,
  seen: Schema | null,
  migrations: readonly Migration[],
): Promise<Schema | null> {
  await session.script('BEGIN');
  if (seen === null) await session.script(MAKE_VERSION);
  const schema = await ask(session, `${VERSION} FOR UPDATE`);
  const migration = schema && migrations[schema.version];
  if (!migration || schema.version !== (seen?.version ?? 0)) {
    await session.script('ROLLBACK');
    return schema;
  }
  const after = { version: schema.version + 1, least: migration.least ?? schema.least };
  await session.script(dialectOf(await serverOf(session), migration.sql));
  await session.script(
    `UPDATE humanos_schema SET version = ${after.version}, least = ${after.least} WHERE id = 1`,
  );
  await session.script('COMMIT');
  return after;
}

/** CockroachDB orders text by its bytes as it is, and refuses a column that says so. */
export const dialectOf = (server: string, sql: string): string =>
  server.startsWith('CockroachDB') ? sql.replaceAll(' COLLATE "C"', '') : sql;

const serverOf = async (session: Session): Promise<string> =>
  String((await session.run([{ sql: 'SELECT version()' }]))[0]?.rows[0]?.['version']);

/**
 * For readers, which cannot migrate.
 * @throws StoreFault `not_a_humanos_database`, `database_too_new` or `database_too_old`
 */
export async function requireReadable(session: Session, shown: string): Promise<void> {
  const schema = await readSchema(session, shown);
  refuseIncompatible(schema, LATEST_VERSION, shown);
  if (schema && schema.version >= LATEST_VERSION) return;
  throw new StoreFault(
    'database_too_old',
    `The database ${shown} has schema version ${schema?.version ?? 0}; this release of HumanOS reads version ${LATEST_VERSION}.`,
    'Start the server of this release on it once, which migrates it.',
  );
}

/**
 * What `migrate` would begin with, for who only asks.
 * @throws StoreFault as `migrate`
 */
export async function requireCompatible(session: Session, shown: string): Promise<Schema | null> {
  await requireUtf8(session, shown);
  const schema = await readSchema(session, shown);
  refuseIncompatible(schema, LATEST_VERSION, shown);
  return schema;
}

/** Names and texts may be in any script: a database that lacks it would refuse what names it for ever. @throws StoreFault `database_not_utf8` */
async function requireUtf8(session: Session, shown: string): Promise<void> {
  const [answer] = await session.run([{ sql: ENCODING }]);
  const encoding = String(answer?.rows[0]?.['encoding']);
  if (encoding === 'UTF8' || encoding === KEEPS_BYTES) return;
  throw new StoreFault(
    'database_not_utf8',
    `The database ${shown} has the encoding ${encoding}, which cannot hold every text as it is.`,
    "Create it with ENCODING 'UTF8' (and TEMPLATE template0); what is in it can be dumped, and restored into that.",
  );
}

/** Null for a schema without anything in it. @throws StoreFault `not_a_humanos_database`, `database_unavailable` without a schema */
async function readSchema(session: Session, shown: string): Promise<Schema | null> {
  const [place, answer] = await session.run([{ sql: PLACE }, { sql: TABLES }]);
  if (place?.rows[0]?.['schema'] === null) throw noSchema(shown);
  const tables = answer?.rows ?? [];
  if (tables.some(({ name }) => name === 'humanos_schema')) return ask(session, VERSION);
  if (tables.length === 0) return null;
  throw new StoreFault(
    'not_a_humanos_database',
    `${shown} is not a HumanOS database: its schema holds other tables, and HumanOS does not write among them.`,
    'Name an empty database, or an empty schema with ?options=-csearch_path%3DNAME at the end of the URL.',
  );
}

const noSchema = (shown: string): StoreFault =>
  new StoreFault(
    'database_unavailable',
    `The database ${shown} has no schema that this user may use.`,
    'Create the one that search_path names, or give the user of HUMANOS_DATABASE_URL the right to use it (GRANT USAGE, CREATE ON SCHEMA).',
  );

function refuseIncompatible(schema: Schema | null, known: number, shown: string): void {
  if (!schema || schema.least <= known) return;
  throw new StoreFault(
    'database_too_new',
    `The database ${shown} has schema version ${schema.version}, on which a release must know version ${schema.least}; this release of ` +
      `HumanOS knows versions up to ${known}. A newer release has changed what an older one could damage.`,
    'Use the release that wrote it or a newer one, or restore a backup that was made before the upgrade.',
  );
}

const ask = async (session: Session, sql: string): Promise<Schema | null> =>
  ((await session.run([{ sql }]))[0]?.rows[0] as Schema | undefined) ?? null;
