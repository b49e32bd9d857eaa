import { partiesTo } from '../attribution.ts';
import type { Allotment, Doers, Place, RunUsage } from '../event.ts';
import { follow, requeue, slotOf, succeed, takeSlot, type OpenSlot } from './slots.ts';
import type { Folds } from '../evolve.ts';
import { addMoney } from '../money.ts';
import type { RunState } from '../state.ts';
import { stepOf } from '../steps.ts';
import { contribute } from '../tasks/holding.ts';

const closeWait = (state: RunState, place: Place): OpenSlot => {
  const open = slotOf(state, place);
  if (!open.slot.wait) throw new Error(`slot ${place.slot} of ${place.step} has no open wait`);
  const { signal } = open.slot.wait;
  if (signal !== null) stopWaiting(state, signal, place);
  open.slot.wait = null;
  open.step.active -= 1;
  return open;
};

/** The oldest wait is the one that a signal ends, so it is looked at first. */
const stopWaiting = (state: RunState, signal: string, { step, slot }: Place): void => {
  const waiting = state.waiting[signal] as Place[];
  waiting.splice(
    waiting.findIndex((place) => place.slot === slot && place.step === step),
    1,
  );
  if (waiting.length === 0) delete state.waiting[signal];
};

const takeSignal = (state: RunState, signal: string): void => {
  const at = state.signals.findIndex((kept) => kept.signal === signal);
  if (at < 0) throw new Error(`run ${state.run} has no signal ${signal} to take`);
  state.signals.splice(at, 1);
};

/** Waits for a time or a signal. */
export const WAIT_FOLDS: Folds<'wait' | 'signal'> = {
  'wait.opened': (state, { data: { step, slot, attempt, due, signal } }) => {
    const open = takeSlot(state, { step, slot });
    open.slot.attempt = attempt;
    open.slot.wait = { due, signal };
    if (signal === null) return;
    const waiting = Object.hasOwn(state.waiting, signal) ? state.waiting[signal] : undefined;
    if (waiting) waiting.push({ step, slot });
    else state.waiting[signal] = [{ step, slot }];
  },
  'wait.completed': (state, { data }) => {
    if (data.signal !== null) takeSignal(state, data.signal);
    succeed(closeWait(state, data).step, data.slot, data.output, state.sequence + 1);
  },
  'wait.failed': (state, { data, at }) => {
    follow(closeWait(state, data), data.failure, data.after, at);
  },
  'wait.exited': (state, { data }) => {
    const { step, slot } = closeWait(state, data);
    requeue(step, slot);
  },
  'signal.received': (state, { data: { signal, payload, credited }, by }) => {
    state.signals.push({ signal, payload });
    if (credited) contribute(state, partiesTo(by));
  },
};

const reserve = ({ usage: { held } }: RunState, part: Allotment, by: 1 | -1): void => {
  held.concurrency += by * part.concurrency;
  held.tasks += by * part.tasks;
  held.tokens += by * (part.tokens ?? 0);
  held.cost = addMoney(held.cost, by * (part.cost?.amount ?? 0));
};

/** Gives back what was held for a child, and counts what it used. */
const settle = (state: RunState, held: Allotment, used: RunUsage): void => {
  const { usage } = state;
  reserve(state, held, -1);
  usage.tasks += used.tasks;
  usage.tokens += used.tokens;
  usage.cost = addMoney(usage.cost, used.cost);
};

const closeChild = (state: RunState, place: Place): OpenSlot & { held: Allotment } => {
  const open = slotOf(state, place);
  const { child } = open.slot;
  if (!child) throw new Error(`slot ${place.slot} of ${place.step} has no child run`);
  open.slot.child = null;
  open.step.active -= 1;
  return { ...open, held: child.held };
};

interface Credited {
  readonly step: string;
  readonly contributors?: readonly string[];
  readonly doers?: Doers;
}

/** Who did the steps of a child did the step that started it, whatever came of the child. */
const credit = (state: RunState, { step, contributors = [], doers = {} }: Credited): void => {
  contribute(state, contributors);
  const known = stepOf(state, step).doers;
  for (const [passport, accountable] of Object.entries(doers)) known[passport] ??= accountable;
};

/** Child runs. */
export const CHILD_FOLDS: Folds<'child'> = {
  'child.opened': (state, { data }) => {
    const { slot } = takeSlot(state, data);
    slot.attempt = data.attempt;
    slot.child = { run: data.run, held: data.limits };
    reserve(state, data.limits, 1);
  },
  'child.completed': (state, { data }) => {
    const { step, held } = closeChild(state, data);
    settle(state, held, data.usage);
    credit(state, data);
    succeed(step, data.slot, data.output, state.sequence + 1);
  },
  'child.failed': (state, { data, at }) => {
    const open = closeChild(state, data);
    settle(state, open.held, data.usage);
    credit(state, data);
    follow(open, data.failure, data.after, at);
  },
  'child.exited': (state, { data }) => {
    const { step, slot, held } = closeChild(state, data);
    state.leaving[data.run] = held;
    requeue(step, slot);
  },
  'child.settled': (state, { data }) => {
    const held = state.leaving[data.run];
    if (!held) throw new Error(`run ${state.run} has no child ${data.run} that is to end`);
    delete state.leaving[data.run];
    settle(state, held, data.usage);
    credit(state, data);
    if (!data.completed) return;
    const { step } = slotOf(state, data);
    step.requeued.splice(step.requeued.indexOf(data.slot), 1);
    succeed(step, data.slot, data.completed.output, state.sequence + 1);
  },
};
