import type { StoreFaultCode } from '../store/index.ts';

interface StorageFault {
  readonly title: string;
  readonly remediation: string;
}

/** Why a database cannot be used, or not as asked. Servers and commands end with these; a request gets what `refusalOf` makes of them. */
export const STORAGE_FAULTS: Readonly<Record<StoreFaultCode, StorageFault>> = {
  database_in_use: {
    title: 'Another server has the database open',
    remediation:
      'Stop that server, or name another database (`HUMANOS_DATABASE_URL`). For several servers on one database use PostgreSQL.',
  },
  database_too_new: {
    title: 'The schema of the database is too new for this release',
    remediation:
      'Use the release that wrote it or a newer one, or restore a backup that was made before the upgrade.',
  },
  database_too_old: {
    title: 'The database has the schema of an earlier release',
    remediation: 'Run `humanos migrate`, or start the server of this release on it once; both migrate it.',
  },
  database_moved: {
    title: 'The database was moved to another one',
    remediation: 'Name the database that it was moved to (`HUMANOS_DATABASE_URL`).',
  },
  database_not_empty: {
    title: 'The database that is to be filled holds something already',
    remediation:
      'Name an empty database, or an empty schema with `?options=-csearch_path%3DNAME` at the end of the URL.',
  },
  database_not_utf8: {
    title: 'The encoding of the database cannot hold every text',
    remediation:
      "Create it with `ENCODING 'UTF8'` (and `TEMPLATE template0`). What is in it can be dumped (`pg_dump`), and restored into that.",
  },
  database_read_only: {
    title: 'The database can only be read',
    remediation:
      'It is a standby, or was made read-only (`default_transaction_read_only`), as where its disk is full. Name the host that can be written to in `HUMANOS_DATABASE_URL`, or all of them. Nothing of what failed was applied; work goes on by itself.',
  },
  database_unavailable: {
    title: 'The database cannot be reached or opened',
    remediation:
      'Of a file: check that its folder exists and that this user may read and write it. Of PostgreSQL: check that it runs, and host, port, user and TLS in the URL. `humanos doctor` says which.',
  },
  database_failed: {
    title: 'The database failed while it was used',
    remediation:
      'Look at space, permissions and errors of its disk. Nothing of what failed was applied; try again.',
  },
  database_damaged: {
    title: 'The database does not hold what was written to it',
    remediation:
      'See what else is damaged (`humanos ledger verify`), and restore the database from a backup. Archive nothing before.',
  },
  database_full: {
    title: 'The database has no room left',
    remediation:
      'Make room on the disk that holds it, or enlarge it. Nothing of what failed was applied; work goes on by itself.',
  },
  outcome_unknown: {
    title: 'The connection was lost while a commit was under way',
    remediation: 'Read again what is there before repeating it, or repeat it under the same idempotency key.',
  },
  not_a_humanos_database: {
    title: 'The database holds something else',
    remediation: 'Check the path or the URL; name a database that is empty, or does not exist yet.',
  },
  read_only: {
    title: 'The database was opened for reading only',
    remediation: 'Write through the server that has it open.',
  },
  store_closed: {
    title: 'The database was asked after it had been closed',
    remediation:
      'Start the server again. If it has not been stopped, this is a mistake in HumanOS: report it.',
  },
  invalid_cursor: {
    title: 'The cursor is not one of this list',
    remediation: 'Begin again without a cursor.',
  },
  invalid_change: {
    title: 'A change contradicts itself',
    remediation: 'This is a mistake in HumanOS: report it, with what the log says.',
  },
};
