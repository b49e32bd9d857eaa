import { partiesTo, type Attribution } from '../attribution.ts';
import { APPROVAL_FOLDS, newApproval } from './approvals.ts';
import { DEADLINE_FOLDS } from './deadlines.ts';
import { dropTerms, follow, giveUp, keep, requeue, slotOf, succeed, takeSlot } from './slots.ts';
import { PLAIN_TASK, type EventOf, type Usage } from '../event.ts';
import type { Folds } from '../evolve.ts';
import { addMoney } from '../money.ts';
import { NOTE_FOLDS } from './task-notes.ts';
import { PASSING_FOLDS } from './task-passing.ts';
import type { RunState, Task } from '../state.ts';
import {
  closeTask,
  contribute,
  count,
  free,
  hold,
  leaveCase,
  letDo,
  letWork,
  takeCase,
  takesCapacity,
  taskOf,
} from '../tasks/holding.ts';
import { hasTurn, isUnwound, stepOf } from '../steps.ts';

export const newTask = (
  { run, sequence }: RunState,
  event: EventOf<'task.created' | 'task.announced'>,
  status: Task['status'],
): Task => {
  const { at, layer, by } = event;
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
    status,
    description: data.description,
    requires: data.requires,
    level: data.level,
    safety: data.safety,
    by: data.by,
    from: data.from,
    excluded: data.excluded,
    separate: data.separate,
    offeredTo: data.offeredTo,
    routed: data.explanation ? sequence + 1 : 0,
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
    ...(by.authority.kind === 'approval' && { restsOn: by.authority }),
    ...(data.caps && { caps: data.caps }),
    rules: data.rules,
    activateAt: data.activateAt,
    deadlines: data.deadlines,
    suspension: null,
    notes: null,
    help: [],
    passed: [],
    predone: false,
    timed: 0,
    createdAt: at,
    startedAt: status === 'in_progress' ? at : null,
    endedAt: null,
  };
};

const statusOf = ({ assignee, reserved, held }: EventOf<'task.created'>['data']): Task['status'] => {
  if (assignee === undefined) return held ? 'created' : 'ready';
  return reserved ? 'reserved' : 'in_progress';
};

/** Announced for a step that has not begun: it is in no slot, and in no count. */
const isAnnounced = (state: RunState, task: Task): boolean =>
  task.status === 'created' && !hasTurn(state, task);

const charge = (state: RunState, task: Task, usage: Usage): void => {
  task.usage.tokens += usage.tokens;
  task.usage.cost = addMoney(task.usage.cost, usage.cost);
  state.usage.tokens += usage.tokens;
  state.usage.cost = addMoney(state.usage.cost, usage.cost);
};

const note = (state: RunState, step: string, by: Attribution): void => {
  contribute(state, partiesTo(by));
  const done = stepOf(state, step);
  done.doers[by.actor] = by.onBehalfOf;
  letDo(done, by);
  done.lastDoer = by.actor;
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
      state.sequence + 1,
    );
  }
};

/** Tasks: how they come, are held, and end. */
export const TASK_FOLDS: Omit<Folds<'task'>, 'task.restarted'> = {
  ...APPROVAL_FOLDS,
  ...DEADLINE_FOLDS,
  ...NOTE_FOLDS,
  ...PASSING_FOLDS,
  'task.created': (state, event) => {
    const { data } = event;
    const { step, slot } = takeSlot(state, data);
    slot.attempt = data.attempt;
    slot.task = data.task;
    slot.verify = data.verify === true;
    const fresh = newTask(state, event, statusOf(data));
    if (data.kind !== 'approval') {
      fresh.notes = slot.notes ?? null;
      dropTerms(slot);
    }
    const announced = state.tasks[data.task];
    const task = announced ? Object.assign(announced, fresh, { notes: announced.notes }) : fresh;
    state.tasks[task.id] = task;
    count(state, task, 1);
    takeCase(state, task);
    if (!step.compensates && !slot.held && !isUnwound(state, step)) state.usage.tasks += 1;
    if (takesCapacity(task)) state.usage.open += 1;
  },
  'task.announced': (state, event) => {
    const task = newTask(state, event, 'created');
    state.tasks[task.id] = task;
  },
  'task.offered': (state, { data }) => {
    const task = free(state, data.task, 'ready');
    task.offeredTo = data.offeredTo;
    if (data.explanation) task.routed = state.sequence + 1;
  },
  'task.held': (state, { data }) => {
    const task = free(state, data.task, 'created');
    if (data.givenBack) task.givenBack = data.givenBack;
    if (data.explanation) task.routed = state.sequence + 1;
  },
  'task.declined': (state, { data }) => {
    const task = free(state, data.task, 'ready');
    task.excluded = [...task.excluded, data.participant];
    if (task.offeredTo) task.offeredTo = task.offeredTo.filter((passport) => passport !== data.participant);
  },
  'task.reserved': (state, { data, by }) => {
    letWork(state, by);
    hold(state, data, 'reserved');
  },
  'task.started': (state, { data, at, by }) => {
    letWork(state, by);
    hold(state, data, 'in_progress').startedAt = at;
  },
  'task.released': (state, { data }) => {
    const task = free(state, data.task, 'ready');
    task.progress = null;
    if (data.lost) task.losses += 1;
  },
  'task.progressed': (state, { data, by }) => {
    const task = taskOf(state, data.task);
    task.progress = { fraction: data.fraction, message: data.message };
    charge(state, task, data.usage);
    letWork(state, by);
  },
  'task.predone': (state, { data, by }) => {
    const task = taskOf(state, data.task);
    task.output = data.output;
    task.predone = true;
    note(state, task.step, by);
  },
  'task.used': (state, { data, at }) => {
    const task = taskOf(state, data.task);
    const { step, slot } = takeSlot(state, data);
    slot.attempt = data.attempt;
    step.active -= 1;
    delete state.tasks[task.id];
    Object.assign(task, { status: 'completed', endedAt: at });
    state.usage.tasks += 1;
    succeed(step, task.slot, task.output, state.sequence + 1);
  },
  'task.completed': (state, { data, at, by }) => {
    const task = closeTask(state, data.task, 'completed', at);
    task.output = data.output;
    charge(state, task, data.usage);
    note(state, task.step, by);
    const { review, held, output, confidence = 0 } = data;
    if (!review && !held) return completeSlot(state, task);
    const { step, slot } = slotOf(state, task);
    if (held) keep(step, slot, { ...held, output }, state.sequence + 1);
    else if (review) slot.escalation = { ...review, result: { output, confidence } };
    requeue(step, slot);
  },
  'task.failed': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'failed', at);
    task.failure = data.failure;
    if (task.approval) task.approval.status = data.rejected ? 'rejected' : 'expired';
    charge(state, task, data.usage);
    const open = slotOf(state, task);
    const { excluded } = open.slot;
    for (const passport of [task.assignee, ...task.excluded])
      if (passport !== null && !excluded.includes(passport)) excluded.push(passport);
    leaveCase(state, task);
    follow(open, data.failure, data.after, at);
  },
  'task.skipped': (state, { data, at }) => {
    const task = closeTask(state, data.task, 'obsolete', at);
    const { step } = slotOf(state, task);
    giveUp(step, task.slot, { code: 'skipped', message: data.reason ?? 'skipped by a person' }, true);
  },
  'task.exited': (state, { data, at }) => {
    const known = taskOf(state, data.task);
    if (isAnnounced(state, known)) {
      delete state.tasks[known.id];
      Object.assign(known, { status: 'exited', endedAt: at });
      return;
    }
    const task = closeTask(state, data.task, 'exited', at);
    if (task.approval) task.approval.status = data.stale ? 'stale' : 'withdrawn';
    const open = slotOf(state, task);
    if (data.forPeople) {
      const { from, excluded, by, requires, level, priority, rules, notes } = task;
      open.slot.asked = (open.slot.asked ?? 0) + 1;
      open.slot.terms = { from, excluded, by, requires, level, priority, rules };
      if (notes) open.slot.notes = notes;
    }
    if (data.ended) follow(open, data.ended.failure, data.ended.after, at);
    else requeue(open.step, open.slot);
  },
};
