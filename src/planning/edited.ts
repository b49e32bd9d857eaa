import { compileDefinition, type Graph, type JsonObject, type StepNode } from '../definition/index.ts';
import { estimate, type Weighed } from './estimate.ts';
import type { Estimates, ExecutionStep } from './goal.ts';
import { listed } from './names.ts';
import type { Choice, PlanningView } from './view.ts';

/** What is said of the steps of a definition that somebody else wrote. */
export interface Described {
  readonly executionPlan: readonly ExecutionStep[];
  readonly estimates: Estimates;
}

/** Null for a definition with errors. `before` tells how often steps are done that are still there. */
export function describeEdited(
  document: JsonObject,
  view: PlanningView,
  before: Estimates,
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
  return {
    executionPlan: steps.map((node, at) => stepOf(node, at, choices.get(node.id))),
    estimates: estimate(
      steps.map((node) => weighed(node, graph, before)),
      choices,
      view,
    ),
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

function weighed(node: StepNode, graph: Graph, before: Estimates): Weighed {
  const phase = graph.phases[node.phase];
  const known = before.steps.find(({ step }) => step === node.id)?.items ?? null;
  return {
    step: node.id,
    phase: phase?.id ?? '',
    needs: phase?.needs.map((need) => graph.phases[need]?.id ?? '') ?? [],
    requires: node.kind === 'task' ? node.requires : [],
    items: node.forEach === null ? 1 : known,
    isDecision: node.kind !== 'task' || node.by === 'human',
  };
}
