import type { Graph, StepNode } from '../../definition/graph.ts';
import { whyAsked } from '../../policy/ruling.ts';
import type { Work } from '../command.ts';
import type { Draft } from '../draft.ts';
import type { Place } from '../event.ts';
import { workId } from '../ids.ts';
import { awaitsPeople } from '../may-begin.ts';
import { askInPlace } from './in-place.ts';
import { nextAsked, type Beginner } from './ruling.ts';
import { newSlot, type RunState, type SlotState, type StepState, type Task } from '../state.ts';
import { indexOf, stepOf } from '../steps.ts';
import { nodeOf } from '../tasks/guard.ts';
import { workOf } from '../work.ts';

/**
 * Policies that ask for an approval before somebody gets work, or begins with it: of a step, of a system of record, or of people.
 *
 * BEGIN-1  It is asked where nobody could get the work without it, and stands in the place of the work, which opens when nothing is
 *          asked of it any more. Where somebody may do it without, they do.
 *          Where nobody could have done it at all when its turn came, it is asked once somebody can.
 * BEGIN-2  It is of exactly this work, by its digest, and good for one task: for another attempt it is asked anew.
 */
export const awaitsLeave = (
  draft: Draft,
  name: string | null,
  step: StepState,
  slot: SlotState,
  workOf: () => Work,
): boolean => {
  const { boundaries } = draft.moment;
  if (!boundaries?.mayAsk(draft.state)) return false;
  const work = workOf();
  const ruling = boundaries.asks(work, draft.state);
  if (!ruling) return false;
  const { task, kind, priority, input, requires } = work;
  const { moment } = draft;
  const digest = moment.sha256(moment.canonical({ kind: 'task.start', step: step.id, requires, input }));
  const next = nextAsked(ruling, digest, draft.state.boundaries?.leave?.[task]);
  if (!next) return false;
  const asked = {
    priority,
    description: `Approve that work begins: ${name ?? step.id}`,
    reason: whyAsked(ruling, next),
    subject: { work: name ?? step.id, step: step.id, requires, input, consequence: CONSEQUENCE },
    digest,
    authority: ruling.authority,
    ruling,
    ...(kind !== 'task' && { of: kind }),
  };
  askInPlace(draft, 'begin.asked', step, slot, asked, next);
  return true;
};

/** The work of a place whose turn has come, as it was before the event that says what became of it. */
export const workAtTurn = (
  graph: Graph,
  state: RunState,
  { step: id, slot: at }: Place,
): Omit<Beginner, 'input'> => {
  const step = stepOf(state, id);
  const node = graph.steps[indexOf(state, id) as number] as StepNode;
  const slot = step.slots[at] ?? newSlot(at);
  const attempt = slot.attempt + 1;
  const { requires, by, priority } = { ...askedBy(node, slot), ...slot.terms };
  const kind = slot.escalation ? 'escalation' : node.kind === 'record' ? 'record' : 'task';
  const task = workId(state, step, at, attempt);
  return { id: task, step: id, slot: at, attempt, kind, requires, by, priority: priority ?? state.priority };
};

const askedBy = (
  node: StepNode,
  { escalation }: SlotState,
): Pick<Beginner, 'requires' | 'by'> & Pick<StepNode, 'priority'> => {
  const { priority } = node;
  if (escalation) return { requires: [], by: 'human', priority };
  return node.kind === 'task'
    ? { requires: node.requires, by: node.by, priority }
    : { requires: [], by: 'system', priority };
};

const CONSEQUENCE = {
  approved: 'It is given out, with exactly this.',
  rejected: 'It is given to nobody; the step fails.',
};

/** Whether work that lies there for anybody would not do so, were its turn only now: people are asked first, or it is left to them. */
export const isForPeopleFirst = (draft: Draft, task: Task): boolean => {
  const { boundaries } = draft.moment;
  if (!boundaries || task.kind === 'approval' || task.assignee !== null) return false;
  if (awaitsPeople(draft, task)) return true;
  const work = workOf(draft, nodeOf(draft, task), { ...task, task: task.id }, null);
  if (task.by !== 'human' && boundaries.leaves(work, draft.state)) return true;
  return boundaries.mayAsk(draft.state) && boundaries.asks(work, draft.state) !== null;
};
