import { capTime } from './policies/limits.ts';
import type { StepNode } from '../definition/graph.ts';
import type { Placement, Routed, Work } from './command.ts';
import type { Draft } from './draft.ts';
import { PLAIN_TASK, type TaskSpec, type TaskTerms } from './event.ts';
import { givesOut } from './lifecycle.ts';
import { mayBegin } from './may-begin.ts';
import { placeForPeople } from './placement.ts';
import type { Beginner } from './policies/ruling.ts';
import type { Allowed } from './policies/state.ts';
import type { StepState, Task } from './state.ts';
import { stepOf } from './steps.ts';

/**
 * What is asked of routing, and what its answers become.
 *
 * WORK-1  What routing says is written into the event, so that the fold needs neither passports nor clocks.
 * WORK-2  Without routing a task is for whoever is eligible.
 * WORK-7  Whom a task itself names is looked up whenever somebody comes for it: who of them could take it as it was given out is not kept.
 */
type Asked = Pick<TaskSpec, 'task' | 'kind' | 'by' | 'priority' | 'input'> &
  Partial<Pick<TaskSpec, 'slot' | 'attempt' | 'requires' | 'level' | 'from' | 'excluded' | 'separate'>>;

export const workOf = (
  { graph, state }: Pick<Draft, 'graph' | 'state'>,
  node: StepNode,
  asked: Asked,
  preferred: string | null,
): Work => {
  const assign = node.kind === 'task' && asked.kind === 'task' ? node.assign : null;
  return {
    task: asked.task,
    kind: asked.kind,
    by: asked.by,
    step: node.id,
    slot: asked.slot ?? 0,
    attempt: asked.attempt ?? 1,
    priority: asked.priority,
    input: asked.input,
    requires: asked.requires ?? PLAIN_TASK.requires,
    level: asked.level ?? PLAIN_TASK.level,
    from: asked.from ?? PLAIN_TASK.from,
    excluded: asked.excluded ?? PLAIN_TASK.excluded,
    separate: asked.separate ?? PLAIN_TASK.separate,
    definition: graph.id,
    safety: graph.safety,
    assign,
    retained: assign && retainedBy(assign.strategy === 'case' ? null : assign.step, state),
    preferred,
    contributors: state.contributors,
    run: state,
  };
};

const retainedBy = (step: string | null, state: Draft['state']): string | null =>
  step === null ? state.handler : stepOf(state, step).lastDoer;

/** Who did the steps that a step is to be separate from, and the humans who answer for them. */
export const separateFrom = ({ state }: Draft, node: StepNode): readonly string[] => {
  if (node.kind !== 'task' || node.separateFrom.length === 0) return PLAIN_TASK.separate;
  const passports = node.separateFrom.flatMap((id) => Object.entries(stepOf(state, id).doers).flat());
  return [...new Set(passports.filter((passport) => passport !== null))];
};

/** Passports that are kept out of a step, in whatever way its work comes to them. */
export const keptOut = (node: StepNode, { avoid }: StepState): readonly string[] => {
  if (node.kind !== 'task') return PLAIN_TASK.excluded;
  return avoid.length === 0 ? node.excluded : [...new Set([...node.excluded, ...avoid])];
};

/** Where a task goes, once policies have been asked about whoever gets it. */
export interface Given extends Routed, Allowed {
  /** Whoever gets it may not begin with it now. */
  readonly later?: true;
}

/** TAKE-1. Who may not begin with what they would begin with that, has it, if they are a person; all else is for others to take. */
export const givenTo = (draft: Draft, task: Beginner, routed: Routed, commences = false): Given => {
  const { placement } = routed;
  if (placement.kind !== 'assigned') return routed;
  const begins = placement.begin || commences;
  const allowed = mayBegin(draft, task, placement.to, begins);
  if (!('code' in allowed)) return { ...routed, ...allowed };
  if (!begins) return routed;
  if (task.by !== 'human') return { ...routed, placement: ANYBODY.placement };
  return { ...routed, placement: { ...placement, begin: false }, later: true };
};

/** What routing says of a task that is being created. */
export const placed = ({ placement, explanation, ruled, caps }: Given): Partial<TaskSpec> => ({
  ...where(placement),
  ...(explanation && { explanation }),
  ...(ruled && { ruled }),
  ...(caps && { caps }),
});

const where = (placement: Placement): Partial<TaskSpec> => {
  switch (placement.kind) {
    case 'assigned':
      return { assignee: placement.to, ...(!placement.begin && { reserved: true }) };
    case 'offered':
      return placement.to ? { offeredTo: placement.to } : {};
    case 'held':
      return { held: true };
  }
};

/** WORK-7 */
export const offerOf = (
  { from = PLAIN_TASK.from }: Partial<Pick<TaskTerms, 'from'>>,
  offeredTo: TaskTerms['offeredTo'],
): TaskTerms['offeredTo'] => (from.length > 0 ? null : offeredTo);

/** What routing says of a task that has come back, or whose surroundings have changed. A run that gives out no work now keeps it. */
const ask = (draft: Draft, node: StepNode, task: Task, without: readonly string[] = []): Given => {
  if (!givesOut(draft.state.status)) return HELD;
  const excluded = without.length > 0 ? [...task.excluded, ...without] : task.excluded;
  const work = workOf(draft, node, { ...task, task: task.id, excluded }, null);
  return givenTo(draft, task, draft.moment.route?.(work) ?? ANYBODY, commences(task));
};
/** As `ask`, of a task that is given out for the first time. */
export const askFirst = (draft: Draft, node: StepNode, task: Task): Given => {
  if (!givesOut(draft.state.status)) return HELD;
  const work = workOf(draft, node, { ...task, task: task.id }, null);
  const routed = draft.moment.route?.(work) ?? ANYBODY;
  return givenTo(draft, task, placeForPeople(draft, work, task, routed) ?? routed, commences(task));
};
const ANYBODY: Routed = { placement: { kind: 'offered', to: null }, explanation: null };
export const HELD: Routed = { placement: { kind: 'held' }, explanation: null };

/** As `ask`, of a task that nobody works on: one that was given back and held goes to somebody else, where somebody else can take it. */
export const askAgain = (draft: Draft, node: StepNode, task: Task): Given => {
  if (task.status !== 'created') return ask(draft, node, task);
  const given = task.givenBack && ask(draft, node, task, task.givenBack);
  return given && given.placement.kind !== 'held' ? given : askFirst(draft, node, task);
};

/** Whether routing chooses who is to do it; what it does not choose for is there for whoever comes. */
export const isChosen = (node: StepNode, { by }: Pick<Task, 'by'>): boolean => {
  const assign = node.kind === 'task' ? node.assign : null;
  return assign !== null && assign.strategy !== 'offer' && (assign.strategy !== 'best_fit' || by === 'human');
};

/** Routes a task that has come back. What is for whoever comes lies there for them also in a run that gives out no work now. */
export const routeAgain = (
  draft: Draft,
  node: StepNode,
  task: Task,
  without: readonly string[] = [],
): void => {
  if (givesOut(draft.state.status) || isChosen(node, task))
    move(draft, task, ask(draft, node, task, without), without);
};

export const move = (draft: Draft, task: Task, given: Given, givenBack: readonly string[] = []): void => {
  const { placement, explanation, ruled, caps, later } = given;
  if (isThere(task, placement)) return;
  const told = { task: task.id, ...(explanation && { explanation }) };
  const { layer } = task;
  if (placement.kind === 'held')
    draft.flow('task.held', layer, { ...told, ...(givenBack.length > 0 && { givenBack }) });
  else if (placement.kind === 'offered')
    draft.flow('task.offered', layer, { ...told, offeredTo: offerOf(task, placement.to) });
  else {
    const { to: assignee } = placement;
    const begin = !later && (placement.begin || commences(task));
    const allowed = { ...(ruled && { ruled }), ...(caps && { caps }) };
    const data = { ...told, assignee, token: task.token + 1, ...allowed };
    draft.flow(begin ? 'task.started' : 'task.reserved', layer, data);
    capTime(draft, task.id);
  }
};

/** Of people: whoever has it begins it with that. */
export const commences = ({ by, rules }: Task): boolean => by === 'human' && rules?.commence != null;

export const isThere = (task: Task, placement: Placement): boolean => {
  const { status, assignee, offeredTo } = task;
  if (placement.kind === 'held') return status === 'created';
  if (placement.kind === 'assigned') return assignee === placement.to && !placement.begin;
  return status === 'ready' && String(offeredTo) === String(offerOf(task, placement.to));
};
