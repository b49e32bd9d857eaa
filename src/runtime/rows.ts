import type { JsonObject } from '../definition/index.ts';
import {
  givesOut,
  holdOf,
  totalUsage,
  type Failure,
  type Hold,
  type OpenTasks,
  type RunState,
  type RunStatus,
  type RunUsage,
  type Task,
} from '../engine/index.ts';
import type { Held, RunRow, TaskRow } from '../store/index.ts';

/**
 * What a run's row holds beside its columns: enough for lists and verdicts without the run's state. Counts and usage are those of
 * the moment in which the row was last written (see `shownOf`).
 */
export interface RunSummary {
  readonly failure: Failure | null;
  readonly open: OpenTasks;
  readonly usage: RunUsage;
  readonly digest: string;
  /** Absent from rows that an earlier release has written. */
  readonly accountable?: string | null;
  /** Left out where there is none. */
  readonly hold?: Hold;
}

export const runRow = (state: RunState): RunRow => ({
  id: state.run,
  definition: state.definition.id,
  definitionVersion: state.definition.version,
  status: state.status,
  sequence: state.sequence,
  priority: state.priority,
  startedBy: state.startedBy,
  parent: state.parent?.run ?? null,
  createdAt: state.createdAt,
  updatedAt: state.updatedAt,
  endedAt: state.endedAt,
  summary: {
    failure: state.failure,
    open: { ...state.open },
    usage: totalUsage(state),
    digest: state.definition.digest,
    accountable: state.accountable,
    ...holdIn(state),
  } as unknown as JsonObject,
});

/** Of a run that is under way, or waits for its start, lists read the state; of every other they show the row as it is. */
export const isListedByState = (status: RunStatus): boolean =>
  givesOut(status) || status === 'pending_approval';

/**
 * What lists find a run by. While this stays the same the row is not written again: a step that follows another costs no row of the
 * run. Where lists show the row as it is, it is written with every change.
 */
export const shownOf = (state: RunState): string => {
  const { status, failure, open, sequence } = state;
  if (!isListedByState(status)) return `${status} ${sequence}`;
  const counts = [open.approvals, open.people, open.working, open.unassigned].map(isSome);
  const hold = holdOf(state);
  return [status, failure?.code, ...counts, hold && (hold.alone ? 'both' : 'parent')].join();
};

const isSome = (count: number): boolean => count > 0;

const holdIn = (state: RunState): Pick<RunSummary, 'hold'> => {
  const hold = holdOf(state);
  return hold ? { hold } : {};
};

export const summaryOf = (row: RunRow): RunSummary => row.summary as unknown as RunSummary;

/** The task as it is now: rows outlive the state they come from, which goes on changing in place. */
export const taskRow = (task: Task, held: Held): TaskRow => ({ ...task, ...held });
