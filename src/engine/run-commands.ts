import type { Graph, Limits } from '../definition/graph.ts';
import { announce } from './announce.ts';
import { listOf, problemsOf } from './check.ts';
import { forgetWait, stopOpenWork } from './close.ts';
import type { CommandOf, StartRun } from './command.ts';
import type { Draft } from './draft.ts';
import type { Place, StepShape } from './event.ts';
import { refuse, type Rejection } from './failure.ts';
import { cancelRun, forgetLaunch, rejectRun, removeOthers } from './finish.ts';
import { knownPhase, phaseOf, undoneOf } from './force.ts';
import { holdOf, tellChildren } from './hold.ts';
import { durationTimer } from './ids.ts';
import { isRunFinal, RUN_COMMANDS, type RunCommand, type RunStatus } from './lifecycle.ts';
import { unsound, within } from './limits.ts';
import { tooLarge } from './open-child.ts';
import { approveLaunch, isAnew, launchOf, raise, watchLaunch } from './policies/launch.ts';
import { rollBack, stepsFrom } from './redo.ts';
import type { RunState, SlotState } from './state.ts';
import { stepOf } from './steps.ts';

/** Signals a run keeps for waits that have not opened yet; more are refused. */
export const MAX_KEPT_SIGNALS = 1000;

/** Commands on a run as a whole. Each refuses before its first event (DRAFT-1); the caller advances the run afterwards. */
export const start = (draft: Draft, command: StartRun): Rejection | null => {
  const { graph, moment } = draft;
  const unfit = tooLarge(command.input);
  if (unfit) return refuse(unfit.code, unfit.message);
  const problems = problemsOf(graph.input, command.input);
  if (problems.length > 0)
    return refuse('input_invalid', `The input is not what ${graph.id} takes. ${listOf(problems, 'input')}`, {
      problems,
    });
  const { run, definition, input, priority, accountable, hold, parent = null, depth = 0 } = command;
  const { contributors = [], startedBy = moment.by.actor } = command;
  const begun = { definition, input, priority, parent, startedBy };
  const launched = launchOf(draft, begun, within(graph.limits, command.allotment));
  if ('code' in launched) return launched;
  const { limits, asked, launch, ruled } = launched;
  const pinned = moment.boundaries?.pinned ?? 0;
  const deadline = limits.duration === null ? null : moment.now + limits.duration;
  const shape = shapeOf(graph);
  const given = {
    run,
    definition,
    input,
    startedBy,
    accountable,
    priority,
    limits,
    ...(asked && { asked }),
    parent,
    depth,
    hold: hold || launch !== null,
    deadline,
    shape,
    ...(contributors.length > 0 && { contributors }),
    ...(pinned > 0 && { policies: pinned }),
    ...(launch && { launch }),
    ...(ruled && { ruled }),
  };
  draft.emit('run.created', 'decide', given);
  if (!given.hold) announce(draft);
  watchLaunch(draft);
  if (deadline !== null) draft.setTimer(durationTimer(run), deadline, { kind: 'duration' });
  return null;
};

const shapeOf = (graph: Graph): StepShape[] => {
  const compensated = compensatedIn(graph);
  return graph.steps.map(({ id, index, layer, forEach, compensates }) => ({
    step: id,
    layer,
    fanOut: forEach !== null,
    ...(compensated.has(index) && { compensated: true }),
    ...(compensates && { compensates: true }),
  }));
};

/** Steps in which it is noted what is undone: those that can be, alone or with their phase, and what undoes a phase. */
const compensatedIn = ({ steps, phases }: Graph): ReadonlySet<number> => {
  const found = new Set<number>();
  for (const { index, compensates } of steps) {
    if (compensates?.kind === 'step') found.add(compensates.step);
    else if (compensates)
      for (const at of [index, ...(phases[compensates.phase]?.steps ?? [])]) found.add(at);
  }
  return found;
};

/** The table's word on whether a run in this status takes the command. */
export const guardRun = (draft: Draft, command: RunCommand): Rejection | null => {
  const { status, run } = draft.state;
  if (command in RUN_COMMANDS[status]) return null;
  const allowed = Object.keys(RUN_COMMANDS[status]);
  const takes = allowed.length > 0 ? `It takes: ${allowed.join(', ')}.` : takesNone(status);
  return refuse('run_status', `Run ${run} is ${status}, so ${command} is not possible. ${takes}`, {
    status,
    allowed,
  });
};

const takesNone = (status: RunStatus): string =>
  isRunFinal(status)
    ? 'It has ended, and takes no more commands.'
    : 'How it ends is settled: it ends when what is still open in it is done.';

export const approve = approveLaunch;

export const reject = (draft: Draft, { reason }: CommandOf<'reject'>): null => {
  rejectRun(draft, {
    code: 'rejected',
    message: reason ?? 'The start of the run was rejected.',
    layer: 'decide',
  });
  return null;
};

export const pause = (draft: Draft, { reason, byParent }: CommandOf<'pause'>): null => {
  const withParent = byParent && { withParent: byParent };
  draft.emit('run.paused', 'decide', { reason: reason ?? null, failure: null, ...withParent });
  tellChildren(draft, 'pause');
  return null;
};

/** A child goes on with its parent only where it was the parent that stopped it, and nobody had paused it before (PARENT-1). */
export const stop = (draft: Draft, { reason, byParent }: CommandOf<'stop'>): null => {
  const { parent, status } = draft.state;
  const wasPaused = status === 'paused' && (holdOf(draft.state)?.alone ?? true);
  const alone = parent !== null && (!byParent || wasPaused);
  stopOpenWork(draft);
  forgetLaunch(draft);
  draft.emit('run.stopped', 'decide', {
    reason: reason ?? null,
    ...(alone && { alone }),
    ...(byParent && { withParent: byParent }),
  });
  return null;
};

export const cancel = (draft: Draft, command: CommandOf<'cancel'>): Rejection | null => {
  const { reason = null, recovery = 'compensate', keep = [], cause, all = false } = command;
  const unknown =
    (typeof recovery === 'object' ? knownPhase(draft, recovery.rollback) : null) ?? unfitToKeep(draft, keep);
  if (unknown) return unknown;
  cancelRun(draft, reason, { keep, ...(cause && { cause }), ...undoneOf(draft, recovery) });
  if (all) removeOthers(draft, { reason, recovery, cause: cause ?? null });
  return null;
};

/** What nobody has begun does not go on when all else is removed. */
const unfitToKeep = ({ state }: Draft, keep: readonly string[]): Rejection | null => {
  const unfit = keep.find(
    (id) => !Object.hasOwn(state.tasks, id) || state.tasks[id]?.status !== 'in_progress',
  );
  return unfit === undefined
    ? null
    : refuse('task_status', `Nobody works on task ${unfit}, so that it cannot be kept.`, { task: unfit });
};

export const rollback = (draft: Draft, { phase, reason, cause }: CommandOf<'rollback'>): Rejection | null => {
  const unknown = knownPhase(draft, phase);
  if (unknown) return unknown;
  const to = phaseOf(draft, phase);
  if (stepsFrom(draft, to.index).every(({ status }) => status === 'pending'))
    return refuse(
      'phase_not_begun',
      `Nothing of phase ${phase} has begun, so that there is nothing to go back to.`,
    );
  rollBack(draft, to, { feedback: reason ?? 'the run was rolled back', ...(cause && { cause }) });
  return null;
};

export const resume = (draft: Draft, command: CommandOf<'resume'>): Rejection | null => {
  const { state } = draft;
  const { limits = {}, byParent } = command;
  const { run, status } = state;
  const hold = holdOf(state);
  if (byParent && !hold)
    return refuse('run_status', `Run ${run} was ${status} by itself, and goes on by itself.`, { status });
  if (hold && !byParent) {
    const { parent } = hold;
    const message = `Run ${run} belongs to run ${parent}, which is paused or stopped. Resume that one first.`;
    return refuse('run_status', message, { status, parent });
  }
  const raised: Limits = { ...state.limits, ...limits };
  const isRaised = Object.keys(limits).length > 0;
  const given =
    mayRaise(state, limits, raised) ?? (isRaised ? raise(draft, command, raised) : { by: draft.moment.by });
  if ('code' in given) return given;
  const { by, ...ruled } = given;
  const resumed = { limits: raised, ...(isAnew(draft, raised) && { anew: true as const }), ...ruled };
  draft.emitAs('run.resumed', 'decide', resumed, by);
  watchLaunch(draft);
  tellChildren(draft, 'resume');
  return null;
};

const mayRaise = (state: RunState, limits: Partial<Limits>, raised: Limits): Rejection | null => {
  const { run, parent, usage } = state;
  if (parent && Object.keys(limits).length > 0)
    return refuse(
      'limit_of_parent',
      `Run ${run} works within the limits of ${parent.run}; they cannot be raised here.`,
    );
  if (limits.duration !== undefined)
    return refuse(
      'limit_fixed',
      'The duration counts from the start of the run and is not changed by resuming.',
    );
  const wrong = unsound(raised);
  if (wrong !== null) return refuse('limit_invalid', `These are no limits: ${wrong}.`);
  const { cost } = state.limits;
  if (cost && raised.cost && cost.currency !== raised.cost.currency)
    return refuse(
      'limit_currency',
      `Run ${run} counts its cost in ${cost.currency}, which does not compare with ${raised.cost.currency}.`,
    );
  const { held } = usage;
  if (limits.tasks !== undefined && limits.tasks < usage.tasks + held.tasks) {
    const below = held.tasks > 0 ? `, and its child runs may use ${held.tasks} more` : '';
    return refuse(
      'limit_below_use',
      `The run has used ${usage.tasks} tasks already${below}; a limit of ${limits.tasks} is below that.`,
    );
  }
  return null;
};

/** A signal ends the oldest wait for it. One that nothing waits for yet is kept for a wait that may come. */
export const signal = (draft: Draft, { signal: name, payload }: CommandOf<'signal'>): Rejection | null => {
  const { state, graph } = draft;
  const known = graph.steps.flatMap((node) =>
    node.kind === 'wait' && node.signal !== null ? [node.signal] : [],
  );
  if (!known.includes(name)) {
    const takes = known.length === 0 ? 'It waits for none.' : `It knows: ${[...new Set(known)].join(', ')}.`;
    return refuse('signal_unknown', `No step of run ${state.run} waits for a signal ${name}. ${takes}`, {
      known,
    });
  }
  const place = state.waiting[name]?.[0];
  if (!place && state.signals.length >= MAX_KEPT_SIGNALS)
    return refuse(
      'signals_full',
      `Run ${state.run} keeps ${MAX_KEPT_SIGNALS} signals that nothing has waited for.`,
    );
  const kept = draft.settle(payload);
  const credited = kept !== null && { credited: true as const };
  draft.emit('signal.received', 'decide', { signal: name, payload: kept, ...credited });
  if (place) endWait(draft, place, name, kept);
  return null;
};

const endWait = (draft: Draft, place: Place, name: string, output: CommandOf<'signal'>['payload']): void => {
  const step = stepOf(draft.state, place.step);
  forgetWait(draft, step, step.slots[place.slot] as SlotState);
  draft.flow('wait.completed', step.layer, { ...place, output, signal: name });
};
