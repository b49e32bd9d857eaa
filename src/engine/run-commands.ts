import type { Graph, Limits } from '../definition/graph.ts';
import { afterEnd, durationId } from './advance.ts';
import { closeOpenWork, stopOpenWork } from './close.ts';
import type { CommandOf, StartRun } from './command.ts';
import type { Draft } from './draft.ts';
import { stepOf } from './evolve.ts';
import { refuse, type Failure, type Rejection } from './failure.ts';
import { RUN_COMMANDS, type RunCommand } from './lifecycle.ts';
import { within } from './limits.ts';
import { workId } from './open.ts';

/** Commands on a run as a whole. Each refuses before its first event (DRAFT-1); the caller advances the run afterwards. */
export const startRun = (draft: Draft, command: StartRun): Rejection | null => {
  const { graph, moment } = draft;
  const limits = within(graph.limits, command.allotment);
  const deadline = limits.duration === null ? null : moment.now + limits.duration;
  draft.emit('run.created', 'decide', {
    run: command.run,
    definition: command.definition,
    input: command.input,
    startedBy: moment.by.actor,
    accountable: command.accountable,
    priority: command.priority,
    limits,
    parent: command.parent ?? null,
    depth: command.depth ?? 0,
    hold: command.hold,
    deadline,
    shape: shapeOf(graph),
  });
  if (deadline !== null)
    draft.effects.timers.push({ id: durationId(command.run), due: deadline, what: { kind: 'duration' } });
  return null;
};

const shapeOf = (graph: Graph) =>
  graph.steps.map(({ id, layer, forEach }) => ({ step: id, layer, fanOut: forEach !== null }));

/** The table's word on whether a run in this status takes the command. */
export const guardRun = (draft: Draft, command: RunCommand): Rejection | null => {
  const { status, run } = draft.state;
  if (command in RUN_COMMANDS[status]) return null;
  const allowed = Object.keys(RUN_COMMANDS[status]);
  const open = allowed.length === 0 ? 'It has ended, and takes no more commands.' : `It takes: ${allowed.join(', ')}.`;
  return refuse('run_status', `Run ${run} is ${status}, so ${command} is not possible. ${open}`, { status, allowed });
};

export const approveRun = (draft: Draft, { reason }: CommandOf<'approve'>): Rejection | null => {
  draft.emit('run.approved', 'decide', { reason: reason ?? null });
  return null;
};

export const rejectRun = (draft: Draft, { reason }: CommandOf<'reject'>): Rejection | null => {
  const message = reason ?? 'The start of the run was rejected.';
  return endAs(draft, { code: 'rejected', message, layer: 'decide' });
};

/** Ends the run as rejected: a human said no, and nothing says what to do instead. */
export const endAs = (draft: Draft, failure: Failure): null => {
  closeOpenWork(draft, 'the run was rejected');
  draft.emit('run.rejected', 'decide', { failure });
  afterEnd(draft, failure);
  return null;
};

export const pauseRun = (draft: Draft): Rejection | null => {
  draft.emit('run.paused', 'decide', { reason: null });
  return null;
};

export const stopRun = (draft: Draft, { reason }: CommandOf<'stop'>): Rejection | null => {
  stopOpenWork(draft);
  draft.emit('run.stopped', 'decide', { reason: reason ?? null });
  return null;
};

export const cancelRun = (draft: Draft, { reason }: CommandOf<'cancel'>): Rejection | null => {
  closeOpenWork(draft, 'the run was cancelled');
  draft.emit('run.cancelled', 'decide', { reason: reason ?? null });
  afterEnd(draft, { code: 'cancelled', message: reason ?? 'The run was cancelled.', layer: 'decide' });
  return null;
};

export const resumeRun = (draft: Draft, { limits = {} }: CommandOf<'resume'>): Rejection | null => {
  const { state } = draft;
  const raised: Limits = { ...state.limits, ...limits };
  if (state.parent && Object.keys(limits).length > 0)
    return refuse('limit_of_parent', `Run ${state.run} works within the limits of ${state.parent.run}; they cannot be raised here.`);
  if (raised.tasks < state.usage.tasks)
    return refuse('limit_below_use', `The run has used ${state.usage.tasks} tasks already; a limit of ${raised.tasks} is below that.`);
  if (limits.duration !== undefined)
    return refuse('limit_fixed', 'The duration counts from the start of the run and is not changed by resuming.');
  const wasStopped = state.status === 'stopped';
  draft.emit('run.resumed', 'decide', { limits: raised });
  if (wasStopped)
    for (const step of state.steps)
      for (const { child } of Object.values(step.slots))
        if (child) draft.effects.messages.push({ kind: 'child.command', run: child.run, command: 'resume' });
  return null;
};

/** A signal is kept until something waits for it; the oldest wait takes it. */
export const signalRun = (draft: Draft, { signal, payload }: CommandOf<'signal'>): Rejection | null => {
  const { state } = draft;
  const kept = draft.settle(payload);
  draft.emit('signal.received', 'decide', { signal, payload: kept });
  const place = state.waiting[signal]?.[0];
  if (!place) return null;
  const step = stepOf(state, place.step);
  const slot = step.slots[place.slot];
  if (slot?.wait?.due != null) draft.effects.cancelled.push(`${workId(draft, step, slot.slot, slot.attempt)}:wait`);
  draft.flow('wait.completed', step.layer, { ...place, output: kept, signal });
  return null;
};
