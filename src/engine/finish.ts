import { closeOpenWork, standDown } from './close.ts';
import type { Message } from './command.ts';
import type { Cause, RunEnd } from './events/compensation.ts';
import { confirmingOf, hasDone, mayBeDone } from './done.ts';
import type { Draft } from './draft.ts';
import type { Doers } from './event.ts';
import { CANCELLED, type Failure } from './failure.ts';
import { tellChildren } from './hold.ts';
import { durationTimer, launchTimer } from './ids.ts';
import { givesOut, isRunFinal } from './lifecycle.ts';
import { stepOf } from './steps.ts';

/**
 * How a run ends.
 *
 * END-1  A run that has ended holds no open task, no wait and no timer, and its children have been told to end.
 * END-2  Its parent hears of the end once, and only when its children have ended too: what the parent then gives free, nobody uses.
 */
export const completeRun = (draft: Draft): void => {
  const { graph } = draft;
  const output = graph.output ? draft.evaluate(graph.output) : null;
  if (output && !output.ok && draft.holdsBack(null)) return;
  if (output && !output.ok)
    return failRun(draft, { code: output.code, message: `The run's output: ${output.message}` });
  draft.flow('run.completed', 'decide', { output: draft.settle(output ? output.value : null) });
  ended(draft);
};

export const failRun = (draft: Draft, failure: Failure): void =>
  endRun(draft, { status: 'failed', failure }, { reason: 'the run failed', flows: true });

/** A human said no, and nothing says what to do instead. */
export const rejectRun = (draft: Draft, failure: Failure): void =>
  endRun(draft, { status: 'rejected', failure }, { reason: 'the run was rejected' });

export const cancelRun = (draft: Draft, reason: string | null, asked: Asked = {}): void =>
  endRun(draft, { status: 'cancelled', reason }, { reason: 'the run was cancelled', ...asked });

/** Every other run of the definition too, as far as it began before. */
export const removeOthers = (
  draft: Draft,
  asked: Pick<Extract<Message, { kind: 'removal' }>, 'reason' | 'recovery' | 'cause'>,
): void => {
  const { run, definition } = draft.state;
  const { now: before, by } = draft.moment;
  draft.send({ kind: 'removal', run, definition: definition.id, before, by, ...asked });
};

interface Asked {
  /** Steps whose work is undone; left out, all that can be. */
  readonly undo?: readonly string[];
  readonly keep?: readonly string[];
  readonly cause?: Cause;
}

/**
 * END-3  What is to be undone, or may be (CHILD-3), is undone before the run has ended, and what is kept has come to its end. Children
 *        that undo something go on with that.
 */
const endRun = (
  draft: Draft,
  end: RunEnd,
  { reason, flows, undo, keep = [], cause }: Asked & { readonly reason: string; readonly flows?: true },
): void => {
  const { state } = draft;
  const isHalted = !givesOut(state.status);
  const recovery = undo?.length === 0 ? { recovery: 'none' as const } : {};
  const steps = undo ?? state.steps.map(({ id }) => id);
  const confirming = confirmingOf(undo ? undo.map((id) => stepOf(state, id)) : state.steps);
  closeOpenWork(draft, { reason, keep: [...keep, ...confirming], ...recovery });
  if (keep.length === 0 && !state.undoing && !hasDone(draft, steps) && !mayBeDone(draft, steps))
    return conclude(draft, end, flows === true, cause);
  standDown(draft, state.steps);
  forgetEnd(draft);
  const layer = end.status === 'failed' ? (end.failure.layer ?? 'execute') : 'decide';
  const told = { end, steps, ...(keep.length > 0 && { keeps: keep }), ...(cause && { cause }) };
  if (flows) draft.flow('run.closing', layer, told);
  else draft.emit('run.closing', layer, told);
  if (isHalted) tellChildren(draft, 'resume');
};

/** `flows`: nobody asks for it now. */
export const conclude = (draft: Draft, settled: RunEnd, flows: boolean, cause?: Cause): void => {
  const end = withRest(draft, settled);
  const tell = flows ? draft.flow.bind(draft) : draft.emit.bind(draft);
  if (end.status === 'cancelled')
    tell('run.cancelled', 'decide', { reason: end.reason, ...(cause && { cause }) });
  else if (end.status === 'rejected') tell('run.rejected', 'decide', { failure: end.failure });
  else tell('run.failed', end.failure.layer ?? 'execute', { failure: end.failure });
  ended(draft);
};

/** UNDO-4 */
const withRest = ({ state }: Draft, end: RunEnd): RunEnd => {
  const failed = state.steps.filter(({ compensates, status }) => compensates && status === 'failed');
  if (failed.length === 0) return end;
  const rest = `Not undone: ${failed.map(({ id }) => id.replace(/\.compensate$/, '')).join(', ')}.`;
  if (end.status === 'cancelled') return { ...end, reason: `${sentence(end.reason ?? CANCELLED)} ${rest}` };
  return { ...end, failure: { ...end.failure, message: `${sentence(end.failure.message)} ${rest}` } };
};

const sentence = (text: string): string => (/(^|[.!?…])$/.test(text) ? text : `${text}.`);

const ended = (draft: Draft): void => {
  forgetEnd(draft);
  reportEnd(draft);
};

/** The timers that would end it. */
const forgetEnd = (draft: Draft): void => {
  const { run, deadline } = draft.state;
  forgetLaunch(draft);
  if (deadline !== null) draft.cancelTimer(durationTimer(run));
};

/** Nobody is waited for to approve the start. */
export const forgetLaunch = (draft: Draft): void => {
  const { run, boundaries } = draft.state;
  for (const [at, approval] of (boundaries?.launch?.approvals ?? []).entries())
    draft.cancelTimer(launchTimer(run, at, approval));
};

/** Tells the parent, as soon as nothing is left that could use more. */
export const reportEnd = (draft: Draft): void => {
  const { run, status, parent, output, failure, usage, contributors, leaving } = draft.state;
  if (!parent || !isRunFinal(status) || Object.keys(leaving).length > 0) return;
  const { tasks, tokens, cost } = usage;
  draft.send({
    kind: 'child.end',
    parent,
    run,
    output,
    failure,
    usage: { tasks, tokens, cost },
    contributors: Object.keys(contributors),
    ...doersOf(draft),
  });
};

const doersOf = ({ state }: Draft): { doers?: Doers } => {
  const doers: Record<string, string | null> = {};
  for (const step of state.steps)
    for (const [passport, accountable] of Object.entries(step.doers)) doers[passport] ??= accountable;
  return Object.keys(doers).length > 0 ? { doers } : {};
};
