import type { JsonObject } from '../definition/index.ts';
import {
  totalUsage,
  type Failure,
  type OpenTasks,
  type RunState,
  type RunUsage,
  type Task,
} from '../engine/index.ts';
import type { RunRow, TaskRow } from '../store/index.ts';

/** What a run's row holds beside its columns: enough for lists and verdicts without the run's state. */
export interface RunSummary {
  readonly failure: Failure | null;
  readonly open: OpenTasks;
  readonly usage: RunUsage;
  readonly digest: string;
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
  } as unknown as JsonObject,
});

export const summaryOf = (row: RunRow): RunSummary => row.summary as unknown as RunSummary;

/** The task as it is now: rows outlive the state they come from, which goes on changing in place. */
export const taskRow = (task: Task, leaseUntil: number | null): TaskRow => ({ ...task, leaseUntil });
