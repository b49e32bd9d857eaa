import type { Json } from '../../definition/json.ts';
import type { Again, CompensationEvent } from '../events/compensation.ts';
import { begun, goOnClocks } from '../deadline-terms.ts';
import type { EventOf } from '../event.ts';
import { redo } from './slots.ts';
import { clearWork } from './task-notes.ts';
import type { Fold } from '../evolve.ts';
import { cancelledFor } from '../failure.ts';
import type { RunState, StepState, Undoing, Unwinding } from '../state.ts';
import { stepOf } from '../steps.ts';
import { takesCapacity, taskOf } from '../tasks/holding.ts';

/** How work is undone and sent back. */
export const COMPENSATION_FOLDS: { readonly [Type in CompensationEvent['type']]: Fold<Type> } = {
  'run.closing': (state, { data: { end, steps } }) => {
    state.status = 'closing';
    state.failure = end.status === 'cancelled' ? cancelledFor(end.reason) : end.failure;
    state.unwinding = { steps, end, again: [] };
  },
  'run.sent_back': (state, { data }) => {
    const { unwinding } = state;
    const steps = [...new Set([...(unwinding?.steps ?? []), ...data.steps])];
    state.unwinding = { steps, end: null, again: [...(unwinding?.again ?? []), data] };
  },
  'run.redone': (state, { data }) => {
    if (state.unwinding) wound(state, state.unwinding);
    const { by, steps, feedback, others = false, keeps } = data;
    if (by !== null) stepOf(state, by).redone += 1;
    for (const id of steps) redo(stepOf(state, id), feedback, others);
    if (keeps) stepOf(state, keeps.step).keeps = { slot: keeps.slot, assignee: keeps.assignee };
  },
  'compensation.opened': (state, { data }) => {
    const work = stepOf(state, data.step);
    if (work.status !== 'open') renew(work);
    addSlots(work, data.slots);
    if (!data.partial) for (const slot of data.slots) stepOf(state, data.of).undo?.slots.push(slot);
    for (const slot of data.slots) {
      const { written } = stepOf(state, data.of).slots[slot] ?? {};
      if (written) written.undone = true;
    }
    const undoing = (state.undoing ??= {});
    const known: Undoing = (undoing[data.step] ??= { restarts: [] });
    if (data.restart) known.restarts.push(data.restart);
    if (data.refused) known.refused = { ...known.refused, ...resultsOf(stepOf(state, data.of), data.slots) };
  },
  'compensation.closed': (state, { data }) => {
    if (!state.undoing?.[data.step]) throw new Error(`${data.step} undoes nothing in run ${state.run}`);
    delete state.undoing[data.step];
    if (Object.keys(state.undoing).length === 0) delete state.undoing;
  },
  'task.restarted': restarted,
};

/** One of what was sent back is done again. */
const wound = (state: RunState, { steps, end, again }: Unwinding): void => {
  const left: readonly Again[] = again.slice(1);
  if (left.length === 0) delete state.unwinding;
  else state.unwinding = { steps, end, again: left };
};

/** As it was before it opened; what it has undone before this is not undone again. */
const renew = (work: StepState): void => {
  const { undo } = work;
  if (work.status !== 'pending') redo(work, null, false);
  if (undo) work.undo = undo;
  work.status = 'open';
  if (work.fanOut) work.items = [];
};

/** The items of what undoes a list are the numbers of the slots that it undoes. */
const addSlots = (work: StepState, slots: readonly number[]): void => {
  work.count += slots.length;
  if (!work.fanOut) return;
  work.items = [...(work.items ?? []), ...slots];
  for (const _ of slots) work.outputs.push(null);
};

const resultsOf = ({ slots }: StepState, of: readonly number[]): Record<number, Json> =>
  Object.fromEntries(of.map((slot) => [slot, slots[slot]?.held?.output ?? null]));

function restarted(state: RunState, { data, at }: EventOf<'task.restarted'>): void {
  const task = taskOf(state, data.task);
  if (task.suspension) goOnClocks(task, at, data.again);
  if (task.suspension?.undo && takesCapacity(task)) state.usage.open += 1;
  task.suspension = null;
  task.status = data.begins ? 'in_progress' : 'reserved';
  task.token = data.token;
  task.startedAt = data.begins ? at : null;
  clearWork(task);
  if (data.begins) begun(task);
}
