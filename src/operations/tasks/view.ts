import type { TaskRules } from '../../definition/index.ts';
import type { Task } from '../../engine/index.ts';
import type { Receipt, Runtime } from '../../runtime/index.ts';
import type { TaskRow } from '../../store/index.ts';
import type { TaskView } from '../schema/views.ts';

export const taskView = (
  {
    routed: _,
    timed: __,
    claim: ___,
    caps: ____,
    takenAs: _____,
    givenBack: ______,
    ...task
  }: Task & Pick<TaskRow, 'claim'>,
  leaseUntil: number | null,
): TaskView => ({
  ...task,
  leaseUntil,
  requires: [...task.requires],
  from: [...task.from],
  excluded: [...task.excluded],
  separate: [...task.separate],
  offeredTo: task.offeredTo && [...task.offeredTo],
  failure: task.failure && { ...task.failure },
  progress: task.progress && { ...task.progress },
  usage: { ...task.usage },
  rules: task.rules && rulesView(task.rules),
  notes: task.notes && {
    comments: [...task.notes.comments],
    attachments: [...task.notes.attachments],
    draft: task.notes.draft,
  },
  help: [...task.help],
  deadlines: task.deadlines.map(({ on, due, remind, then, to, stopped }) => ({
    on,
    due,
    remind: [...remind],
    then,
    to: [...to],
    stopped,
  })),
  passed: [...task.passed],
  approval: task.approval && {
    ...task.approval,
    apart: task.approval.apart && [...task.approval.apart],
    decisions: task.approval.decisions.map((decision) => ({ ...decision })),
    escalate: [...task.approval.escalate],
    next: [...task.approval.next],
    appeal: [...task.approval.appeal],
  },
});

const rulesView = ({ privileges, ...rules }: TaskRules): NonNullable<TaskView['rules']> => ({
  ...rules,
  privileges: { ...privileges },
});

/** After a restart a lease goes on for longer than its row says; where another node prolongs it, its row knows of more. */
export function rowTaskView(row: TaskRow, { leases }: Runtime): TaskView {
  const known = leases.get(row.id);
  const isSame = row.leaseUntil !== null && known?.token === row.token;
  return taskView(row, isSame ? Math.max(row.leaseUntil, known.until) : row.leaseUntil);
}

/** What a command on a task led to. */
export function receiptView(
  { run, status, sequence, tasks }: Receipt,
  id: string,
  runtime: Runtime,
): { task: TaskView; run: { id: string; status: Receipt['status']; sequence: number } } {
  const task = tasks.find((candidate) => candidate.id === id);
  if (!task) throw new Error(`the receipt of run ${run} does not name task ${id}`);
  const leaseUntil = task.status === 'in_progress' ? (runtime.leases.get(id)?.until ?? null) : null;
  return { task: taskView(task, leaseUntil), run: { id: run, status, sequence } };
}
