import type { Graph, StepNode } from '../../definition/index.ts';
import { addMoney, askedBefore } from '../../engine/index.ts';
import type { Beginning, Question, RunState, Task, WantedCall } from '../../engine/index.ts';
import type { FactsOf, ToolClass } from '../../policy/index.ts';
import { capabilitiesAt, type FullPassport } from '../../routing/index.ts';
import { estimateOf } from './estimate.ts';

/** Who there is, as facts tell of them. */
export type FindPassport = (id: string) => FullPassport | null;

/** The facts at each point, made of what the engine asks about, and of who there is now. */
export interface FactSource {
  readonly graph: Graph;
  readonly now: number;
  find: FindPassport;
}

type Participant = FactsOf<'task.start'>['participant'];

const wellKnown = (passport: FullPassport, now: number): Participant => {
  const { id, kind, owner, roles, groups } = passport;
  return {
    id,
    kind,
    owner: kind === 'human' ? null : owner,
    roles: [...roles],
    groups: [...groups],
    capabilities: [...capabilitiesAt(passport, now)],
  };
};

export const participantOf = ({ find, now }: Pick<FactSource, 'find' | 'now'>, id: string): Participant => {
  const passport = find(id);
  return passport
    ? wellKnown(passport, now)
    : { id, kind: 'system', owner: null, roles: [], groups: [], capabilities: [] };
};

export const timeOf = (now: number): string => new Date(now).toISOString();

const runOf = ({ graph }: FactSource, state: RunState): FactsOf<'task.start'>['run'] => ({
  id: state.run,
  definition: state.definition.id,
  version: state.definition.version,
  safety: graph.safety,
  startedBy: state.startedBy,
  accountable: state.accountable,
  priority: state.priority,
  depth: state.depth,
  contributors: Object.keys(state.contributors),
  tasks: state.usage.tasks,
  tokens: state.usage.tokens,
  cost: state.usage.cost,
});

type TaskFacts = FactsOf<'task.start'>['task'];
export type TaskLike = Pick<
  Task,
  'id' | 'step' | 'slot' | 'kind' | 'requires' | 'by' | 'attempt' | 'priority'
>;

const taskOf = (state: RunState, task: TaskLike): TaskFacts => ({
  id: task.id,
  step: task.step,
  kind: task.kind === 'verification' ? 'record' : task.kind,
  requires: [...task.requires],
  by: task.by,
  attempt: task.attempt - askedBefore(state, task),
  priority: task.priority,
});

export function startFacts(
  source: FactSource,
  { definition, input, priority, parent, startedBy }: Beginning,
  limits: Extract<Question, { point: 'run.start' }>['limits'],
): FactsOf<'run.start'> {
  const { graph, now } = source;
  const { id, version } = definition;
  const capabilities = graph.steps.flatMap((node) => (node.kind === 'task' ? node.requires : []));
  const systems = graph.steps.flatMap((node) => (node.kind === 'record' ? [node.system] : []));
  return {
    now: timeOf(now),
    definition: {
      id,
      version,
      safety: graph.safety,
      capabilities: [...new Set(capabilities)],
      tools: [...(graph.allow.tools ?? [])],
      systems: [...new Set(systems)],
    },
    limits: { ...limits, cost: limits.cost && { ...limits.cost } },
    estimate: estimateOf(graph, input, limits),
    input,
    startedBy: participantOf(source, startedBy),
    priority,
    parent: parent ? { run: parent.run, safety: parent.safety ?? 'read_only' } : null,
  };
}

export const assignFacts = (
  source: FactSource,
  state: RunState,
  task: TaskLike,
  candidate: string,
): FactsOf<'task.assign'> => ({
  now: timeOf(source.now),
  run: runOf(source, state),
  task: taskOf(state, task),
  candidate: participantOf(source, candidate),
});

export const beginFacts = (
  source: FactSource,
  state: RunState,
  task: TaskLike,
  participant: string,
): FactsOf<'task.start'> => ({
  now: timeOf(source.now),
  run: runOf(source, state),
  task: taskOf(state, task),
  participant: participantOf(source, participant),
});

export const resultFacts = (
  source: FactSource,
  state: RunState,
  { task, participant, output, confidence, usage }: Extract<Question, { point: 'task.complete' }>,
): FactsOf<'task.complete'> => ({
  now: timeOf(source.now),
  run: runOf(source, state),
  task: taskOf(state, task),
  participant: participantOf(source, participant),
  output,
  confidence,
  usage: {
    tokens: task.usage.tokens + usage.tokens,
    cost: addMoney(task.usage.cost, usage.cost),
    duration: task.startedAt === null ? 0 : source.now - task.startedAt,
  },
});

export const writeFacts = (
  source: FactSource,
  state: RunState,
  { task, slot, attempt, priority, node, input }: Extract<Question, { point: 'record.write' }>,
): FactsOf<'record.write'> => ({
  now: timeOf(source.now),
  run: runOf(source, state),
  task: taskOf(state, {
    id: task,
    step: node.id,
    slot,
    kind: 'record',
    requires: [],
    by: 'system',
    attempt,
    priority,
  }),
  record: {
    system: node.system,
    operation: node.operation,
    safety: source.graph.safety,
    guarded: isGuarded(source.graph, node),
  },
  input,
});

export const callFacts = (
  source: FactSource,
  state: RunState,
  { task, agent, tool, arguments: args }: WantedCall,
  is: ToolClass,
): FactsOf<'tool.call'> => ({
  now: timeOf(source.now),
  run: runOf(source, state),
  task: taskOf(state, task),
  agent: participantOf(source, agent),
  tool: { name: tool, class: is },
  arguments: args,
});

/** An approval of the definition stands before it, whichever way leads there. */
function isGuarded(
  { phases, steps }: Graph,
  node: StepNode & { readonly approvedBy: string | null },
): boolean {
  if (node.approvedBy !== null) return true;
  const before = [...(phases[node.phase]?.needs ?? [])];
  for (let at = 0; at < before.length; at += 1) {
    const phase = phases[before[at] as number];
    if (phase?.steps.some((index) => steps[index]?.kind === 'approval')) return true;
    for (const next of phase?.needs ?? []) if (!before.includes(next)) before.push(next);
  }
  return false;
}
