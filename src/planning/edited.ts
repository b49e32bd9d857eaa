import {
  compileDefinition,
  type AuthoredPhase,
  type Graph,
  type Json,
  type JsonObject,
  type StepNode,
  type Template,
  type Work,
} from '../definition/index.ts';
import { estimate, type Weighed } from './estimate.ts';
import { explainEdited } from './explained.ts';
import type { Estimates, ExecutionStep, Goal, Plan, Reason } from './goal.ts';
import { isLimitNotice, limitNotices } from './limit-notices.ts';
import { listed } from './names.ts';
import type { Choice, PlanningView } from './view.ts';

/** What the lists of one definition may cost together, to be counted. */
const MOST_WORK = 5_000_000;

/** What is said of the steps of a definition that somebody else wrote. */
export interface Described {
  readonly executionPlan: readonly ExecutionStep[];
  readonly estimates: Estimates;
  readonly explanation: readonly Reason[];
  readonly notices: readonly string[];
}

type Before = Pick<Plan, 'definition' | 'estimates' | 'explanation' | 'notices'>;

/** Null for a definition with errors. `before` is the plan as it was; the input of `goal` may be another since. */
export function describeEdited(
  document: JsonObject,
  view: PlanningView,
  before: Before,
  { goal, now }: { readonly goal: Goal; readonly now: number },
): Described | null {
  const compiled = compileDefinition(document, '');
  if (!compiled.ok) return null;
  const { graph } = compiled;
  const choices = new Map<string, Choice>();
  const steps = graph.phases.flatMap(({ steps: indexes }) =>
    indexes.map((index) => graph.steps[index] as StepNode),
  );
  for (const node of steps) {
    const { id, priority } = node;
    if (node.kind !== 'task') continue;
    const { requires, by } = node;
    choices.set(id, view.choose({ requires, by, from: node.from, priority: priority ?? 5 }));
  }
  const items = itemsOf(steps, listsOf(document), goal.input, before);
  const estimates = estimate(
    steps.map((node) => weighed(node, graph, items.get(node.id) ?? null)),
    choices,
    view,
    goal.budget,
  );
  return {
    executionPlan: steps.map((node, at) => stepOf(node, at, choices.get(node.id))),
    estimates,
    explanation: explainEdited(before, document, choices),
    notices: [
      ...before.notices.filter((notice) => !isLimitNotice(notice)),
      ...limitNotices(goal, estimates, now),
    ],
  };
}

function stepOf(node: StepNode, at: number, choice: Choice | undefined): ExecutionStep {
  return {
    order: at + 1,
    step: node.id,
    description: descriptionOf(node),
    assignedTo: choice?.assignee?.id ?? null,
    reason: choice?.reason ?? (node.kind === 'approval' ? `${listed(node.from)} decides` : ''),
    requiredCapabilities: node.kind === 'task' ? node.requires : [],
    status: 'planned',
  };
}

function descriptionOf(node: StepNode): string {
  switch (node.kind) {
    case 'task':
    case 'approval':
      return node.description ?? node.id;
    case 'record':
      return `${node.operation} in ${node.system}`;
    case 'wait':
      return node.signal === null ? 'Wait' : `Wait for ${node.signal}`;
    case 'workflow':
      return `Run ${node.definition}`;
  }
}

/** What lists are made of, as authored, by the step that goes over them. */
const listsOf = ({ phases }: JsonObject): Map<string, string> =>
  new Map(
    (phases as unknown as readonly AuthoredPhase[]).flatMap(({ id, steps }) =>
      steps.map((step) => [`${id}.${step.id}`, JSON.stringify(step.forEach)] as const),
    ),
  );

/** How often each step is done: as the input says, or as before where its list is made of the same steps, done as often. */
function itemsOf(
  steps: readonly StepNode[],
  lists: ReadonlyMap<string, string>,
  input: Json,
  { definition, estimates }: Before,
): ReadonlyMap<string, number | null> {
  const known = new Map(estimates.steps.map((one) => [one.step, one.items]));
  const former = listsOf(definition);
  const items = new Map<string, number | null>();
  const work = { left: MOST_WORK };
  for (const { id, forEach } of steps) {
    const reads = forEach?.items.reads ?? [];
    const isSame =
      lists.get(id) === former.get(id) && reads.every((read) => items.get(read) === known.get(read));
    if (forEach === null) items.set(id, 1);
    else if (reads.length === 0) items.set(id, sizeOf(forEach.items, input, work));
    else items.set(id, isSame ? (known.get(id) ?? null) : null);
  }
  return items;
}

/** Null where the list cannot be made of the input, or costs too much to be made. */
function sizeOf(list: Template, input: Json, work: Work): number | null {
  const found = list.evaluate({ input, phases: {}, run: { id: '', startedBy: '', priority: 5 } }, work);
  return found.ok && Array.isArray(found.value) ? found.value.length : null;
}

function weighed(node: StepNode, graph: Graph, items: number | null): Weighed {
  const phase = graph.phases[node.phase];
  return {
    step: node.id,
    phase: phase?.id ?? '',
    needs: phase?.needs.map((need) => graph.phases[need]?.id ?? '') ?? [],
    requires: node.kind === 'task' ? node.requires : [],
    items,
    isDecision: node.kind === 'task' ? node.by === 'human' : node.kind !== 'workflow',
    isRun: node.kind === 'workflow',
  };
}
