import { isArtifactRef, type Json } from '../../definition/index.ts';
import {
  leaveFor,
  objectionToStart,
  writeQuestion,
  writtenIn,
  type RunState,
  type Task,
  type Work,
} from '../../engine/index.ts';
import { RULING_WORK, verdictAfter, whyOf, type Ruling } from '../../policy/index.ts';
import { RunBoundaries, type Asking, type Forbids, type Surroundings } from './boundaries.ts';

/** What is known outside of the transitions of a run. */
export type Known = Pick<Surroundings, 'policies' | 'graph' | 'now' | 'find'>;

/** Participants that are asked about together, at most: a page is read within a moment. */
const MOST_PARTICIPANTS = 20_000;

export const newAsking = (): Asking => ({
  participants: MOST_PARTICIPANTS,
  work: 2 * RULING_WORK,
  known: new Map(),
});

const boundariesOf = (around: Known, asking: Asking): RunBoundaries =>
  new RunBoundaries({
    ...around,
    candidates: () => [],
    write: () => {},
    spend: (work) => void (asking.work -= work),
  });

/**
 * Why the policies that a run keeps let none of these ever get a task; null where somebody may get it, and where that is not
 * known for what it would cost. `as`: tasks of the same have the same candidates.
 */
export const denialOf = (
  around: Known,
  task: Task,
  state: RunState,
  candidates: () => readonly string[],
  { as, asking }: { readonly as: string; readonly asking: Asking },
): Ruling | null => {
  const boundaries = boundariesOf(around, asking);
  const denied = boundaries.denies(task, state, candidates, { as, asking });
  return denied ?? (asking.work > 0 ? writeDenialOf(boundaries, around, task, state) : null);
};

/** Why policies do not let somebody begin with a task as things are, in words; null where they do, and where that depends on an artifact. */
export const mayNotBegin = (
  around: Known,
  task: Task,
  state: RunState,
  participant: string,
  grantor: string | null = null,
): string | null => {
  const boundaries = boundariesOf(around, newAsking());
  const asked = (who: string): Ruling | null =>
    boundaries.rule({ point: 'task.start', task, participant: who }, state);
  const ruling = asked(participant);
  const isHeldBack = ruling && verdictAfter(ruling, leaveFor(state, task.id)) !== 'allow';
  const lent = isHeldBack || grantor === null ? null : asked(grantor);
  const denial = isHeldBack
    ? ruling
    : lent?.verdict === 'deny'
      ? lent
      : writeDenialOf(boundaries, around, task, state);
  return denial && whyOf(denial);
};

/** Who must not get such work as things are. */
export const forbidsNow = (around: Known, work: Work): Forbids =>
  boundariesOf(around, newAsking()).forbids(work, work.run);

/** Null also where that depends on an artifact. */
const writeDenialOf = (
  boundaries: RunBoundaries,
  { graph }: Known,
  task: Task,
  state: RunState,
): Ruling | null => {
  let isRead = true;
  const whole = (value: Json): Json => {
    if (!isArtifactRef(value)) return value;
    isRead = false;
    return null;
  };
  const node = graph.steps.find(({ id }) => id === task.step);
  const asked = writeQuestion(task, node, () => whole(writtenIn(whole(task.input))));
  const ruling = asked && boundaries.rule(asked, state);
  return isRead && ruling?.verdict === 'deny' ? ruling : null;
};

/** Why no approval lets a start begin that waits for one, in words; null where one does, and where that is not known for what it would cost. */
export const startDenialOf = (around: Known, state: RunState, asking: Asking): string | null =>
  asking.work > 0 ? (objectionToStart(state, boundariesOf(around, asking))?.message ?? null) : null;
