import type { StepNode } from '../definition/graph.ts';
import { compileSchema } from '../definition/index.ts';
import type { Json, JsonObject } from '../definition/json.ts';
import { redoFrom } from './advance.ts';
import { afterFailure } from './after-failure.ts';
import type { CommandOf, Held } from './command.ts';
import type { Draft } from './draft.ts';
import type { AfterFailure, Usage } from './event.ts';
import { stepOf } from './evolve.ts';
import { refuse, type Failure, type Rejection } from './failure.ts';
import { TASK_COMMANDS, type TaskCommand } from './lifecycle.ts';
import { deadlineId, workId } from './open.ts';
import { endAs } from './run-commands.ts';
import type { SlotState, StepState, Task } from './state.ts';

/**
 * Commands on one task.
 *
 * TASK-1  Only the holder acts on a held task, and only with the fencing token of its own claim (promise 1).
 * TASK-2  A decision counts only for the subject whose digest the decider names (promise 4).
 * TASK-3  Nobody decides about work that they, or someone they answer for, contributed (promise 5).
 * TASK-4  A holder that is lost this many times makes the attempt a failed one: work that kills its workers ends.
 */
export const MAX_LOSSES = 3;

const NOTHING: Usage = { tokens: 0, cost: 0 };

/** The task, if the table allows the command in its status; a task that is not open has ended. */
const guard = (draft: Draft, id: string, command: TaskCommand): Task | Rejection => {
  const task = draft.state.tasks[id];
  if (!task)
    return refuse('task_closed', `Task ${id} is not open: it has ended or was withdrawn, so ${command} changes nothing.`);
  const allowed = Object.keys(TASK_COMMANDS[task.status]);
  if (allowed.includes(command)) return task;
  const takes = allowed.length === 0 ? 'nothing' : allowed.join(', ');
  return refuse('task_status', `Task ${id} is ${task.status}, so ${command} is not possible. It takes: ${takes}.`, {
    status: task.status,
    allowed,
  });
};

const held = (draft: Draft, command: Held, name: TaskCommand): Task | Rejection => {
  const task = guard(draft, command.task, name);
  if ('code' in task) return task;
  if (task.token !== command.token)
    return refuse('stale_token', `Task ${task.id} has been given out again; the token ${command.token} is no longer valid.`, {
      token: command.token,
    });
  return task;
};

export const claimTask = (draft: Draft, command: CommandOf<'task.claim' | 'task.start'>): Rejection | null => {
  const claiming = command.type === 'task.claim';
  const task = guard(draft, command.task, claiming ? 'claim' : 'start');
  if ('code' in task) return task;
  const { status, run } = draft.state;
  if (status !== 'running')
    return refuse('run_status', `Run ${run} is ${status}: its tasks are not given out.`, { status });
  if (task.kind === 'approval')
    return refuse('task_kind', `Task ${task.id} is an approval: it is decided, not held.`);
  const { assignee } = command;
  if (task.assignee !== null && task.assignee !== assignee)
    return refuse('task_held', `Task ${task.id} is held by ${task.assignee}.`, { assignee: task.assignee });
  if (task.excluded.includes(assignee))
    return refuse('participant_excluded', `${assignee} is excluded from task ${task.id}.`);
  const token = task.assignee === null ? task.token + 1 : task.token;
  draft.emit(claiming ? 'task.reserved' : 'task.started', task.layer, { task: task.id, assignee, token });
  return null;
};

export const progressTask = (draft: Draft, command: CommandOf<'task.progress'>): Rejection | null => {
  const task = held(draft, command, 'progress');
  if ('code' in task) return task;
  draft.emit('task.progressed', task.layer, {
    task: task.id,
    fraction: command.fraction ?? null,
    message: command.message ?? null,
    usage: command.usage ?? NOTHING,
  });
  return null;
};

export const completeTask = (draft: Draft, command: CommandOf<'task.complete'>): Rejection | null => {
  const task = held(draft, command, 'complete');
  if ('code' in task) return task;
  const node = nodeOf(draft, task);
  const wrong = check(node, task, command.output);
  if (wrong) return wrong;
  if (task.kind === 'verification' && command.output !== true && !confirms(command.output))
    return fail(draft, task, 'record_unverified', 'The system of record does not confirm what was written.', true, command.usage);
  closing(draft, task);
  const output = draft.settle(command.output);
  draft.emit('task.completed', task.layer, { task: task.id, output, usage: command.usage ?? NOTHING });
  return null;
};

const confirms = (output: Json): boolean => (output as JsonObject | null)?.['verified'] === true;

type Check = ReturnType<typeof compileSchema>;
const CHECKS = new WeakMap<JsonObject, Check>();

/** The result against the schema that the step declares. The holder may mend it and complete again. */
const check = (node: StepNode, task: Task, output: Json): Rejection | null => {
  if (node.kind !== 'task' || node.output === null || task.kind === 'verification') return null;
  let validate = CHECKS.get(node.output);
  if (!validate) CHECKS.set(node.output, (validate = compileSchema(node.output)));
  const problems = validate(output);
  if (problems.length === 0) return null;
  const list = problems.map(({ path, message }) => `${path || 'result'} ${message}`).join('; ');
  return refuse('output_invalid', `The result of task ${task.id} is not what the step declares: ${list}.`, { problems });
};

export const failTask = (draft: Draft, command: CommandOf<'task.fail'>): Rejection | null => {
  const task = held(draft, command, 'fail');
  if ('code' in task) return task;
  return fail(draft, task, command.code, command.message, command.retryable ?? true, command.usage);
};

export const releaseTask = (draft: Draft, command: CommandOf<'task.release'>): Rejection | null => {
  const task = held(draft, command, 'release');
  if ('code' in task) return task;
  draft.emit('task.released', task.layer, { task: task.id, reason: command.reason ?? 'released by its holder' });
  return null;
};

/** The lease of a holder ran out: the task is offered again, until it has cost too many holders. */
export const expireTask = (draft: Draft, command: CommandOf<'task.expire'>): Rejection | null => {
  const task = held(draft, command, 'release');
  if ('code' in task) return task;
  if (task.losses + 1 >= MAX_LOSSES) {
    const message = `${MAX_LOSSES} holders were lost: none sent a heartbeat before its lease ran out.`;
    return fail(draft, task, 'lease_expired', message, true, undefined);
  }
  draft.flow('task.released', task.layer, { task: task.id, reason: 'lease_expired' });
  return null;
};

export const skipTask = (draft: Draft, command: CommandOf<'task.skip'>): Rejection | null => {
  const task = guard(draft, command.task, 'skip');
  if ('code' in task) return task;
  if (!task.skippable)
    return refuse('task_not_skippable', `Task ${task.id} may not be skipped: its step does not say skippable.`);
  closing(draft, task);
  draft.emit('task.skipped', 'decide', { task: task.id, reason: command.reason ?? null });
  return null;
};

export const decideTask = (draft: Draft, command: CommandOf<'task.decide'>): Rejection | null => {
  const task = guard(draft, command.task, 'decide');
  if ('code' in task) return task;
  const refusal = mayDecide(draft, task, command);
  if (refusal) return refusal;
  const { by, now } = draft.moment;
  const { outcome, subject, reason = null } = command;
  const decision = { participant: by.actor, onBehalfOf: by.onBehalfOf, outcome, reason, subject, at: now };
  draft.emit('task.decided', 'decide', { task: task.id, decision });
  if (task.endedAt !== null) closing(draft, task);
  return task.approval?.status === 'rejected' ? afterRejection(draft, task, reason) : null;
};

const mayDecide = (draft: Draft, task: Task, command: CommandOf<'task.decide'>): Rejection | null => {
  const { approval } = task;
  const { actor, onBehalfOf } = draft.moment.by;
  if (!approval) return refuse('task_kind', `Task ${task.id} is not an approval: it is completed, not decided.`);
  if (approval.subject !== command.subject)
    return refuse('approval_stale', `What was decided about is not what task ${task.id} asks for now. Read it again, then decide.`, {
      subject: approval.subject,
    });
  if (approval.decisions.some((decision) => decision.participant === actor))
    return refuse('already_decided', `${actor} has decided on task ${task.id} already.`);
  for (const passport of [actor, onBehalfOf])
    if (passport && draft.state.contributors[passport])
      return refuse('separation_of_duties', `${passport} took part in the work, so ${actor} may not decide on it. Ask someone else.`);
  return null;
};

const afterRejection = (draft: Draft, task: Task, reason: string | null): null => {
  const node = nodeOf(draft, task);
  const step = stepOf(draft.state, task.step);
  const message = reason ?? 'rejected without a reason';
  if (node.kind === 'approval' && node.onReject.redo !== null && step.redone < node.onReject.max) {
    redoFrom(draft, node.onReject.redo, step.id, message);
    return null;
  }
  return endAs(draft, { code: 'rejected', message, step: task.step, slot: task.slot, layer: 'decide' });
};

/** Fails the attempt and lets the step's policy say what follows. */
export const fail = (
  draft: Draft,
  task: Task,
  code: string,
  message: string,
  retryable: boolean,
  usage: Usage | undefined,
): null => {
  const step = stepOf(draft.state, task.step);
  const slot = step.slots[task.slot] as SlotState;
  const failure: Failure = { code, message, step: task.step, slot: task.slot, layer: task.layer };
  const after = afterFailure(nodeOf(draft, task), slot, retryable, draft.moment.now);
  closing(draft, task);
  draft.emit('task.failed', task.layer, { task: task.id, failure, usage: usage ?? NOTHING, after });
  scheduleRetry(draft, step, slot, after);
  return null;
};

export const scheduleRetry = (draft: Draft, step: StepState, slot: SlotState, after: AfterFailure): void => {
  if (!('at' in after) || after.at <= draft.moment.now) return;
  const what = { kind: 'retry' as const, step: step.id, slot: slot.slot, round: step.round, attempt: slot.attempt };
  draft.effects.timers.push({ id: `${workId(draft, step, slot.slot, slot.attempt)}:retry`, due: after.at, what });
};

const closing = (draft: Draft, task: Task): void => {
  if (task.deadline !== null) draft.effects.cancelled.push(deadlineId(task.id));
};

export const nodeOf = (draft: Draft, task: Pick<Task, 'step'>): StepNode => {
  const node = draft.graph.steps.find((candidate) => candidate.id === task.step);
  if (!node) throw new Error(`definition ${draft.graph.id} has no step ${task.step}`);
  return node;
};
