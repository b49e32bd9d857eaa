import type { Json } from '../definition/json.ts';
import { follow, giveUp, requeue, slotOf, succeed, takeSlot } from './evolve-slots.ts';
import { PLAIN_TASK, type EventOf, type TaskTerms, type Usage } from './event.ts';
import type { Folds } from './evolve.ts';
import { addMoney } from './money.ts';
import type { Approval, RunState, Task } from './state.ts';

const taskOf = (state: RunState, id: string): Task => {
  const task = state.tasks[id];
  if (!task) throw new Error(`run ${state.run} has no open task ${id}`);
  return task;
};

/** Counts towards the run's concurrency: people and clocks take none of it. */
const takesCapacity = (task: Task): boolean => task.kind !== 'approval' && task.by !== 'human';

/** Adds (1) or takes away (-1) a task in the counts of what the run waits for. */
const count = (state: RunState, task: Task, by: 1 | -1): void => {
  if (task.kind === 'approval') state.open.approvals += by;
  else if (!takesCapacity(task)) state.open.people += by;
  else if (task.assignee === null) state.open.unassigned += by;
  else state.open.working += by;
};

const newTask = (run: string, event: EventOf<'task.created'>): Task => {
  const { at, layer } = event;
  const data = { ...PLAIN_TASK, ...event.data };
  return {
    id: data.task,
    run,
    step: data.step,
    slot: data.slot,
    round: data.round,
    attempt: data.attempt,
    kind: data.kind,
    layer,
    status: data.assignee === undefined ? 'ready' : 'in_progress',
    description: data.description,
    requires: data.requires,
    by: data.by,
    from: data.from,
    excluded: data.excluded,
    priority: data.priority,
    deadline: data.deadline,
    input: data.input,
    output: null,
    failure: null,
    reason: data.reason,
    skippable: data.skippable,
    assignee: data.assignee ?? null,
    token: data.assignee === undefined ? 0 : 1,
    losses: 0,
    progress: null,
    usage: { tokens: 0, cost: 0 },
    approval: newApproval(data),
    createdAt: at,
    startedAt: data.assignee === undefined ? null : at,
    endedAt: null,
  };
};

const newApproval = ({ subject, quorum, escalate, within }: TaskTerms): Approval | null =>
  subject === null ? null : { status: 'open', subject, quorum, decisions: [], escalate, within };

const closeTask = (state: RunState, id: string, status: Task['status'], at: number): Task => {
  const task = taskOf(state, id);
  task.status = status;
  task.endedAt = at;
  delete state.tasks[id];
  count(state, task, -1);
  if (takesCapacity(task)) state.usage.open -= 1;
  const { step, slot } = slotOf(state, task);
  slot.task = null;
  step.active -= 1;
  return task;
};

const charge = (state: RunState, task: Task, usage: Usage): void => {
  task.usage.tokens += usage.tokens;
  task.usage.cost = addMoney(task.usage.cost, usage.cost);
  state.usage.tokens += usage.tokens;
  state.usage.cost = addMoney(state.usage.cost, usage.cost);
};

const hold = (
  state: RunState,
  data: { task: string; assignee: string; token: number },
  status: Task['status'],
): Task => {
  const task = taskOf(state, data.task);
  count(state, task, -1);
  task.status = status;
  task.assignee = data.assignee;
  task.token = data.token;
  count(state, task, 1);
  return task;
};

/** A write that is to be verified stays in its slot; all else ends there. */
const completeSlot = (state: RunState, task: Task): void => {
  const { step, slot } = slotOf(state, task);
  if (task.kind === 'record' && slot.verify) {
    slot.written = { answer: task.output };
    slot.failures = 0;
    slot.another = false;
    requeue(step, slot);
  } else {
    succeed(
      step,
      task.slot,
      task.kind === 'verification' && slot.written ? slot.written.answer : task.output,
    );
  }
};

/** The outcome of an approval as soon as its decisions settle it: one rejection, or a quorum of approvals. */
const settle = (state: RunState, task: Task, approval: Approval, at: number): void => {
  const approvals = approval.decisions.filter((decision) => decision.outcome === 'approve').length;
  if (approvals < approval.decisions.length) approval.status = 'rejected';
  else if (approvals >= approval.quorum) approval.status = 'approved';
  else return;
  closeTask(state, task.id, 'completed', at);
  task.output = { outcome: approval.status, decisions: [...approval.decisions] as unknown as Json };
  const { step, slot } = slotOf(state, task);
  if (approval.status === 'approved') succeed(step, task.slot, task.output);
  else requeue(step, slot);
};

/** Tasks: how they come, are held, and end. */
export const TASK_FOLDS: Folds<'task'> = {
  'task.created': (state, event) => {
    const { data } = event;
    const { slot } = takeSlot(state, data);
    slot.attempt = data.attempt;
    slot.task = data.task;
    slot.verify = data.verify === true;
    const task = newTask(state.run, event);
    state.tasks[task.id] = task;
    count(state, task, 1);
    state.usage.tasks += 1;
    if (takesCapacity(task)) state.usage.open += 1;
  },
  'task.reserved': (state, { data }) => {
    hold(state, data, 'reserved');
  },
  'task.started': (state, { data, at }) => {
    hold(state, data, 'in_progress').startedAt = at;
  },
  'task.released': (state, { data }) => {
    const task = taskOf(state, data.task);
    count(state, task, -1);
    task.status = 'ready';
    task.assignee = null;
    count(state, task, 1);
    task.progress = null;
    if (data.lost) task.losses += 1;
  },
  'task.progressed': (state, { data }) => {
    const task = taskOf(state, data.task);
    task.progress = { fraction: data.fraction, message: data.message };
    charge(state, task, data.usage);
  },
  'task.completed': (state, { data, at, by }) => {
    const task = closeTask(state, data.task, 'completed', at);
    task.output = data.output;
    charge(state, task, data.usage);
    state.contributors[by.actor] = true;
    if (by.onBehalfOf !== null) state.contributors[by.onBehalfOf] = true;
    completeSlot(state, task);
  },
  'task.failed': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'failed', at);
    task.failure = data.failure;
    if (task.approval) task.approval.status = 'expired';
    charge(state, task, data.usage);
    const open = slotOf(state, task);
    const { excluded } = open.slot;
    if (task.assignee !== null && !excluded.includes(task.assignee)) excluded.push(task.assignee);
    follow(open, data.failure, data.after, at);
  },
  'task.decided': (state, { data, at }) => {
    const task = taskOf(state, data.task);
    if (!task.approval) throw new Error(`task ${data.task} is no approval`);
    task.approval.decisions.push(data.decision);
    settle(state, task, task.approval, at);
  },
  'task.escalated': (state, { data }) => {
    const task = taskOf(state, data.task);
    if (!task.approval) throw new Error(`task ${data.task} is no approval`);
    task.from = [...task.from, data.to];
    task.deadline = data.deadline;
    task.approval.escalate = task.approval.escalate.slice(1);
  },
  'task.skipped': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'obsolete', at);
    const { step } = slotOf(state, task);
    giveUp(step, task.slot, { code: 'skipped', message: data.reason ?? 'skipped by a person' }, true);
  },
  'task.exited': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'exited', at);
    if (task.approval) task.approval.status = data.stale ? 'stale' : 'withdrawn';
    const { step, slot } = slotOf(state, task);
    requeue(step, slot);
  },
};
