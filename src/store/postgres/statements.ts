import * as artifacts from './sql/artifacts.ts';
import * as clock from './sql/clock.ts';
import * as documents from './sql/documents.ts';
import * as entries from './sql/entries.ts';
import * as hints from './sql/hints.ts';
import * as holds from './sql/holds.ts';
import * as idempotency from './sql/idempotency.ts';
import * as outbox from './sql/outbox.ts';
import * as positions from './sql/positions.ts';
import * as retention from './sql/retention.ts';
import * as streams from './sql/streams.ts';
import * as tasks from './sql/tasks.ts';
import * as timers from './sql/timers.ts';
import * as tree from './sql/tree.ts';

const { RUN_COLUMNS: _run, ...ofStreams } = streams;
const { TASK_COLUMNS: _task, ...ofTasks } = tasks;
const { CHANNEL: _channel, LISTEN: _listen, ...ofHints } = hints;

/** Every statement but those that are composed of filters, by name. */
export const STATEMENTS: Readonly<Record<string, string>> = {
  ...artifacts,
  ...clock,
  ...documents,
  ...entries,
  ...ofHints,
  ...holds,
  ...idempotency,
  ...outbox,
  ...positions,
  ...retention,
  ...ofStreams,
  ...ofTasks,
  ...timers,
  ...tree,
};

/** Those that every connection keeps prepared. */
export const PREPARED: ReadonlySet<string> = new Set([
  ...Object.values(STATEMENTS),
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
]);
