import type { StepNode } from '../definition/graph.ts';
import type { Restart } from './events/compensation.ts';
import { standDown } from './close.ts';
import { compensationOf, doneBy, unconfirmedOf, type Done } from './done.ts';
import { dueAgain, dueIn } from './deadline-terms.ts';
import type { Draft } from './draft.ts';
import { fill } from './fill.ts';
import { conclude, failRun } from './finish.ts';
import { givesOut, isStepFinal } from './lifecycle.ts';
import { freeCapacity } from './limits.ts';
import { capTime } from './policies/limits.ts';
import { setDeadline } from './set-deadline.ts';
import type { StepState, Task, Unwinding } from './state.ts';
import { indexOf, stepOf } from './steps.ts';
import { nodeOf } from './tasks/guard.ts';
import { takesCapacity } from './tasks/holding.ts';

/**
 * Undoing what was done, where its step says how (`compensate`).
 *
 * UNDO-1  What was done is undone once: that it is begun is noted with the work itself, in the event that begins it.
 * UNDO-2  Steps are undone one after the other, the last that was done first, and a phase before its steps. Items of one step are
 *         undone side by side.
 * UNDO-3  Children that were told to end have ended before: what they did came last.
 * UNDO-4  What cannot be undone is somebody's to look at, as its `onFailure` says. Where they give it up the run fails, or ends as it
 *         was to, and says what was not undone.
 * UNDO-5  Work that is put aside until what it did is undone stays so until then: neither a stop of the run nor the passing of its time
 *         gives it to anybody beside that. Where its time has passed meanwhile, it is begun again with the whole of it.
 * UNDO-6  A result that is not accepted is kept with what undoes it, to be read by that alone, and its slot is given to nobody before it is undone.
 * UNDO-7  A write that was made and not confirmed is confirmed first, or given up as at any other time: until then it is not known whether
 *         there is something to undo, and nothing is written again. Nothing else of what is to be undone begins meanwhile.
 */
export const undo = (draft: Draft): void => {
  const { state } = draft;
  if (!givesOut(state.status)) return;
  goOn(draft);
  if (state.unwinding) confirm(draft, state.unwinding);
  while (state.unwinding && !state.undoing && isFree(draft)) {
    const next = latest(doneBy(draft, state.unwinding.steps));
    if (!next) return finish(draft, state.unwinding);
    open(draft, next);
    goOn(draft);
  }
};

/** Steps whose work is being undone. */
export const isHeldBack = ({ steps }: Unwinding, { id }: StepState): boolean => steps.includes(id);

/** UNDO-7 */
const confirm = (draft: Draft, unwinding: Unwinding): void => {
  for (const step of unconfirmed(draft, unwinding)) fill(draft, nodeOf(draft, { step: step.id }), step);
};

const unconfirmed = ({ graph, state }: Draft, { steps }: Unwinding): readonly StepState[] =>
  graph.steps.flatMap((node) => {
    if (node.kind !== 'record' || !node.verify) return [];
    const step = state.steps[node.index] as StepState;
    return unconfirmedOf(step).length > 0 && steps.includes(step.id) ? [step] : [];
  });

/** Nothing is left of the work itself, and all is known that was done. */
const isFree = (draft: Draft): boolean => {
  const { leaving, status, steps, unwinding } = draft.state;
  if (Object.keys(leaving).length > 0 || (unwinding && unconfirmed(draft, unwinding).length > 0))
    return false;
  return status !== 'closing' || steps.every(({ active }) => active === 0);
};

const latest = (done: readonly Done[]): Done | undefined =>
  done.toSorted((a, b) => b.at - a.at || rank(b) - rank(a))[0];
const rank = ({ node }: Done): number => (node.compensates?.kind === 'phase' ? 1 : 0);

const open = (draft: Draft, { node, of, slots }: Done): void =>
  draft.flow('compensation.opened', node.layer, { step: node.id, of: of.id, slots });

interface Undone {
  readonly partial: boolean;
  readonly refused?: true;
  readonly restart?: Restart;
}

/** Undoes at once what a task has done so far, or has just ended with. */
export const undoSlot = (
  draft: Draft,
  node: StepNode,
  of: { readonly step: string; readonly slot: number },
  { partial, refused, restart }: Undone,
): void => {
  const { step, slot } = of;
  const known = stepOf(draft.state, node.id);
  const isUnderWay = known.status === 'open' && !known.fanOut;
  if (isUnderWay && !restart) return;
  draft.emit('compensation.opened', node.layer, {
    step: node.id,
    of: step,
    slots: isUnderWay ? [] : [slot],
    ...(partial && { partial }),
    ...(refused && { refused }),
    ...(restart && { restart }),
  });
};

/** RESULT-3. Undoes what is not accepted, before the slot is given to anybody else (UNDO-6). */
export const undoHeld = (draft: Draft, of: Task): void => {
  const isHeld = stepOf(draft.state, of.step).slots[of.slot]?.held;
  const node = isHeld ? compensationOf(draft, of.step) : null;
  if (node) undoSlot(draft, node, of, { partial: true, refused: true });
};

/** Opens what waits to be opened, and closes what is over. */
const goOn = (draft: Draft): void => {
  const { state, graph } = draft;
  for (const id of Object.keys(state.undoing ?? {})) {
    const step = stepOf(state, id);
    const node = graph.steps[indexOf(state, id) as number] as StepNode;
    fill(draft, node, step);
    if (!isStepFinal(step.status)) continue;
    const holdsUp = isHeldUp(draft, step);
    if (holdsUp || beginAgain(draft, id)) close(draft, node, step, holdsUp);
  }
};

/** Work that waits until what it did is undone. */
const putAside = ({ state }: Draft, id: string): readonly Restart[] =>
  (state.undoing?.[id]?.restarts ?? []).filter(({ task }) => state.tasks[task]?.suspension?.undo);

/** Tasks are begun again as far as the cap of concurrency has room for them; false while some have to wait for that. */
const beginAgain = (draft: Draft, id: string): boolean => {
  const { state } = draft;
  for (const { task: name, begins } of putAside(draft, id)) {
    const task = state.tasks[name] as Task;
    if (takesCapacity(task) && freeCapacity(state) < 1) return false;
    restart(draft, task, begins);
  }
  return true;
};

/** UNDO-5 */
const restart = (draft: Draft, task: Task, begins: boolean): void => {
  const { id, kind, layer, token, deadline, timed, suspension } = task;
  const hasPassed = deadline === null && timed > (suspension?.since ?? 0);
  const again = dueAgain(draft, task);
  draft.flow('task.restarted', layer, { task: id, token: token + 1, begins, ...again });
  const { timeout } = nodeOf(draft, task);
  if (hasPassed && timeout !== null && kind !== 'escalation')
    setDeadline(draft, task, dueIn(draft, timeout, null));
  capTime(draft, id);
};

/** UNDO-4. What was given up, and not what was skipped, holds up the work that waits for it; of a list, that of the same item. */
const isHeldUp = (draft: Draft, { id, status, items, failures }: StepState): boolean => {
  const { unwinding, tasks } = draft.state;
  if (status !== 'failed') return false;
  if (unwinding) return unwinding.end === null;
  const failed = (failures as { slot: number; skipped?: true }[]).filter(({ skipped }) => !skipped);
  const givenUp = new Set(failed.map(({ slot }) => items?.[slot] ?? 0));
  return putAside(draft, id).some(({ task }) => givenUp.has((tasks[task] as Task).slot));
};

const close = (draft: Draft, node: StepNode, step: StepState, holdsUp: boolean): void => {
  const { id } = step;
  draft.flow('compensation.closed', node.layer, { step: id });
  if (!holdsUp) return;
  const message = `What was done could not be undone: ${step.failure?.message ?? id}`;
  failRun(draft, { code: 'compensation_failed', message, step: id, layer: step.layer });
};

const finish = (draft: Draft, { end, again }: Unwinding): void => {
  const { state } = draft;
  if (end) {
    standDown(draft, state.steps);
    return conclude(draft, end, true);
  }
  for (const one of again) draft.flow('run.redone', 'decide', one);
};
