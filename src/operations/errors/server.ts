import { entry } from './entry.ts';

/** Of the server and its database. */
export const SERVER_ERRORS = {
  stopping: entry(
    'unavailable',
    'The server is not ready',
    'It is starting or stopping: try again in a moment.',
  ),
  no_interface: entry(
    'unknown',
    'This server has no interface',
    'It works in the background. Ask one that was started with `--role api` or `all`.',
  ),
  streams_full: entry(
    'unavailable',
    'Too many event streams are open',
    'Close some, or read the events page by page without `Accept: text/event-stream`.',
  ),
  answers_unread: entry('unavailable', 'Answers are left unread', 'Read them, or close their connections.'),
  storage_unavailable: entry(
    'unavailable',
    'The database does not answer',
    'Look into the log of the server: disk full, no permission, or in use by another process. Nothing was changed.',
  ),
  storage_damaged: entry(
    'gone',
    'What is stored is not what was written',
    'Whoever runs the server sees in its log what is damaged, finds out more with `humanos ledger verify`, and restores it from a backup.',
  ),
  storage_full: entry(
    'unavailable',
    'The database has no room left',
    'Make room on the disk of the database; work goes on by itself. Nothing was changed: repeat it then, under the same idempotency key.',
  ),
  storage_read_only: entry(
    'unavailable',
    'The database cannot be written to',
    'Whoever runs the server finds out why (`humanos doctor`): its URL leads to a standby, or the database was made read-only. Nothing was changed: repeat it then, under the same idempotency key.',
  ),
  storage_outcome_unknown: entry(
    'unavailable',
    'It is not known whether it happened',
    'Repeat it under the same idempotency key, or read what is there first: the connection to the database was lost on the way.',
  ),
  internal: entry(
    'fault',
    'This should not have happened',
    'Repeat the request with the same idempotency key. If it happens again, report it with the `instance` that is named.',
  ),
} as const;
