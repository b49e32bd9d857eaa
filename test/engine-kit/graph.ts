import type {
  ApprovalNode,
  Assign,
  Evaluation,
  Graph,
  Lapse,
  Layer,
  Limits,
  PhaseNode,
  RecordNode,
  Scope,
  StepNode,
  TaskNode,
  Template,
  WaitNode,
  WorkflowNode,
} from '../../src/definition/graph.ts';
import type { Json } from '../../src/definition/json.ts';

/** Graphs by hand: what a definition compiles to, with plain functions for its expressions. */

type Value = Json | Template;
const isTemplate = (value: unknown): value is Template =>
  typeof value === 'object' && value !== null && typeof (value as Template).evaluate === 'function';

/** An expression. `reads` names the steps whose results it looks at. */
export const expression = (evaluate: (scope: Scope) => Json, reads: readonly string[] = []): Template => ({
  reads,
  evaluate: (scope): Evaluation => ({ ok: true, value: evaluate(scope) }),
});
export const broken = (message = 'no such field'): Template => ({
  reads: [],
  evaluate: (): Evaluation => ({ ok: false, code: 'expression_failed', message }),
});
const template = (value: Value): Template => (isTemplate(value) ? value : expression(() => value));

/** How work is given out: offered to everybody, but for what is said. */
export const assign = (changes: Partial<Assign> = {}): Assign => ({
  strategy: 'offer',
  step: null,
  when: 'enabled',
  load: null,
  fallback: 'offer',
  order: 'any',
  ...changes,
});

interface Common {
  readonly if?: Value;
  readonly forEach?: Value;
  readonly concurrency?: number;
  readonly timeout?: Lapse;
  readonly retry?: Partial<StepNode['retry']>;
  readonly onFailure?: Partial<StepNode['onFailure']>;
  readonly priority?: number;
  /** What undoes it. */
  readonly compensate?: Step;
}
type Fields<Node, Templates extends keyof Node> = Partial<Omit<Node, keyof StepBase | 'kind' | Templates>> & {
  readonly [Key in Templates]?: Value;
};
type StepBase = Pick<
  StepNode,
  | 'id'
  | 'index'
  | 'phase'
  | 'layer'
  | 'if'
  | 'forEach'
  | 'timeout'
  | 'retry'
  | 'onFailure'
  | 'priority'
  | 'compensates'
>;

/** A step before it has a place in a graph. */
export type Step = (at: Pick<StepNode, 'id' | 'index' | 'phase'>) => StepNode;

/** What undoes steps, until they have their place. */
const COMPENSATIONS = new WeakMap<StepNode, Step>();
const withCompensation = <Node extends StepNode>(node: Node, { compensate }: Common): Node => {
  if (compensate) COMPENSATIONS.set(node, compensate);
  return node;
};

const base = (at: Parameters<Step>[0], common: Common, layer: Layer): StepBase => ({
  ...at,
  layer,
  if: common.if === undefined ? null : template(common.if),
  forEach:
    common.forEach === undefined
      ? null
      : { items: template(common.forEach), concurrency: common.concurrency ?? null },
  timeout: common.timeout ?? null,
  retry: { attempts: 1, backoff: 'none', delay: 1000, maxDelay: 60_000, ...common.retry },
  onFailure: { then: null, finally: 'fail', to: [], ...common.onFailure },
  priority: common.priority ?? null,
  compensates: null,
});

const COMMON = [
  'if',
  'forEach',
  'concurrency',
  'timeout',
  'retry',
  'onFailure',
  'priority',
  'compensate',
] as const;
const own = <Options extends Common>(options: Options): Omit<Options, keyof Common> => {
  const rest = { ...options } as Record<string, unknown>;
  for (const key of COMMON) delete rest[key];
  return rest as Omit<Options, keyof Common>;
};

export const task =
  (options: Common & Fields<TaskNode, 'input'> = {}): Step =>
  (at) =>
    withCompensation(
      {
        kind: 'task',
        description: null,
        requires: [],
        by: 'agent',
        level: null,
        from: [],
        whom: null,
        separateFrom: [],
        excluded: [],
        assign: null,
        confidence: 0.7,
        output: null,
        skippable: false,
        deadlines: [],
        activateAt: null,
        rules: null,
        ...own(options),
        input: template(options.input ?? null),
        ...base(at, options, 'execute'),
      } as const,
      options,
    );

export const approval =
  (options: Common & Fields<ApprovalNode, 'subject'> = {}): Step =>
  (at) =>
    withCompensation(
      {
        kind: 'approval',
        description: null,
        from: ['role:manager'],
        whom: null,
        schema: null,
        quorum: 1,
        chain: [],
        distinct: 'people',
        distinctFrom: [],
        veto: true,
        reasoned: false,
        keeps: false,
        within: null,
        escalate: [],
        onTimeout: 'expire',
        onReject: { redo: null, appeal: [] },
        onChanges: null,
        deadlines: [],
        ...own(options),
        subject: template(options.subject ?? 'the subject'),
        ...base(at, options, 'decide'),
      } as const,
      options,
    );

export const record =
  (options: Common & Fields<RecordNode, 'input'> = {}): Step =>
  (at) =>
    withCompensation(
      {
        kind: 'record',
        system: 'erp',
        operation: 'post',
        verify: false,
        approvedBy: null,
        ...own(options),
        input: template(options.input ?? null),
        ...base(at, options, 'record'),
      } as const,
      options,
    );

export const wait =
  (options: Common & { for?: Value; until?: Value; signal?: string; within?: Lapse }): Step =>
  (at): WaitNode =>
    withCompensation(
      {
        kind: 'wait',
        for: options.for === undefined ? null : template(options.for),
        until: options.until === undefined ? null : template(options.until),
        signal: options.signal ?? null,
        within: options.within ?? null,
        ...base(at, options, 'execute'),
      } as const,
      options,
    );

export const workflow =
  (options: Common & Fields<WorkflowNode, 'input'> = {}): Step =>
  (at) =>
    withCompensation(
      {
        kind: 'workflow',
        definition: 'child',
        version: null,
        ...own(options),
        input: template(options.input ?? null),
        ...base(at, options, 'execute'),
      } as const,
      options,
    );

export interface Phase {
  readonly id: string;
  readonly needs?: readonly string[];
  readonly if?: Value;
  /** What undoes the phase as a whole. */
  readonly compensate?: Step;
  readonly steps: Readonly<Record<string, Step>>;
}

export interface GraphOptions {
  readonly id?: string;
  readonly limits?: Partial<Limits>;
  readonly input?: Graph['input'];
  readonly output?: Value;
}

export const LIMITS: Limits = { concurrency: 8, tasks: 1000, tokens: null, cost: null, duration: null };

/** Phases in an order in which each comes after those it needs. */
export const graphOf = (phases: readonly Phase[], options: GraphOptions = {}): Graph => {
  const steps: StepNode[] = [];
  const nodes = phases.map((phase, index): PhaseNode => {
    const placed = Object.entries(phase.steps).map(([name, step]) => {
      const node = step({ id: `${phase.id}.${name}`, index: steps.length, phase: index });
      steps.push(node);
      return node.index;
    });
    const needs = (phase.needs ?? []).map((id) => phases.findIndex((other) => other.id === id));
    return {
      id: phase.id,
      index,
      needs,
      dependents: phases.flatMap((other, at) => (other.needs?.includes(phase.id) ? [at] : [])),
      downstream: downstreamOf(phases, index),
      steps: placed,
      if: phase.if === undefined ? null : template(phase.if),
    };
  });
  steps.push(...compensationsOf(phases, nodes, steps));
  return {
    id: options.id ?? 'job',
    digest: 'digest',
    name: 'Job',
    safety: 'reversible',
    limits: { ...LIMITS, ...options.limits },
    allow: { capabilities: null, tools: null },
    input: options.input ?? null,
    phases: nodes,
    steps,
    output: options.output === undefined ? null : template(options.output),
  };
};

const compensationsOf = (
  phases: readonly Phase[],
  nodes: readonly PhaseNode[],
  steps: readonly StepNode[],
): StepNode[] => {
  const made: StepNode[] = [];
  const place = (id: string, phase: number) => ({
    id: `${id}.compensate`,
    index: steps.length + made.length,
    phase,
  });
  for (const { index: phase, id, steps: own } of nodes) {
    for (const at of own) {
      const node = steps[at] as StepNode;
      const undo = COMPENSATIONS.get(node)?.(place(node.id, phase));
      if (undo) made.push({ ...undo, forEach: node.forEach, compensates: { kind: 'step', step: at } });
    }
    const whole = phases[phase]?.compensate?.(place(id, phase));
    if (whole) made.push({ ...whole, compensates: { kind: 'phase', phase } });
  }
  return made;
};

const downstreamOf = (phases: readonly Phase[], index: number): number[] => {
  const reached = new Set([index]);
  phases.forEach((phase, at) => {
    if (phase.needs?.some((id) => reached.has(phases.findIndex((other) => other.id === id)))) reached.add(at);
  });
  return [...reached].sort((a, b) => a - b);
};

/** One phase for each step, each needing the one before: `a.do`, `b.do`, … */
export const sequenceOf = (steps: readonly Step[], options: GraphOptions = {}): Graph => {
  const name = (at: number): string => String.fromCharCode(97 + at);
  return graphOf(
    steps.map((step, at) => ({ id: name(at), needs: at === 0 ? [] : [name(at - 1)], steps: { do: step } })),
    options,
  );
};

/** One phase `work`, with the steps side by side. */
export const sideBySide = (steps: Readonly<Record<string, Step>>, options: GraphOptions = {}): Graph =>
  graphOf([{ id: 'work', steps }], options);
