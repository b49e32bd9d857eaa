import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import { compileDefinition, type Graph, type Json, type Scope, type StepScope } from '../definition/index.ts';
import { plan, type Contract, type Plan, type StepDefaults } from './index.ts';
import { contract, goalOf, viewOf } from './samples/organisation.ts';

interface Case {
  readonly contracts: readonly Contract[];
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly input: { readonly [kind: string]: Json };
  readonly named: readonly string[];
  readonly humanInLoop: boolean;
}

const LEVELS = 5;
const kindOf = (level: number): string => `k${level}`;
const asked = (kind: string, list: boolean): string => (list ? `${kind}[]` : kind);
/** A piece of content says what kind it is, so that whoever gets it can tell. */
const content = (kind: string, list: boolean): Json => (list ? [{ kind }, { kind }, { kind }] : { kind });

/** Each capability takes kinds that come before it and makes one of its own; all that is left open is in the input. */
const capability = (level: number): fc.Arbitrary<Contract> =>
  fc
    .record({
      takes: fc.subarray([...Array(level + 1).keys()], {
        minLength: level === 0 ? 0 : 1,
        maxLength: Math.min(3, level + 1),
      }),
      lists: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      list: fc.boolean(),
      second: fc.boolean(),
      by: fc.constantFrom(undefined, 'agent' as const),
    })
    .map(({ takes, lists, list, second, by }) =>
      contract(
        `c${level}`,
        takes.map((from, at) => asked(kindOf(from), lists[at] ?? false)),
        [asked(kindOf(level + 1), list), ...(second ? [`s${level}`] : [])],
        { step: by ? { by } : {} },
      ),
    );

const cases: fc.Arbitrary<Case> = fc
  .tuple(
    fc
      .integer({ min: 1, max: LEVELS })
      .chain((count) => fc.tuple(...[...Array(count).keys()].map(capability))),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
    fc.infiniteStream(fc.nat()),
  )
  .map(([contracts, list, together, humanInLoop, order]) => {
    const ids = contracts.map(({ id }) => id);
    const shuffled = (names: readonly string[]): string[] =>
      names
        .map((name) => ({ name, at: order.next().value }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ name }) => name);
    return {
      contracts: shuffled(ids).map((id) => contracts.find((one) => one.id === id) as Contract),
      people: together ? { all: ids } : Object.fromEntries(ids.map((id) => [`p_${id}`, [id]])),
      input: { [kindOf(0)]: content(kindOf(0), list) },
      named: shuffled(ids),
      humanInLoop,
    };
  });

const planned = ({ contracts, people, input, named, humanInLoop }: Case) =>
  plan(goalOf(named, { input, humanInLoop }), viewOf({ contracts, people }), { now: 0, id: 'plan_1' });

test('plans of random capabilities pass every check, in the order of what is consumed and produced', (t) => {
  let made = 0;
  holds(t, 400, cases, (one) => {
    const result = planned(one);
    if (!result.ok) {
      const codes = result.problems.map(({ code }) => code);
      assert.ok(
        codes.every((code) => code === 'lists_unrelated' || code === 'list_of_lists'),
        codes.join(),
      );
      return;
    }
    made += 1;
    const places = new Map(
      result.plan.executionPlan.flatMap(({ requiredCapabilities }, at) =>
        requiredCapabilities.map((id) => [id, at] as const),
      ),
    );
    assert.deepEqual([...places.keys()].toSorted(), one.named.toSorted(), 'each capability is in one step');
    for (const { id, consumes } of one.contracts)
      for (const maker of one.contracts)
        if (
          maker !== undefined &&
          consumes.some((kind) => maker.produces.some((made) => bare(made) === bare(kind)))
        )
          assert.ok((places.get(maker.id) ?? 99) <= (places.get(id) ?? -1), `${maker.id} before ${id}`);
  });
  assert.ok(made > 100, `${made} of them could be planned`);
});

const bare = (kind: string): string => kind.replace('[]', '');

test('the same goal in the same organisation is the same plan, in whatever order the organisation is told', (t) => {
  holds(t, 100, cases, (one) => {
    const again = { ...one, contracts: one.contracts.toReversed() };
    assert.deepEqual(planned(again), planned(one));
  });
});

test('carried out, every step is given what it asks for, one or a list of it', (t) => {
  holds(t, 300, cases, (one) => {
    const result = planned(one);
    if (result.ok) carryOut(result.plan, one);
  });
});

const WAYS_OUT: readonly StepDefaults[] = [
  { if: '${ false }' },
  { skippable: true },
  { onFailure: 'skip' },
  { onFailure: { finally: 'skip' } },
];

test('carried out, a step that is left out, or does one of a list less, leaves the others what they ask for, or nothing', (t) => {
  let left = 0;
  const ways = fc.array(fc.option(fc.constantFrom(...WAYS_OUT)), {
    minLength: LEVELS,
    maxLength: LEVELS,
  });
  holds(t, 600, fc.tuple(cases, ways), ([one, found]) => {
    const contracts = one.contracts.map((capability) => {
      const way = found[Number(capability.id.slice(1))];
      return way ? { ...capability, step: { ...capability.step, ...way } } : capability;
    });
    const result = planned({ ...one, contracts });
    if (!result.ok) return;
    left += 1;
    carryOut(result.plan, { ...one, contracts });
  });
  assert.ok(left > 100, `${left} of them could be planned`);
});

const isLeft = ({ step }: Contract): boolean =>
  step.if !== undefined || step.skippable === true || step.onFailure !== undefined;

/**
 * Goes through the steps as the engine would: each result is what the capabilities of the step say they make. Steps that may be left out are,
 * but of those that are done for each of a list and have no condition only the first is.
 */
function carryOut({ definition }: Plan, one: Case): void {
  const compiled = compileDefinition(definition, 'digest');
  assert.ok(compiled.ok);
  const { graph } = compiled;
  const phases: Record<string, Record<string, StepScope>> = {};
  for (const phase of graph.phases)
    for (const index of phase.steps) {
      const node = graph.steps[index] as Graph['steps'][number];
      const scope: Scope = { input: one.input, phases, run: { id: 'run_1', startedBy: 'p', priority: 5 } };
      const items = node.forEach ? (valueOf(node.forEach.items, scope) as readonly Json[]) : null;
      assert.ok(
        items === null ||
          items.every((item) => (item !== null && !Array.isArray(item)) || Array.isArray(item)),
      );
      const able = node.kind === 'task' ? contractsOf(node.requires, one) : [];
      const isOut = able.some(isLeft);
      const outputs =
        items && able.some(({ step }) => step.if !== undefined)
          ? []
          : (items ?? [null]).map((item, at) =>
              isOut && at === 0 ? null : outcome(node, { ...scope, ...(items && { item, index: at }) }, one),
            );
      const step: StepScope = {
        status: 'completed',
        output: items ? null : (outputs[0] ?? null),
        outputs: items ? outputs : [],
        failures: [],
        feedback: null,
      };
      phases[phase.id] = { [node.id.split('.')[1] as string]: step };
    }
  if (graph.output)
    valueOf(graph.output, { input: one.input, phases, run: { id: 'r', startedBy: 'p', priority: 5 } });
}

const valueOf = (template: NonNullable<Graph['output']>, scope: Scope): Json => {
  const result = template.evaluate(scope);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
};

const contractsOf = (ids: readonly string[], { contracts }: Case): Contract[] =>
  ids.map((id) => contracts.find((found) => found.id === id) as Contract);

function outcome(node: Graph['steps'][number], scope: Scope, one: Case): Json {
  if (node.kind !== 'task') {
    if (node.kind === 'approval') valueOf(node.subject, scope);
    return null;
  }
  const given = valueOf(node.input, scope) as { readonly [kind: string]: Json };
  const contracts = contractsOf(node.requires, one);
  const isGiven = !one.contracts.some(isLeft);
  const inside = (kind: string): boolean =>
    contracts.some(({ produces }) => produces.some((made) => bare(made) === bare(kind)));
  const all = contracts.flatMap(({ consumes }) => consumes);
  for (const kind of all) {
    if (inside(kind)) continue;
    const value = given[kind.endsWith('[]') && all.includes(bare(kind)) ? kind : bare(kind)];
    assert.ok(value !== undefined, `${node.id} is given ${kind}`);
    if (value === null && !isGiven && !kind.endsWith('[]')) continue;
    const parts = kind.endsWith('[]') ? value : [value];
    assert.ok(
      Array.isArray(parts) && (parts.length > 0 || !isGiven),
      `${node.id} takes ${kind}: ${JSON.stringify(value)}`,
    );
    for (const part of parts) assert.deepEqual(part, { kind: bare(kind) }, `${node.id} takes ${kind}`);
  }
  const taken = (kind: string): boolean =>
    contracts.some(({ consumes }) => consumes.some((one) => bare(one) === bare(kind)));
  const wanted = (kind: string): boolean =>
    one.contracts.some(
      (other) => !contracts.includes(other) && other.consumes.some((one) => bare(one) === bare(kind)),
    );
  const made = contracts.flatMap(({ produces }) => produces);
  const told = made.filter((kind) => wanted(kind) || !taken(kind));
  const makes = told.length > 0 ? told : made;
  const values = makes.map((kind) => [bare(kind), content(bare(kind), kind.endsWith('[]'))] as const);
  return values.length === 1 ? (values[0]?.[1] ?? null) : Object.fromEntries(values);
}
