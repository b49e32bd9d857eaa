import fc from 'fast-check';
import type { Assign, DeadlineNode, Graph, Template } from '../../src/definition/graph.ts';
import type { Json } from '../../src/definition/json.ts';
import { USUAL_RULES } from '../../src/definition/task-rules.ts';
import {
  approval,
  broken,
  expression,
  graphOf,
  MONDAY,
  record,
  task,
  traceOf,
  wait,
  workflow,
  type Phase,
  type Step,
} from '../engine-kit/index.ts';

/** Random graphs. A recipe is plain data, so that a failing case can be read; `graphFrom` makes the graph. */
export interface Recipe {
  readonly phases: readonly PhaseRecipe[];
  readonly limits: {
    readonly concurrency: number;
    readonly tasks: number;
    readonly tokens: number | null;
    readonly cost: number | null;
    readonly duration: number | null;
  };
  readonly output: ValueRecipe;
}
interface PhaseRecipe {
  /** Which of the phases before it this one needs, as bits. */
  readonly needs: number;
  readonly if: ConditionRecipe;
  /** It says how it is undone as a whole. */
  readonly undo: boolean;
  readonly steps: readonly StepRecipe[];
}
interface StepRecipe {
  readonly kind: 'task' | 'approval' | 'record' | 'wait' | 'workflow';
  readonly if: ConditionRecipe;
  readonly forEach: null | { readonly items: number; readonly concurrency: number | null };
  readonly value: ValueRecipe;
  readonly timeout: number | null;
  readonly attempts: number;
  readonly backoff: 'none' | 'fixed' | 'exponential';
  readonly another: boolean;
  readonly finally: 'fail' | 'skip' | 'escalate';
  readonly by: 'agent' | 'human' | null;
  readonly skippable: boolean;
  readonly quorum: number;
  readonly within: number | null;
  readonly hops: number;
  /** How many phases back a rejection sends the work, and how often; null ends the run. */
  readonly redo: null | { readonly back: number; readonly max: number };
  readonly verify: boolean;
  readonly wait: 'for' | 'until' | 'past' | 'signal';
  readonly when: Assign['when'];
  readonly strategy: Assign['strategy'];
  readonly separate: boolean;
  readonly voting: null | {
    readonly chain: boolean;
    readonly distinct: 'people' | 'groups';
    readonly veto: boolean;
    readonly reasoned: boolean;
    readonly keeps: boolean;
    readonly onTimeout: 'expire' | 'reject';
    /** How many phases back changes send the work; 0 is nowhere. */
    readonly changes: number;
  };
  readonly deadline: null | {
    readonly on: DeadlineNode['on'];
    readonly ms: number;
    readonly then: number;
    readonly pauses: boolean;
  };
  readonly undo: null | {
    readonly kind: 'task' | 'record';
    readonly value: ValueRecipe;
    readonly finally: 'fail' | 'skip' | 'escalate';
    readonly attempts: number;
    readonly verify: boolean;
  };
  readonly activate: 'at_once' | 'manual' | 'later';
  readonly commence: 'creation' | 'allocation' | null;
  readonly alone: boolean;
}
type ConditionRecipe = 'none' | 'true' | 'false' | 'broken' | 'text';
type ValueRecipe = 'plain' | 'reads' | 'broken' | 'odd' | 'large';

export const SIGNALS = ['go', 'constructor'] as const;

const often = <Value>(usual: Value, ...rare: Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 40 }, ...rare.map((value) => fc.constant(value)));

const maybe = <Value>(value: fc.Arbitrary<Value>, nothing = 2): fc.Arbitrary<Value | null> =>
  fc.oneof({ arbitrary: fc.constant(null), weight: nothing }, { arbitrary: value, weight: 1 });

const step: fc.Arbitrary<StepRecipe> = fc.record({
  kind: fc.constantFrom('task', 'task', 'task', 'approval', 'record', 'wait', 'workflow'),
  if: often<ConditionRecipe>('none', 'true', 'false', 'broken', 'text'),
  forEach: maybe(
    fc.record({ items: fc.nat({ max: 6 }), concurrency: maybe(fc.integer({ min: 1, max: 4 }), 1) }),
    1,
  ),
  value: often<ValueRecipe>(
    'plain',
    'reads',
    'reads',
    'reads',
    'reads',
    'reads',
    'broken',
    'odd',
    'odd',
    'large',
  ),
  timeout: maybe(fc.constantFrom(1000, 60_000)),
  attempts: fc.integer({ min: 1, max: 3 }),
  backoff: fc.constantFrom('none', 'fixed', 'exponential'),
  another: fc.boolean(),
  finally: fc.constantFrom('fail', 'skip', 'escalate', 'escalate'),
  by: fc.constantFrom('agent', 'agent', 'human', null),
  skippable: fc.boolean(),
  quorum: fc.integer({ min: 1, max: 2 }),
  within: maybe(fc.constantFrom(5000, 100_000), 1),
  hops: fc.nat({ max: 2 }),
  redo: maybe(fc.record({ back: fc.nat({ max: 3 }), max: fc.integer({ min: 1, max: 2 }) }), 1),
  verify: fc.boolean(),
  wait: fc.constantFrom('for', 'until', 'past', 'signal', 'signal'),
  when: fc.constantFrom('enabled', 'enabled', 'early', 'late'),
  strategy: fc.constantFrom('best_fit', 'offer', 'round_robin', 'case', 'retain'),
  separate: fc.boolean(),
  voting: maybe(
    fc.record({
      chain: fc.boolean(),
      distinct: fc.constantFrom('people' as const, 'groups' as const),
      veto: fc.boolean(),
      reasoned: fc.boolean(),
      keeps: fc.boolean(),
      onTimeout: fc.constantFrom('expire' as const, 'reject' as const),
      changes: fc.nat({ max: 2 }),
    }),
    1,
  ),
  deadline: maybe(
    fc.record({
      on: fc.constantFrom('start' as const, 'completion' as const),
      ms: fc.constantFrom(300, 20_000),
      then: fc.nat({ max: 10 }),
      pauses: fc.boolean(),
    }),
    1,
  ),
  undo: maybe(
    fc.record({
      kind: fc.constantFrom('task' as const, 'record' as const),
      value: often<ValueRecipe>('plain', 'reads', 'broken', 'odd'),
      finally: fc.constantFrom('fail', 'skip', 'escalate', 'escalate'),
      attempts: fc.integer({ min: 1, max: 2 }),
      verify: fc.boolean(),
    }),
    1,
  ),
  activate: often<StepRecipe['activate']>('at_once', 'manual', 'manual', 'later', 'later'),
  commence: maybe(fc.constantFrom('creation' as const, 'allocation' as const)),
  alone: fc.boolean(),
});

export const recipe: fc.Arbitrary<Recipe> = fc.record({
  phases: fc.array(
    fc.record({
      needs: fc.nat({ max: 31 }),
      if: often<ConditionRecipe>('none', 'true', 'false', 'broken'),
      undo: fc.boolean(),
      steps: fc.array(step, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  limits: fc.record({
    concurrency: fc.integer({ min: 1, max: 5 }),
    tasks: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 40 })),
    tokens: maybe(fc.integer({ min: 1, max: 400 })),
    cost: maybe(fc.constantFrom(0.3, 1, 7.77)),
    duration: maybe(fc.constantFrom(1_000_000, 10_000_000), 6),
  }),
  output: often<ValueRecipe>('plain', 'reads', 'broken', 'large'),
});

/** The recipe without workflow steps, so that nesting ends. */
export const withoutChildren = (random: Recipe): Recipe => ({
  ...random,
  phases: random.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((one) => (one.kind === 'workflow' ? { ...one, kind: 'task' } : one)),
  })),
});

export const graphFrom = ({ phases, limits, output }: Recipe): Graph =>
  graphOf(
    phases.map((phase, index): Phase => {
      const needs = phases.flatMap((_, at) => (at < index && phase.needs & (1 << at) ? [`p${at}`] : []));
      const readable = phases.flatMap(({ steps }, at) =>
        needs.includes(`p${at}`) ? steps.map((_, s) => `p${at}.s${s}`) : [],
      );
      const steps = phase.steps.map((one, s): [string, Step] => [
        `s${s}`,
        stepFrom(one, readable, phases, index, `s${s}`),
      ]);
      const undo = phase.undo ? { compensate: task({ input: expression(({ run }) => run.id) }) } : {};
      return { id: `p${index}`, needs, steps: Object.fromEntries(steps), ...when(phase.if), ...undo };
    }),
    {
      limits: { ...limits, cost: limits.cost === null ? null : { amount: limits.cost, currency: 'EUR' } },
      output: valueFrom(
        output,
        phases.flatMap(({ steps }, at) => steps.map((_, s) => `p${at}.s${s}`)),
      ),
    },
  );

const when = (condition: ConditionRecipe): { if?: Json | Template } => {
  if (condition === 'none') return {};
  if (condition === 'broken') return { if: broken() };
  return { if: condition === 'text' ? 'yes' : condition === 'true' };
};

const LARGE = 'x'.repeat(70_000);

const valueFrom = (value: ValueRecipe, readable: readonly string[]): Template => {
  if (value === 'broken') return broken();
  if (value === 'reads') return expression(({ phases }) => lengths(phases, readable), readable);
  if (value === 'large')
    return expression(({ item, index }) => ({ LARGE, item: item ?? null, index: index ?? null }));
  return expression(({ index }) => ({ index: index ?? null }));
};

/** What the steps gave, as its length in JSON: the content of artifacts counts, a reference would not. */
const lengths = (phases: Parameters<Template['evaluate']>[0]['phases'], steps: readonly string[]): Json =>
  steps.map((id) => {
    const [phase = '', name = ''] = id.split('.');
    const found = phases[phase]?.[name];
    return JSON.stringify([found?.status, found?.output, found?.outputs, found?.feedback]).length;
  });

/** Half of the slots of a step with an odd value fail. */
const oddly = (value: ValueRecipe, readable: readonly string[]): Template => {
  const good = valueFrom(value === 'odd' ? 'plain' : value, readable);
  if (value !== 'odd') return good;
  return {
    reads: [],
    evaluate: (scope) =>
      scope.index !== undefined && scope.index % 2 === 1 ? broken().evaluate(scope) : good.evaluate(scope),
  };
};

const stepFrom = (
  one: StepRecipe,
  readable: readonly string[],
  phases: Recipe['phases'],
  phase: number,
  name: string,
): Step => {
  const { timeout, forEach, by, skippable, verify, quorum, within } = one;
  const value = oddly(one.value, readable);
  const common = {
    timeout,
    retry: { attempts: one.attempts, backoff: one.backoff, delay: 700, maxDelay: 2000 },
    onFailure: {
      then: one.another ? ('another_participant' as const) : null,
      finally: one.finally,
      to: ['role:lead'],
    },
    ...when(one.if),
    ...(forEach && { forEach: Array.from({ length: forEach.items }, (_, at) => ({ at })) }),
    ...(forEach?.concurrency && { concurrency: forEach.concurrency }),
    ...(one.undo && { compensate: undoFrom(one.undo, readable, [`p${phase}`, name]) }),
  };
  const options = { ...common, ...(timeout === null ? {} : { timeout }) } as Omit<typeof common, 'timeout'>;
  switch (one.kind) {
    case 'task':
      return task({
        ...options,
        by,
        skippable,
        input: value,
        assign: assignFrom(one, readable),
        separateFrom: one.separate ? readable : [],
        deadlines: deadlinesFrom(one.deadline, ['notify', 'reassign', 'escalate', 'expire']),
        from: one.alone ? ['passport_agent_1'] : [],
        rules: {
          ...USUAL_RULES,
          activation: one.activate === 'manual' ? 'manual' : null,
          commence: one.commence,
        },
        ...(one.activate === 'later' && { activateAt: expression(() => MONDAY + 50_000) }),
      });
    case 'record':
      return record({ ...options, verify, input: value });
    case 'workflow':
      return workflow({ ...options, input: value });
    case 'wait':
      return wait({ ...options, ...waitFrom(one) });
    case 'approval':
      return approval({
        ...options,
        subject: value,
        quorum,
        within,
        escalate: within === null ? [] : Array.from({ length: one.hops }, (_, hop) => `role:hop${hop}`),
        onReject: one.redo
          ? { redo: backFrom(phases, phase, one.redo.back), max: one.redo.max, others: one.another }
          : { redo: null, appeal: one.hops > 1 ? ['role:above'] : [] },
        ...votingFrom(one.voting, phases, phase),
        deadlines: deadlinesFrom(one.deadline, ['notify', 'reassign', 'escalate', 'reject', 'expire']),
      });
  }
};

const undoFrom = (
  { kind, value, attempts, verify, finally: last }: NonNullable<StepRecipe['undo']>,
  readable: readonly string[],
  of: readonly [phase: string, step: string],
): Step => {
  const asked = {
    input: value === 'plain' ? tracing(of) : oddly(value, readable),
    retry: { attempts, backoff: 'fixed' as const, delay: 700, maxDelay: 2000 },
    onFailure: { then: null, finally: last, to: ['role:lead'] },
  };
  return kind === 'task' ? task(asked) : record({ ...asked, verify });
};

/** What it undoes (HISTORY-7). */
const tracing = ([phase, step]: readonly [phase: string, step: string]): Template =>
  expression(
    ({ phases, index }) => {
      const { output = null, outputs = [] } = phases[phase]?.[step] ?? {};
      return { trace: traceOf(index === undefined ? output : (outputs[index] ?? null)) };
    },
    [`${phase}.${step}`],
  );

const votingFrom = (
  voting: StepRecipe['voting'],
  phases: Recipe['phases'],
  phase: number,
): Parameters<typeof approval>[0] => {
  if (!voting) return {};
  const { chain, changes, ...rest } = voting;
  const onChanges = { redo: backFrom(phases, phase, changes), max: 2, others: false };
  return { ...rest, ...(changes > 0 && { onChanges }), ...(chain && { chain: CHAIN }) };
};

/** Every third subject that somebody has made goes to the second stage too. */
const CHAIN = [
  { from: ['role:manager'], quorum: 1, if: null },
  {
    from: ['role:cfo'],
    quorum: 2,
    if: expression(({ subject }) => (subject as { how?: number } | null)?.how !== 1),
  },
];

const deadlinesFrom = (
  deadline: StepRecipe['deadline'],
  actions: readonly DeadlineNode['then'][],
): readonly DeadlineNode[] => {
  if (!deadline) return [];
  const { on, ms, pauses } = deadline;
  const then = actions[deadline.then % actions.length] as DeadlineNode['then'];
  const to = then === 'reject' || then === 'expire' ? [] : ['role:lead', 'manager_of:holder'];
  return [{ on, within: { ms, working: false }, remind: [Math.floor(ms / 3), ms * 2], then, to, pauses }];
};

const assignFrom = ({ when, strategy, forEach }: StepRecipe, readable: readonly string[]): Assign => ({
  strategy: strategy === 'retain' && readable.length === 0 ? 'offer' : strategy,
  step: strategy === 'retain' ? (readable[0] ?? null) : null,
  when: when === 'early' && forEach ? 'enabled' : when,
  load: null,
  fallback: 'offer',
  order: 'any',
});

/** A phase that the approval's own depends on, or its own. */
const backFrom = (phases: Recipe['phases'], phase: number, back: number): number => {
  const needs = phases[phase]?.needs ?? 0;
  const earlier = Array.from({ length: phase }, (_, at) => at).filter((at) => needs & (1 << at));
  const to = earlier.at(-1);
  return back === 0 || to === undefined ? phase : backFrom(phases, to, back - 1);
};

const waitFrom = ({ wait: kind, within }: StepRecipe): Parameters<typeof wait>[0] => {
  if (kind === 'for') return { for: 30_000 };
  if (kind === 'until') return { until: MONDAY + 3_600_000 };
  if (kind === 'past') return { until: 0 };
  return { signal: SIGNALS[within === null ? 0 : 1], ...(within === null ? {} : { within }) };
};
