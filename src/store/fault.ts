export type StoreFaultCode =
  | 'database_in_use'
  | 'database_moved'
  | 'database_not_empty'
  | 'database_not_utf8'
  | 'database_read_only'
  | 'database_too_new'
  | 'database_too_old'
  | 'database_unavailable'
  | 'database_damaged'
  | 'database_failed'
  | 'database_full'
  | 'outcome_unknown'
  | 'not_a_humanos_database'
  | 'read_only'
  | 'store_closed'
  | 'invalid_cursor'
  | 'invalid_change';

/**
 * What storage throws, or rejects its promises with: never a business refusal. `code` is stable, `message` says what happened and
 * why, `remediation` what to do about it.
 */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  readonly code: StoreFaultCode;
  readonly remediation: string;

  constructor(code: StoreFaultCode, message: string, remediation: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remediation = remediation;
  }
}

/** That there is no room for what was to be written; nothing of it has been applied. */
export const storeFull = (shown: string, said: string, cause: unknown): StoreFault =>
  new StoreFault(
    'database_full',
    `There is no room left for the database ${shown}: ${said}.`,
    'Make room on the disk that holds it, or enlarge it. Nothing of what failed was applied; work goes on by itself.',
    cause,
  );

/** That something is not there, or not as it was written. `what`: a sentence. */
export const damaged = (what: string, cause?: unknown): StoreFault =>
  new StoreFault(
    'database_damaged',
    what,
    'See what else is damaged (humanos ledger verify), and restore the database from a backup. Archive nothing before.',
    cause,
  );

/** Of a file that is marked as moved. */
export const databaseMoved = (file: string, remediation: string): StoreFault =>
  new StoreFault(
    'database_moved',
    `Everything in ${file} has been moved to another database, where its ledger goes on. It can be read, and not worked on.`,
    remediation,
  );

export const storeClosed = (): StoreFault =>
  new StoreFault(
    'store_closed',
    'The store has been closed.',
    'Open it again; nothing may be asked of it after close().',
  );
