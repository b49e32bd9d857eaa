import type { CommandOf } from './command.ts';
import type { Draft } from './draft.ts';
import { refuse, type Rejection } from './failure.ts';
import { judgeEarly } from './policies/work.ts';
import { redoStep } from './redo.ts';
import type { RunState, StepState, Task } from './state.ts';
import { indexOf } from './steps.ts';
import { check, isKept, isLaden, mayHold } from './tasks/commands.ts';
import { guard, isInTurn, isRefused, nodeOf } from './tasks/guard.ts';
import { begin } from './tasks/taking.ts';
import { workOf } from './work.ts';

/**
 * Work that is done before its turn, again, or right after other work.
 *
 * TURN-1  What is announced can be done before its step begins; then its result is used, and it is not given out.
 * TURN-2  A step that is done again takes with it all that follows from it: the phases that depend on its own are done again too.
 *         The other steps of its phase keep their results, since none of them reads it.
 * TURN-3  Chained work begins in the commit that ends what came before.
 */
export const predo = (draft: Draft, command: CommandOf<'task.predo'>): Rejection | null => {
  const task = guard(draft, command.task, 'predo');
  if (isRefused(task)) return task;
  if (!isInTurn(draft.state, task, 'predo'))
    return refuse('task_status', `Task ${task.id} is done before its turn already, or its turn has come.`);
  const { actor } = draft.moment.by;
  const seen = { ...task, assignee: null, ...(command.administrator && { offeredTo: null }) };
  const refusal = mayHold(draft, seen, actor) ?? check(draft, task, command.output);
  if (refusal) return refusal;
  const judged = judgeEarly(draft, task, command.output);
  if ('code' in judged) return judged;
  draft.emit('task.predone', task.layer, { task: task.id, output: draft.settle(command.output), ...judged });
  return null;
};

export const redo = (draft: Draft, command: CommandOf<'task.redo'>): Rejection | null => {
  const { status, run } = draft.state;
  if (status !== 'running')
    return refuse('run_status', `Run ${run} is ${status}: its work is not done again.`, { status });
  const step = resultOf(draft.state, command);
  if (!step)
    return refuse('task_status', `What task ${command.task} led to is not the result of its step now.`);
  redoStep(draft, step, command.reason ?? 'done again');
  return null;
};

/** The step whose result now is what the task led to; null where that is of an earlier round, or undid something. */
export const resultOf = (
  state: RunState,
  { step: id, round }: Pick<Task, 'step' | 'round'>,
): StepState | null => {
  const step = state.steps[indexOf(state, id) ?? -1];
  return step?.status === 'completed' && !step.compensates && step.round === round ? step : null;
};

/** So many are asked about, at most: where policies hold one back they often hold back all. */
const MOST_HELD_BACK = 5;

/** TURN-3: the first that waits in the run and that they may do. */
export const chainNext = (draft: Draft, participant: string): void => {
  const waiting = Object.values(draft.state.tasks)
    .filter(({ status }) => status === 'ready' || status === 'reserved')
    .toSorted((a, b) => b.priority - a.priority || a.createdAt - b.createdAt);
  let heldBack = 0;
  for (const task of waiting) {
    if (!mayChain(draft, task, participant)) continue;
    if (begin(draft, task, participant) === null) return;
    heldBack += 1;
    if (heldBack === MOST_HELD_BACK) return;
  }
};

const mayChain = (draft: Draft, task: Task, participant: string): boolean => {
  if (mayHold(draft, task, participant) ?? isKept(draft, task, participant)) return false;
  if (task.assignee === participant) return true;
  const work = workOf(draft, nodeOf(draft, task), { ...task, task: task.id }, null);
  if (draft.moment.objection && draft.moment.objection(work, participant) !== null) return false;
  return isLaden(draft, task, participant) === null;
};
