import { closeOpenWork } from './close.ts';
import type { Draft } from './draft.ts';
import type { Failure } from './failure.ts';
import { durationTimer, launchTimer } from './ids.ts';
import { isRunFinal } from './lifecycle.ts';

/**
 * How a run ends.
 *
 * END-1  A run that has ended holds no open task, no wait and no timer, and its children have been told to end.
 * END-2  Its parent hears of the end once, and only when its children have ended too: what the parent then gives free, nobody uses.
 */
export const completeRun = (draft: Draft): void => {
  const { graph } = draft;
  const output = graph.output ? draft.evaluate(graph.output) : null;
  if (output && !output.ok)
    return failRun(draft, { code: output.code, message: `The run's output: ${output.message}` });
  draft.flow('run.completed', 'decide', { output: draft.settle(output ? output.value : null) });
  ended(draft);
};

export const failRun = (draft: Draft, failure: Failure): void => {
  closeOpenWork(draft, 'the run failed');
  draft.flow('run.failed', failure.layer ?? 'execute', { failure });
  ended(draft);
};

/** A human said no, and nothing says what to do instead. */
export const rejectRun = (draft: Draft, failure: Failure): void => {
  closeOpenWork(draft, 'the run was rejected');
  draft.emit('run.rejected', 'decide', { failure });
  ended(draft);
};

export const cancelRun = (draft: Draft, reason: string | null): void => {
  closeOpenWork(draft, 'the run was cancelled');
  draft.emit('run.cancelled', 'decide', { reason });
  ended(draft);
};

const ended = (draft: Draft): void => {
  const { run, deadline, boundaries } = draft.state;
  for (const [at, { escalate }] of (boundaries?.launch?.approvals ?? []).entries())
    draft.cancelTimer(launchTimer(run, at, escalate.length));
  if (deadline !== null) draft.cancelTimer(durationTimer(run));
  reportEnd(draft);
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
  });
};
