import { isTaskFinal } from '../../engine/lifecycle.ts';
import { PERFORMER_CODES, TASK_KIND_CODES, TASK_STATUS_CODES } from '../codes.ts';
import type { TaskRow } from '../port.ts';
import { nameOf, placeByUrgency } from '../rows.ts';
import { taskBody } from '../task-body.ts';

/** The parameters of PUT_TASK; `run` is the stream's number. */
export const writeTask = (run: number, task: TaskRow) =>
  [
    run,
    nameOf(task),
    isTaskFinal(task.status) ? 0 : 1,
    TASK_STATUS_CODES[task.status],
    PERFORMER_CODES[task.by ?? 'any'],
    task.priority,
    placeByUrgency(task),
    task.step,
    TASK_KIND_CODES[task.kind],
    task.assignee,
    task.token,
    task.leaseUntil,
    taskBody(task),
  ] as const;
