import { isArtifactRef, isObject, type Json } from '../../definition/json.ts';
import type { AfterFailure, Place } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { StepStatus } from '../lifecycle.ts';
import type { HeldResult } from '../policies/state.ts';
import { newSlot, newStep, type RunState, type SlotState, type StepState } from '../state.ts';
import { stepOf } from '../steps.ts';

/**
 * How the slots of a step are taken, given back and closed.
 *
 * SLOT-1  A slot is fresh (not before `next`), in work (`active`), between attempts (`retryAt`), in line (`requeued`), or done.
 * SLOT-2  Slots in line go first, in the order in which they came, but for results that are to be approved, which nothing keeps waiting (LIMIT-4);
 *         fresh ones follow by number. Those whose result is being undone (UNDO-6) are passed over.
 */
export interface OpenSlot {
  readonly step: StepState;
  readonly slot: SlotState;
}

export const slotOf = (state: RunState, place: Place): OpenSlot => {
  const step = stepOf(state, place.step);
  const slot = step.slots[place.slot];
  if (!slot) throw new Error(`run ${state.run}: slot ${place.slot} of ${place.step} is not open`);
  return { step, slot };
};

/** Takes a slot into work, out of the line or as the next fresh one. */
export const takeSlot = (state: RunState, place: Place): OpenSlot => {
  const step = stepOf(state, place.step);
  if (step.status === 'pending') {
    step.status = 'open';
    step.count = 1;
  }
  if (!takeTurn(step, place.slot) || step.status !== 'open' || place.slot >= step.count)
    throw new Error(`run ${state.run}: slot ${place.slot} of ${place.step} cannot be opened now`);
  const slot = (step.slots[place.slot] ??= newSlot(place.slot));
  step.active += 1;
  return { step, slot };
};

const takeTurn = (step: StepState, slot: number): boolean => {
  const at = step.requeued.indexOf(slot);
  if (at === 0) step.requeued.shift();
  else if (at > 0) step.requeued.splice(at, 1);
  else if (slot === step.next) step.next += 1;
  else return false;
  return true;
};

/** Work that ends before it is done goes back in line, with its history. */
export const requeue = (step: StepState, slot: SlotState): void => {
  slot.retryAt = null;
  if (slot.held?.ahead) step.requeued.unshift(slot.slot);
  else step.requeued.push(slot.slot);
};

/** Bytes of a result that live as artifacts: of itself, or of the subject that an approval approved. */
const bytesIn = (output: Json): number => {
  if (isArtifactRef(output)) return output.bytes;
  const subject = isObject(output) ? output['subject'] : undefined;
  return isArtifactRef(subject) ? subject.bytes : 0;
};

/** `at`: the sequence of the event that says so. */
export const succeed = (step: StepState, slot: number, output: Json, at: number): void => {
  delete step.slots[slot];
  if (step.undo) step.undo.at = at;
  step.succeeded += 1;
  step.artifactBytes += bytesIn(output);
  setOutput(step, slot, output);
  closeIfDone(step);
};

/** RESULT-3. What has been done, and is to be approved before it counts. */
export const keep = (step: StepState, slot: SlotState, held: HeldResult, at: number): void => {
  slot.held = held;
  if (step.undo) step.undo.at = at;
  setOutput(step, slot.slot, held.output);
};

const drop = (step: StepState, slot: SlotState): void => {
  if (!slot.held) return;
  delete slot.held;
  setOutput(step, slot.slot, null);
};

const setOutput = (step: StepState, slot: number, output: Json): void => {
  if (step.fanOut) step.outputs[slot] = output;
  else step.output = output;
};

export const giveUp = (step: StepState, slot: number, failure: Failure, skip: boolean): void => {
  delete step.slots[slot];
  if (skip) step.skipped += 1;
  else step.failed += 1;
  const { code, message } = failure;
  step.failures.push({ slot, code, message, ...(skip && step.compensates && { skipped: true }) });
  if (!skip) step.failure ??= failure;
  closeIfDone(step);
};

const closeIfDone = (step: StepState): void => {
  if (step.succeeded + step.failed + step.skipped < step.count) return;
  const status: StepStatus =
    step.failed > 0 ? 'failed' : step.succeeded > 0 || step.fanOut ? 'completed' : 'skipped';
  step.status = status;
};

/** What is said of work that was taken back holds for that attempt alone. */
export const dropTerms = (slot: SlotState): void => {
  delete slot.terms;
  delete slot.notes;
};

/** What a failed attempt leads to; the slot is no longer active when this is called. */
export const follow = ({ step, slot }: OpenSlot, failure: Failure, after: AfterFailure, at: number): void => {
  slot.failures += 1;
  dropTerms(slot);
  drop(step, slot);
  switch (after.then) {
    case 'skip':
    case 'fail':
      return giveUp(step, slot.slot, failure, after.then === 'skip');
    case 'escalate':
      slot.escalation = { ...slot.escalation, to: after.to, failure };
      return requeue(step, slot);
    case 'retry':
    case 'another_participant':
      slot.another ||= after.then === 'another_participant';
      if (after.at <= at) requeue(step, slot);
      else slot.retryAt = after.at;
  }
};

/** The step as it was before it opened, in its next round. */
export const redo = (step: StepState, feedback: Json, others: boolean): void => {
  const fresh = newStep({
    step: step.id,
    layer: step.layer,
    fanOut: step.fanOut,
    ...(step.undo && { compensated: true }),
    ...(step.compensates && { compensates: true }),
  });
  const { redone, doers, lastDoer } = step;
  const avoid = others ? Object.keys(doers) : [];
  if (step.keeps) delete step.keeps;
  Object.assign(step, fresh, { round: step.round + 1, redone, feedback, doers, lastDoer, avoid });
};
