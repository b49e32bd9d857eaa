import type { StepNode } from '../../definition/graph.ts';
import type { Held } from '../command.ts';
import type { Draft } from '../draft.ts';
import type { Usage } from '../event.ts';
import { refuse, type Rejection } from '../failure.ts';
import { givesOut, TASK_COMMANDS, type TaskCommand } from '../lifecycle.ts';
import { isUsage } from '../limits.ts';
import { isToolApproval } from '../policies/state.ts';
import type { RunState, Task } from '../state.ts';
import { hasTurn, indexOf } from '../steps.ts';
import { takenBy } from './roles.ts';

export const isRefused = (answer: Task | Rejection): answer is Rejection => 'code' in answer;

export const openTask = ({ tasks }: RunState, id: string): Task | null =>
  Object.hasOwn(tasks, id) ? (tasks[id] as Task) : null;

/** The task, if the table allows the command in its status; a task that is not open has ended. */
export const guard = (draft: Draft, id: string, command: TaskCommand): Task | Rejection => {
  const task = openTask(draft.state, id);
  if (!task)
    return refuse(
      'task_closed',
      `Task ${id} is not open: it has ended or was withdrawn, so ${command} changes nothing.`,
    );
  if (isToolApproval(draft.state, id) && !OF_APPROVALS.includes(command))
    return refuse(
      'task_kind',
      `Task ${id} is about a call of a tool: it is decided, and takes no ${command}.`,
    );
  if (command in TASK_COMMANDS[task.status]) return task;
  const allowed = takenBy(task);
  const takes = allowed.length === 0 ? 'nothing' : allowed.join(', ');
  return refuse(
    'task_status',
    `Task ${id} is ${task.status}, so ${command} is not possible. It takes: ${takes}.`,
    {
      status: task.status,
      allowed,
    },
  );
};

/** What an approval beside the steps takes. */
const OF_APPROVALS: readonly TaskCommand[] = ['decide', 'comment', 'attach', 'detach', 'set'];

/** As `takenBy`, in its run. */
export const takenNow = (state: RunState, task: Task): TaskCommand[] =>
  takenBy(task).filter(
    (command) =>
      (OF_APPROVALS.includes(command) || !isToolApproval(state, task.id)) && isInTurn(state, task, command),
  );

/** What waits for the turn of a task. */
const IN_TURN = [
  'activate',
  'nominate',
  'exit',
  'skip',
  'set',
  'force_complete',
  'force_fail',
  'restart',
] as const satisfies readonly TaskCommand[];

/** Whether it is the turn of the task for that: what is done before it is done once, and not any more. */
export const isInTurn = (state: RunState, task: Task, command: TaskCommand): boolean => {
  if (command === 'predo') return !task.predone && !hasTurn(state, task);
  return !IN_TURN.some((one) => one === command) || hasTurn(state, task);
};

/** As `guard`, for what waits for the turn of a task: while its step has not begun it is only announced. */
export const begun = (draft: Draft, id: string, command: (typeof IN_TURN)[number]): Task | Rejection => {
  const task = guard(draft, id, command);
  if (isRefused(task) || isInTurn(draft.state, task, command)) return task;
  return refuse('task_status', `The step of task ${id} has not begun, so ${command} is not possible.`);
};

/** As `guard`, for what only the holder may do (TASK-1). */
export const held = (
  draft: Draft,
  { task: id, token, usage }: Held & { usage?: Usage },
  command: TaskCommand,
): Task | Rejection => {
  const task = guard(draft, id, command);
  if (isRefused(task)) return task;
  if (task.token !== token)
    return refuse(
      'stale_token',
      `Task ${id} has been given out again; the token ${token} is no longer valid.`,
      { token },
    );
  if (usage && !isUsage(usage))
    return refuse('usage_invalid', 'Tokens and cost that were used are numbers, 0 or more.');
  return task;
};

/** Why nobody gets a task of the run now. */
export const notGivenOut = ({ state: { run, status } }: Draft): Rejection | null =>
  givesOut(status)
    ? null
    : refuse('run_status', `Run ${run} is ${status}: its tasks are not given out.`, { status });

/** As `notGivenOut`, for one of them: nobody ever holds an approval. */
export const notHeld = (draft: Draft, { id, kind }: Task): Rejection | null =>
  notGivenOut(draft) ??
  (kind === 'approval' ? refuse('task_kind', `Task ${id} is an approval: it is decided, not held.`) : null);

export const nodeOf = (
  draft: Pick<Draft, 'graph' | 'state'>,
  { step }: { readonly step: string },
): StepNode => {
  const node = draft.graph.steps[indexOf(draft.state, step) ?? -1];
  if (!node) throw new Error(`definition ${draft.graph.id} has no step ${step}`);
  return node;
};
