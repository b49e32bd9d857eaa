import { entry } from './entry.ts';

/** Of what has left the database for files. */
export const ARCHIVE_ERRORS = {
  run_archived: entry(
    'gone',
    'The run has ended long ago and is archived',
    'Look it up in the file that is named (`file`); `humanos ledger verify --file` says whether it is as it was written.',
  ),
  entry_archived: entry(
    'gone',
    'The entry is archived with its run',
    'Look it up in the file that is named (`file`); the ledger holds its hash, and proofs of it can be made from the file.',
  ),
} as const;
