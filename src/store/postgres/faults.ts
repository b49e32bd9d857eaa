import { DatabaseError } from 'pg';
import { StoreFault, storeFull } from '../fault.ts';

/**
 * What a failure of PostgreSQL means here:
 * - `taken`: a key is used, or a stream has moved; the transaction was rolled back
 * - `again`: rolled back because of another transaction; the same may succeed now
 * - `unprepared`: a pooler that does not keep prepared statements
 * - `standby`: this server cannot be written to any more
 * - `lost`: the connection, and with it the answer
 * - `full`: the disk of the server; rolled back
 * - `unfit`: a value that it does not take, which is a mistake of ours; rolled back
 * - `failed`: everything else; rolled back
 */
export type Failure = 'taken' | 'again' | 'unprepared' | 'standby' | 'lost' | 'full' | 'unfit' | 'failed';

const MEANINGS: Readonly<Record<string, Failure>> = {
  '23505': 'taken',
  '23514': 'taken',
  // A premise that does not hold: see REQUIRE_MESSAGES.
  '22012': 'taken',
  '40001': 'again',
  '40P01': 'again',
  '26000': 'unprepared',
  '42P05': 'unprepared',
  '25006': 'standby',
  '53100': 'full',
  // NUL in a text; a text that is no number; a number that is too large.
  '22021': 'unfit',
  '22P02': 'unfit',
  '22003': 'unfit',
  // The outcome of a transaction is not known.
  '08007': 'lost',
  '40003': 'lost',
};

export function failureOf(error: unknown): Failure {
  if (!(error instanceof DatabaseError) || error.severity === 'FATAL' || error.severity === 'PANIC')
    return 'lost';
  return MEANINGS[error.code ?? ''] ?? 'failed';
}

/** That a statement failed. `writes` says whether something may have been written when the connection was lost. */
export function faultOf(error: unknown, shown: string, writes: boolean): StoreFault {
  if (error instanceof StoreFault) return error;
  const said = wordsOf(error);
  const failure = failureOf(error);
  if (failure === 'lost' && writes) {
    return new StoreFault(
      'outcome_unknown',
      `The connection to ${shown} was lost while something was being written: ${said}. It may have been applied, or not.`,
      'Read again what is there before repeating it.',
      error,
    );
  }
  if (failure === 'full') return storeFull(shown, said, error);
  if (failure === 'unfit') {
    return new StoreFault(
      'invalid_change',
      `PostgreSQL does not take a value that was to go to ${shown}: ${said}.`,
      'This is a mistake in HumanOS: report it. Nothing of what failed was applied.',
      error,
    );
  }
  const next = remedyOf(error) ?? 'Check the server and its log.';
  const rest =
    failure === 'lost' ? 'Connections are made anew by themselves.' : 'Nothing of what failed was applied.';
  return new StoreFault(
    'database_failed',
    `PostgreSQL could not work on ${shown}: ${said}.`,
    `${next} ${rest}`,
    error,
  );
}

const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'Check user and password in HUMANOS_DATABASE_URL.',
  '28000': 'Check user and password in HUMANOS_DATABASE_URL, and what pg_hba.conf on the server allows.',
  '3D000': 'Create the database first (CREATE DATABASE), or name another in HUMANOS_DATABASE_URL.',
  '42501':
    'Give the user of HUMANOS_DATABASE_URL the right to connect, to create tables in its schema, and to read and write those that are there: best let it own them.',
  '53300': 'Raise max_connections on the server, or put a pooler in front of it.',
};

/** That no connection could be made: nothing has been done. */
export function unavailable(error: unknown, shown: string): StoreFault {
  return new StoreFault(
    'database_unavailable',
    `The database ${shown} cannot be reached: ${wordsOf(error)}.`,
    remedyOf(error) ?? 'Check that the server runs, and host, port and TLS in HUMANOS_DATABASE_URL.',
    error,
  );
}

/** Of several hosts, for the first that there is one for. A password that the URL lacks is missed on this side, without a code. */
function remedyOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(remedyOf).find((remedy) => remedy);
  const { code, message } = error as { code?: unknown; message?: unknown };
  return REFUSALS[String(message).startsWith('SASL:') ? '28P01' : String(code)];
}

/** That there is a connection, and nothing can be written by it: nothing has been done. */
export const onlyReadable = (shown: string, error?: unknown): StoreFault =>
  new StoreFault(
    'database_read_only',
    `The database ${shown} can only be read: it is a standby, or was made read-only.`,
    'Name in HUMANOS_DATABASE_URL the host that can be written to, or all of them; where it should be this one, look at default_transaction_read_only, which is also set where a disk is full.',
    error,
  );

/** Several hosts, and several addresses of one name, fail together, with an empty message. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  return error instanceof DatabaseError && error.code ? `${error.message} (${error.code})` : error.message;
}
