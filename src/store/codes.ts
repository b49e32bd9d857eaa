import type { RunStatus, TaskStatus } from '../engine/lifecycle.ts';
import type { TaskKind } from '../engine/event.ts';
import type { TaskRow } from './port.ts';

/**
 * Words that rows repeat are stored as numbers: a word costs ten times as much to bind, and stands in several indexes.
 * A released number is never given another meaning.
 */
export const RUN_STATUS_CODES = {
  pending_approval: 0,
  running: 1,
  paused: 2,
  stopped: 3,
  closing: 4,
  completed: 10,
  failed: 11,
  rejected: 12,
  cancelled: 13,
} as const satisfies Record<RunStatus, number>;

/** The index `tasks_unfinished` rests on this: whatever ended otherwise than completed is above `completed`. */
export const TASK_STATUS_CODES = {
  created: 0,
  ready: 1,
  reserved: 2,
  in_progress: 3,
  suspended: 4,
  completed: 10,
  failed: 11,
  exited: 12,
  obsolete: 13,
} as const satisfies Record<TaskStatus, number>;

export type Performer = NonNullable<TaskRow['by']> | 'any';
export const PERFORMER_CODES = { any: 0, agent: 1, human: 2, system: 3 } as const satisfies Record<
  Performer,
  number
>;

export const TASK_KIND_CODES = {
  task: 0,
  approval: 1,
  record: 2,
  verification: 3,
  escalation: 4,
} as const satisfies Record<TaskKind, number>;

/** The words by their codes. */
export const wordsOf = <Word extends string>(
  codes: Readonly<Record<Word, number>>,
): ReadonlyMap<number, Word> =>
  new Map(Object.entries<number>(codes).map(([word, code]) => [code, word as Word]));
