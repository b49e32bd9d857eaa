import { isArtifactRef, type Json, type JsonObject } from '../definition/json.ts';
import type { AfterFailure, Event, EventOf, Place, RunUsage, TaskSpec, Usage } from './event.ts';
import type { Failure } from './failure.ts';
import type { StepStatus } from './lifecycle.ts';
import { newSlot, newStep, type RunState, type SlotState, type StepState, type Task } from './state.ts';

/**
 * The fold: the only code that changes run state.
 *
 * EVOLVE-1  It takes no definition, no clock and no chance: the same events give the same state, for ever.
 * EVOLVE-2  It owns the state and changes it in place; its cost depends on the work the event is about, never on the run.
 * EVOLVE-3  It forgives nothing: an event that does not fit is a fault.
 */
export const evolve = (state: RunState | null, event: Event): RunState => {
  if (event.type === 'run.created') {
    if (state) throw new Error(`run.created for run ${state.run}, which exists`);
    return created(event);
  }
  if (!state) throw new Error(`${event.type} before run.created`);
  (APPLY[event.type] as Apply<typeof event.type>)(state, event as never);
  state.sequence += 1;
  state.updatedAt = event.at;
  return state;
};

type Apply<Type extends Event['type']> = (state: RunState, event: EventOf<Type>) => void;

const created = ({ data, at }: EventOf<'run.created'>): RunState => ({
  run: data.run,
  sequence: 1,
  status: data.hold ? 'pending_approval' : 'running',
  definition: data.definition,
  input: data.input,
  startedBy: data.startedBy,
  accountable: data.accountable,
  priority: data.priority,
  limits: data.limits,
  parent: data.parent,
  depth: data.depth,
  createdAt: at,
  updatedAt: at,
  endedAt: null,
  deadline: data.deadline,
  failure: null,
  output: null,
  steps: data.shape.map(newStep),
  tasks: {},
  open: { approvals: 0, people: 0, working: 0, unassigned: 0 },
  usage: { tasks: 0, open: 0, tokens: 0, cost: 0, held: { concurrency: 0, tasks: 0, tokens: 0, cost: 0 } },
  contributors: {},
  signals: [],
  waiting: {},
});

/** A step by its id. Definitions are bounded in size, runs are not: a scan of steps is of constant cost. */
export const stepOf = (state: RunState, id: string): StepState => {
  const step = state.steps.find((candidate) => candidate.id === id);
  if (!step) throw new Error(`run ${state.run} has no step ${id}`);
  return step;
};

const slotOf = (state: RunState, place: Place): { step: StepState; slot: SlotState } => {
  const step = stepOf(state, place.step);
  const slot = step.slots[place.slot];
  if (!slot) throw new Error(`run ${state.run}: slot ${place.slot} of ${place.step} is not open`);
  return { step, slot };
};

const taskOf = (state: RunState, id: string): Task => {
  const task = state.tasks[id];
  if (!task) throw new Error(`run ${state.run} has no open task ${id}`);
  return task;
};

/** Takes a slot into work: from the requeued ones if it is there, else the next fresh one. */
const takeSlot = (state: RunState, place: Place): { step: StepState; slot: SlotState } => {
  const step = stepOf(state, place.step);
  if (step.status === 'pending') {
    step.status = 'open';
    step.count = step.fanOut ? step.count : 1;
  }
  let slot = step.slots[place.slot];
  if (slot) {
    if (step.requeued[0] === place.slot) step.requeued.shift();
  } else {
    if (place.slot !== step.next) throw new Error(`slot ${place.slot} of ${place.step} out of order`);
    step.next += 1;
    slot = newSlot(place.slot);
    step.slots[place.slot] = slot;
  }
  slot.retryAt = null;
  step.active += 1;
  return { step, slot };
};

/** Counts towards the run's concurrency: people and clocks take none of it. */
export const takesCapacity = (task: Pick<Task, 'by' | 'kind'>): boolean =>
  task.kind !== 'approval' && task.by !== 'human';

/** Adds (1) or takes away (-1) a task in the counts of what the run waits for. */
const count = (state: RunState, task: Task, by: 1 | -1): void => {
  if (task.kind === 'approval') state.open.approvals += by;
  else if (!takesCapacity(task)) state.open.people += by;
  else if (task.assignee === null) state.open.unassigned += by;
  else state.open.working += by;
};

const openTask = (state: RunState, event: EventOf<'task.created'>): void => {
  const { data } = event;
  const { slot } = takeSlot(state, data);
  slot.attempt = data.attempt;
  slot.task = data.task;
  const task = newTask(state.run, event);
  state.tasks[task.id] = task;
  count(state, task, 1);
  state.usage.tasks += 1;
  if (takesCapacity(task)) state.usage.open += 1;
};

const newTask = (run: string, { data, at, layer }: EventOf<'task.created'>): Task => ({
  id: data.task,
  run,
  step: data.step,
  slot: data.slot,
  round: data.round,
  attempt: data.attempt,
  kind: data.kind,
  layer,
  status: 'ready',
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
  assignee: null,
  token: 0,
  losses: 0,
  progress: null,
  usage: { tokens: 0, cost: 0 },
  approval: newApproval(data),
  createdAt: at,
  startedAt: null,
  endedAt: null,
});

const newApproval = (spec: TaskSpec): Task['approval'] =>
  spec.subject === null
    ? null
    : {
        status: 'open',
        subject: spec.subject,
        quorum: spec.quorum,
        decisions: [],
        escalate: spec.escalate,
        within: spec.within,
      };

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
  task.usage.cost += usage.cost;
  state.usage.tokens += usage.tokens;
  state.usage.cost += usage.cost;
};

const succeed = (step: StepState, slot: number, output: Json): void => {
  delete step.slots[slot];
  step.succeeded += 1;
  if (isArtifactRef(output)) step.artifactBytes += output.bytes;
  if (step.fanOut) step.outputs[slot] = output;
  else step.output = output;
  closeIfDone(step);
};

const giveUp = (step: StepState, slot: number, failure: Failure, skip: boolean): void => {
  delete step.slots[slot];
  if (skip) step.skipped += 1;
  else step.failed += 1;
  step.failures.push({ slot, code: failure.code, message: failure.message });
  if (!skip) step.failure ??= failure;
  closeIfDone(step);
};

const closeIfDone = (step: StepState): void => {
  if (step.succeeded + step.failed + step.skipped < step.count) return;
  const status: StepStatus = step.failed > 0 ? 'failed' : step.succeeded > 0 || step.fanOut ? 'completed' : 'skipped';
  step.status = status;
};

/** What a failed attempt leads to; the slot is no longer active when this is called. */
const follow = (step: StepState, slot: SlotState, failure: Failure, after: AfterFailure, at: number): void => {
  slot.failures += 1;
  switch (after.then) {
    case 'skip':
    case 'fail':
      return giveUp(step, slot.slot, failure, after.then === 'skip');
    case 'escalate':
      slot.escalation = { to: after.to, failure };
      return requeue(step, slot);
    case 'retry':
    case 'another_participant':
      slot.another ||= after.then === 'another_participant';
      if (after.at <= at) requeue(step, slot);
      else slot.retryAt = after.at;
  }
};

const contribute = (state: RunState, event: Event): void => {
  state.contributors[event.by.actor] = true;
  if (event.by.onBehalfOf) state.contributors[event.by.onBehalfOf] = true;
};

const end = (state: RunState, status: RunState['status'], at: number, failure: Failure | null = null): void => {
  state.status = status;
  state.endedAt = at;
  state.failure = failure;
};

const redo = (step: StepState, feedback: Json): void => {
  const fresh = newStep({ step: step.id, layer: step.layer, fanOut: step.fanOut });
  Object.assign(step, fresh, { round: step.round + 1, redone: step.redone, feedback });
};

/** Work that ends before it is done goes back in line, with its history. */
const requeue = (step: StepState, slot: SlotState): void => {
  slot.retryAt = null;
  step.requeued.push(slot.slot);
};

const closeChild = (state: RunState, place: Place, usage: RunUsage) => {
  const { step, slot } = slotOf(state, place);
  const held = slot.child?.held;
  if (!held) throw new Error(`slot ${place.slot} of ${place.step} has no child run`);
  slot.child = null;
  step.active -= 1;
  state.usage.held.concurrency -= held.concurrency;
  state.usage.held.tasks -= held.tasks;
  state.usage.held.tokens -= held.tokens ?? 0;
  state.usage.held.cost -= held.cost ?? 0;
  state.usage.tasks += usage.tasks;
  state.usage.tokens += usage.tokens;
  state.usage.cost += usage.cost;
  return { step, slot };
};

const closeWait = (state: RunState, place: Place): StepState => {
  const { step, slot } = slotOf(state, place);
  const signal = slot.wait?.signal ?? null;
  if (signal !== null) {
    const left = (state.waiting[signal] ?? []).filter((w) => w.step !== place.step || w.slot !== place.slot);
    if (left.length > 0) state.waiting[signal] = left;
    else delete state.waiting[signal];
  }
  slot.wait = null;
  step.active -= 1;
  return step;
};

const APPLY: { [Type in Exclude<Event['type'], 'run.created'>]: Apply<Type> } = {
  'run.approved': (state) => {
    state.status = 'running';
  },
  'run.rejected': (state, { at, data }) => end(state, 'rejected', at, data.failure),
  'run.paused': (state, { data }) => {
    state.status = 'paused';
    state.failure = data.reason;
  },
  'run.stopped': (state) => {
    state.status = 'stopped';
    state.failure = null;
  },
  'run.resumed': (state, { data }) => {
    state.status = 'running';
    state.failure = null;
    state.limits = data.limits;
  },
  'run.cancelled': (state, { at }) => end(state, 'cancelled', at),
  'run.completed': (state, { at, data }) => {
    end(state, 'completed', at);
    state.output = data.output;
  },
  'run.failed': (state, { at, data }) => end(state, 'failed', at, data.failure),
  'run.redone': (state, { data }) => {
    stepOf(state, data.by).redone += 1;
    for (const id of data.steps) redo(stepOf(state, id), data.feedback);
  },
  'step.opened': (state, { data }) => {
    const step = stepOf(state, data.step);
    step.status = data.items.length === 0 ? 'completed' : 'open';
    step.items = data.items;
    step.count = data.items.length;
    step.outputs = data.items.map(() => null);
  },
  'step.skipped': (state, { data }) => {
    stepOf(state, data.step).status = 'skipped';
  },
  'step.failed': (state, { data }) => {
    const step = stepOf(state, data.step);
    step.status = 'failed';
    step.failure = data.failure;
  },
  'slot.failed': (state, { data, at }) => {
    const { step, slot } = takeSlot(state, data);
    step.active -= 1;
    follow(step, slot, data.failure, data.after, at);
  },
  'slot.requeued': (state, { data }) => {
    const { step, slot } = slotOf(state, data);
    requeue(step, slot);
  },
  'task.created': openTask,
  'task.reserved': (state, { data }) => hold(state, data, 'reserved'),
  'task.started': (state, { data, at }) => {
    hold(state, data, 'in_progress');
    taskOf(state, data.task).startedAt = at;
  },
  'task.released': (state, { data }) => {
    const task = taskOf(state, data.task);
    count(state, task, -1);
    task.status = 'ready';
    task.assignee = null;
    count(state, task, 1);
    task.progress = null;
    if (data.reason === 'lease_expired') task.losses += 1;
  },
  'task.progressed': (state, { data }) => {
    const task = taskOf(state, data.task);
    task.progress = { fraction: data.fraction, message: data.message };
    charge(state, task, data.usage);
  },
  'task.completed': (state, event) => {
    const { data, at } = event;
    const task = closeTask(state, data.task, 'completed', at);
    task.output = data.output;
    charge(state, task, data.usage);
    contribute(state, event);
    completeSlot(state, task);
  },
  'task.failed': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'failed', at);
    task.failure = data.failure;
    if (task.approval) task.approval.status = 'expired';
    charge(state, task, data.usage);
    const { step, slot } = slotOf(state, task);
    if (task.assignee && !slot.excluded.includes(task.assignee)) slot.excluded.push(task.assignee);
    follow(step, slot, data.failure, data.after, at);
  },
  'task.decided': (state, { data, at }) => {
    const task = taskOf(state, data.task);
    const approval = task.approval;
    if (!approval) throw new Error(`task ${data.task} is no approval`);
    approval.decisions.push(data.decision);
    settle(state, task, approval, at);
  },
  'task.escalated': (state, { data }) => {
    const task = taskOf(state, data.task);
    task.from = [...task.from, data.to];
    task.deadline = data.deadline;
    if (task.approval) task.approval.escalate = task.approval.escalate.slice(1);
  },
  'task.skipped': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'obsolete', at);
    const step = stepOf(state, task.step);
    giveUp(step, task.slot, { code: 'skipped', message: data.reason ?? 'skipped by a person' }, true);
  },
  'task.exited': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'exited', at);
    if (task.approval) task.approval.status = 'withdrawn';
    const { step, slot } = slotOf(state, task);
    requeue(step, slot);
  },
  'wait.opened': (state, { data }) => {
    const { slot } = takeSlot(state, data);
    slot.attempt = data.attempt;
    slot.wait = { due: data.due, signal: data.signal };
    if (data.signal !== null)
      (state.waiting[data.signal] ??= []).push({ step: data.step, slot: data.slot });
  },
  'wait.completed': (state, { data }) => {
    if (data.signal !== null) takeSignal(state, data.signal);
    succeed(closeWait(state, data), data.slot, data.output);
  },
  'wait.failed': (state, { data }) => {
    const step = closeWait(state, data);
    giveUp(step, data.slot, data.failure, data.skip);
  },
  'wait.exited': (state, { data }) => {
    const { slot } = slotOf(state, data);
    requeue(closeWait(state, data), slot);
  },
  'child.opened': (state, { data }) => {
    const { slot } = takeSlot(state, data);
    slot.attempt = data.attempt;
    slot.child = { run: data.run, held: data.limits };
    const held = state.usage.held;
    held.concurrency += data.limits.concurrency;
    held.tasks += data.limits.tasks;
    held.tokens += data.limits.tokens ?? 0;
    held.cost += data.limits.cost ?? 0;
  },
  'child.completed': (state, { data }) => {
    const { step } = closeChild(state, data, data.usage);
    succeed(step, data.slot, data.output);
  },
  'child.failed': (state, { data, at }) => {
    const { step, slot } = closeChild(state, data, data.usage);
    follow(step, slot, data.failure, data.after, at);
  },
  'child.exited': (state, { data }) => {
    const { slot } = slotOf(state, data);
    const held = slot.child?.held;
    const used = { tasks: held?.tasks ?? 0, tokens: held?.tokens ?? 0, cost: held?.cost ?? 0 };
    requeue(closeChild(state, data, used).step, slot);
  },
  'signal.received': (state, { data }) => {
    state.signals.push({ signal: data.signal, payload: data.payload });
  },
};

const hold = (state: RunState, data: { task: string; assignee: string; token: number }, status: Task['status']) => {
  const task = taskOf(state, data.task);
  count(state, task, -1);
  task.status = status;
  task.assignee = data.assignee;
  task.token = data.token;
  count(state, task, 1);
};

const takeSignal = (state: RunState, signal: string): void => {
  const at = state.signals.findIndex((kept) => kept.signal === signal);
  if (at < 0) throw new Error(`run ${state.run} has no signal ${signal} to take`);
  state.signals.splice(at, 1);
};

/** A write that is to be verified stays in its slot; all else ends there. */
const completeSlot = (state: RunState, task: Task): void => {
  const { step, slot } = slotOf(state, task);
  if (task.kind === 'record' && (task.input as JsonObject)['verify'] === true) {
    slot.written = task.output;
    requeue(step, slot);
  } else {
    succeed(step, task.slot, task.kind === 'verification' ? (slot.written ?? null) : task.output);
  }
};

/** The outcome of an approval as soon as its decisions settle it: one rejection, or a quorum of approvals. */
const settle = (state: RunState, task: Task, approval: NonNullable<Task['approval']>, at: number): void => {
  const last = approval.decisions.at(-1);
  const approvals = approval.decisions.filter((decision) => decision.outcome === 'approve').length;
  if (last?.outcome === 'reject') approval.status = 'rejected';
  else if (approvals >= approval.quorum) approval.status = 'approved';
  else return;
  closeTask(state, task.id, 'completed', at);
  task.output = { outcome: approval.status, decisions: approval.decisions as unknown as Json };
  if (approval.status === 'approved') succeed(stepOf(state, task.step), task.slot, task.output);
  else requeue(stepOf(state, task.step), slotOf(state, task).slot);
};
