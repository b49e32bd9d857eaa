import type { EventView } from '../../src/operations/schema/index.ts';
import { UNDOABLE, WHOLE } from './voyage.ts';

/** What is undone at a time: slots of a step, or a phase as a whole. */
export interface Undoing {
  readonly of: string;
  readonly slots: readonly number[];
}

interface Payload {
  readonly task: string;
  readonly step: string;
  readonly slot: number;
  readonly of: string;
  readonly slots: readonly number[];
  readonly steps: readonly string[];
}
const payloadOf = ({ payload }: EventView): Payload => payload as unknown as Payload;

/** What a run did by its record, and what of it the guide (docs/guides/exceptions.md) wants undone, in which order. */
export const toBeUndone = (events: readonly EventView[]): Undoing[] => {
  const places = new Map<string, Payload>();
  const done = new Map<string, { readonly slots: number[]; at: number }>();
  const found: Undoing[] = [];
  for (const event of events) {
    const told = payloadOf(event);
    if (event.type === 'task.created') places.set(told.task, told);
    if (event.type === 'task.completed') {
      const { step, slot } = places.get(told.task) as Payload;
      const known = done.get(step) ?? { slots: [], at: 0 };
      known.slots.push(slot);
      done.set(step, { ...known, at: event.cursor });
    }
    if (event.type === 'run.closing' || event.type === 'run.sent_back') {
      const named = (step: string): boolean => told.steps.includes(step) && done.has(step);
      const at = (step: string): number => done.get(step)?.at ?? 0;
      const steps = Object.values(UNDOABLE).flat().filter(named);
      const wanted = steps.map((of) => ({
        of: of as string,
        slots: done.get(of)!.slots,
        at: at(of),
        rank: 1,
      }));
      if (UNDOABLE.book.every(named))
        wanted.push({ of: WHOLE, slots: [0], at: Math.max(...UNDOABLE.book.map(at)), rank: 0 });
      wanted.sort((a, b) => b.at - a.at || a.rank - b.rank);
      found.push(...wanted.map(({ of, slots }) => ({ of, slots: slots.toSorted((a, b) => b - a) })));
    }
    if (event.type === 'run.redone') for (const step of told.steps) done.delete(step);
  }
  return found;
};

/** What a run has undone by its record. @throws Error where two were undone side by side, or one not to its end, or more than once */
export const undoneBy = (events: readonly EventView[]): Undoing[] => {
  const found: Undoing[] = [];
  const places = new Map<string, string>();
  let now: { readonly step: string; readonly slots: readonly number[]; left: number } | null = null;
  for (const event of events) {
    const { type } = event;
    const { task, step, of, slots } = payloadOf(event);
    if (type === 'task.created') places.set(task, step);
    if (type === 'compensation.opened') {
      if (now) throw new Error(`${step} is opened while ${now.step} undoes`);
      now = { step, slots, left: slots.length };
      found.push({ of, slots });
    }
    if (type === 'task.completed' && now && places.get(task) === now.step) now.left -= 1;
    if (type === 'compensation.closed') {
      if (now?.step !== step || now.left !== 0) throw new Error(`${step} is closed with ${now?.left} left`);
      now = null;
    }
  }
  if (now) throw new Error(`${now.step} was never closed`);
  return found;
};
