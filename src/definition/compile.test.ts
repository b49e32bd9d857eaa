import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileDefinition } from './compile.ts';
import type { ApprovalNode, Graph, RecordNode, Scope, TaskNode, WaitNode } from './graph.ts';
import type { Json } from './json.ts';
import { parseDefinition } from './parse.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

function sample(name: 'invoices' | 'everything'): Json {
  const parsed = parseDefinition(readFileSync(join(import.meta.dirname, 'samples', `${name}.yaml`), 'utf8'));
  assert.ok(parsed.ok);
  return parsed.document;
}
function compile(document: Json): Graph {
  const compiled = compileDefinition(document, 'digest');
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.graph;
}
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test knows which kind of step it asks for
const step = <T>(graph: Graph, id: string): T => graph.steps.find((node) => node.id === id) as T;
const scope = (input: Json, phases: Scope['phases'] = {}): Scope => ({
  input,
  phases,
  run: { id: 'r', startedBy: 'ann', priority: 5 },
});

test('the main job compiles to what it says', () => {
  const graph = compile(sample('invoices'));
  assert.deepEqual(graph.limits, {
    concurrency: 8,
    tasks: 200,
    tokens: 2_000_000,
    cost: { amount: 5, currency: 'USD' },
    duration: 7_200_000,
  });
  assert.deepEqual(graph.allow, {
    capabilities: ['invoice_processing', 'financial_analysis'],
    tools: ['mcp:files/read'],
  });
  assert.deepEqual(
    graph.phases.map(({ id, needs, dependents, downstream, steps }) => ({
      id,
      needs,
      dependents,
      downstream,
      steps,
    })),
    [
      { id: 'extract', needs: [], dependents: [1], downstream: [0, 1, 2, 3], steps: [0] },
      { id: 'analyse', needs: [0], dependents: [2], downstream: [1, 2, 3], steps: [1] },
      { id: 'sign-off', needs: [1], dependents: [3], downstream: [2, 3], steps: [2] },
      { id: 'book', needs: [2], dependents: [], downstream: [3], steps: [3] },
    ],
  );
  const invoice = step<TaskNode>(graph, 'extract.invoice');
  assert.deepEqual(invoice.onFailure, {
    then: 'another_participant',
    finally: 'escalate',
    to: ['role:ap-supervisor'],
  });
  assert.deepEqual(invoice.retry, { attempts: 3, backoff: 'exponential', delay: 1000, maxDelay: 60_000 });
  assert.deepEqual(invoice.forEach?.items.evaluate(scope({ invoices: ['a'] })), { ok: true, value: ['a'] });
  assert.deepEqual(invoice.input.evaluate({ ...scope({}), item: 'a.xml' }), {
    ok: true,
    value: { file: 'a.xml' },
  });
  assert.deepEqual(step<TaskNode>(graph, 'analyse.summary').input.reads, ['extract.invoice']);
  const approve = step<ApprovalNode>(graph, 'sign-off.approve');
  assert.deepEqual(
    [approve.onReject, approve.within, approve.escalate, approve.from],
    [{ redo: 1, max: 2, others: false }, 28_800_000, ['role:cfo'], ['role:finance-manager']],
  );
  assert.equal(step<RecordNode>(graph, 'book.journal').verify, true);
});

test('whom a task is for and how it is given out', () => {
  const graph = compile(sample('everything'));
  const thanks = step<TaskNode>(graph, 'pay.thanks');
  assert.deepEqual(thanks.from, []);
  assert.deepEqual(thanks.whom?.evaluate(scope({ orders: [{ id: 'passport_bo' }, { id: 'role:x' }] })), {
    ok: true,
    value: ['role:clerk', 'manager_of:ann', 'passport_bo', 'role:x'],
  });
  assert.match(
    JSON.stringify(thanks.whom?.evaluate(scope({ orders: [{ id: 'no name' }] }))),
    /somebody or a list/,
  );
  assert.deepEqual(
    [thanks.level, thanks.separateFrom, thanks.confidence, thanks.assign],
    [
      0.5,
      ['check.order'],
      0.7,
      {
        strategy: 'retain',
        step: 'decide.note',
        when: 'late',
        load: 3,
        fallback: 'round_robin',
        order: 'queue',
      },
    ],
  );
  const note = step<TaskNode>(graph, 'decide.note');
  assert.deepEqual(
    [note.from, note.whom, note.confidence, note.assign?.strategy, note.assign?.fallback],
    [['post:chair'], null, 0.9, 'case', 'offer'],
  );
  assert.equal(step<TaskNode>(graph, 'check.order').assign, null);
});

test('what is left out gets its default', () => {
  const graph = compile({
    id: 'd',
    phases: [
      {
        id: 'a',
        if: true,
        steps: [
          { id: 't', task: {} },
          { id: 'h', task: { by: 'human' } },
          { id: 'r', record: { system: 's', operation: 'o' } },
          { id: 'p', approval: { subject: 1, from: 'role:x' } },
          { id: 'w', wait: { for: '90s' } },
          { id: 'n', workflow: { definition: 'd' } },
        ],
      },
    ],
  });
  assert.deepEqual([graph.name, graph.safety, graph.input, graph.output], ['d', 'reversible', null, null]);
  assert.deepEqual(graph.limits, {
    concurrency: 32,
    tasks: 10_000,
    tokens: null,
    cost: null,
    duration: null,
  });
  assert.deepEqual(graph.allow, { capabilities: null, tools: null });
  assert.equal(graph.phases[0]!.if, null);
  assert.deepEqual(
    graph.steps.map(({ retry }) => retry.attempts),
    [3, 1, 3, 1, 1, 1],
  );
  assert.deepEqual(
    graph.steps.map(({ layer }) => layer),
    ['execute', 'decide', 'record', 'decide', 'execute', 'execute'],
  );
  for (const node of graph.steps) assert.deepEqual(node.onFailure, { then: null, finally: 'fail', to: [] });
  const approval = step<ApprovalNode>(graph, 'a.p');
  assert.deepEqual(
    [approval.quorum, approval.within, approval.onReject],
    [1, null, { redo: null, appeal: [] }],
  );
  assert.deepEqual(step<TaskNode>(graph, 'a.t').input.evaluate(scope(null)), { ok: true, value: {} });
});

test('waits give milliseconds whatever form their time has', () => {
  const wait = (value: object): WaitNode =>
    step<WaitNode>(
      compile({ id: 'd', phases: [{ id: 'a', steps: [{ id: 'w', wait: value }] }] } as Json),
      'a.w',
    );
  const due = Date.UTC(2026, 0, 31, 8);
  assert.deepEqual(wait({ for: 'PT1M30S' }).for?.evaluate(scope(null)), { ok: true, value: 90_000 });
  assert.deepEqual(wait({ for: '${ duration("90m") }' }).for?.evaluate(scope(null)), {
    ok: true,
    value: 5_400_000,
  });
  assert.deepEqual(wait({ for: '${ input.ms * 2 }' }).for?.evaluate(scope({ ms: 5 })), {
    ok: true,
    value: 10,
  });
  assert.deepEqual(wait({ for: '${ input.text }' }).for?.evaluate(scope({ text: '8h' })), {
    ok: true,
    value: 28_800_000,
  });
  assert.deepEqual(wait({ until: '2026-01-31T09:00:00+01:00' }).until?.evaluate(scope(null)), {
    ok: true,
    value: due,
  });
  assert.deepEqual(
    wait({ until: '${ timestamp(input.due) - duration("1h") }' }).until?.evaluate(
      scope({ due: '2026-01-31T09:00:00Z' }),
    ),
    { ok: true, value: due },
  );
  const late = wait({ until: '${ input.due }' }).until?.evaluate(scope({ due: 'tomorrow' }));
  assert.match(late?.ok === false ? late.message : '', /must be a time such as/);
});

test('a time is a whole number of milliseconds that is the time of some day', () => {
  const compiled = compile({
    id: 'd',
    phases: [
      { id: 'a', steps: [{ id: 't', task: { activateAt: '${ input.at }' } }] },
      { id: 'b', steps: [{ id: 'w', wait: { until: '${ input.at }' } }] },
      { id: 'c', steps: [{ id: 'w', wait: { for: '${ input.at }' } }] },
    ],
  });
  const times = [
    step<TaskNode>(compiled, 'a.t').activateAt,
    step<WaitNode>(compiled, 'b.w').until,
    step<WaitNode>(compiled, 'c.w').for,
  ];
  for (const time of times) {
    assert.deepEqual(time?.evaluate(scope({ at: 1000.75 })), { ok: true, value: 1000 });
    for (const at of [1e300, -1e300, 1e18, 253_402_300_800_000])
      assert.equal(time?.evaluate(scope({ at })).ok, false, `${at}`);
  }
});

test('white space around an expression is no text where no text can stand', () => {
  const steps = [
    { id: 's', if: ' ${ input.go }\n', forEach: ['${ size(input.list) }', ' ${ 1 + 1 } '], task: {} },
  ];
  const node = step<TaskNode>(compile({ id: 'd', phases: [{ id: 'a', steps }] }), 'a.s');
  assert.deepEqual(node.if?.evaluate(scope({ go: true })), { ok: true, value: true });
  assert.deepEqual(node.forEach?.items.evaluate(scope({ list: [7, 8] })), { ok: true, value: [2, ' 2 '] });
});

test('what is saved with white space around it is read, whatever its expression gives', () => {
  const steps = [{ id: 's', if: '${ size(input.list) }\n', task: {} }];
  const node = step<TaskNode>(compile({ id: 'd', phases: [{ id: 'a', steps }] }), 'a.s');
  assert.equal(node.if?.evaluate(scope({ list: [] })).ok, false);
});

test('conditions and lists that turn out to be something else are refused when evaluated', () => {
  const graph = compile({
    id: 'd',
    phases: [{ id: 'a', steps: [{ id: 's', if: '${ input.go }', forEach: '${ input.list }', task: {} }] }],
  });
  const node = step<TaskNode>(graph, 'a.s');
  assert.deepEqual(node.if?.evaluate(scope({ go: true })), { ok: true, value: true });
  assert.equal(node.if?.evaluate(scope({ go: 'yes' })).ok, false);
  assert.equal(node.forEach?.items.evaluate(scope({ list: { a: 1 } })).ok, false);
});

/** A graph without circles in which the authored order says nothing: the phases are shuffled. */
const randomGraph = fc.integer({ min: 1, max: 25 }).chain((size) =>
  fc.tuple(
    fc.array(fc.array(fc.nat({ max: 24 }), { maxLength: 4 }), { minLength: size, maxLength: size }),
    fc.shuffledSubarray(
      Array.from({ length: size }, (_, at) => at),
      { minLength: size, maxLength: size },
    ),
  ),
);

test('random graphs of phases come out in topological order, with what is downstream', (t) => {
  t.diagnostic(`SEED=${seed}`);
  fc.assert(
    fc.property(randomGraph, ([wishes, order]) => {
      const needs = wishes.map((wish, at) => [...new Set(wish.filter((need) => need < at))]);
      const phases = order.map((at) => ({
        id: `p${at}`,
        needs: needs[at]!.map((need) => `p${need}`),
        steps: [
          { id: 's', task: {} },
          { id: 't', task: {} },
        ],
      }));
      const graph = compile({ id: 'd', phases });
      for (const phase of graph.phases) {
        assert.equal(graph.phases[phase.index], phase);
        assert.deepEqual(
          [...phase.needs.map((need) => graph.phases[need]!.id)].sort(),
          needs[Number(phase.id.slice(1))]!.map((need) => `p${need}`).sort(),
        );
        for (const need of phase.needs) {
          assert.ok(need < phase.index, 'what is needed comes first');
          assert.ok(graph.phases[need]!.dependents.includes(phase.index));
          assert.ok(graph.phases[need]!.downstream.includes(phase.index));
          for (const later of phase.downstream)
            assert.ok(graph.phases[need]!.downstream.includes(later), 'downstream is transitive');
        }
        for (const later of phase.downstream) {
          assert.ok(
            later === phase.index ||
              graph.phases[later]!.needs.some((need) => phase.downstream.includes(need)),
            'nothing else is downstream',
          );
        }
        assert.deepEqual(
          phase.downstream,
          [...new Set(phase.downstream)].sort((a, b) => a - b),
        );
        for (const at of phase.steps)
          assert.deepEqual([graph.steps[at]!.phase, graph.steps[at]!.index], [phase.index, at]);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('one need more that closes a circle is found', (t) => {
  t.diagnostic(`SEED=${seed}`);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(), fc.nat(), (size, from, to) => {
      const phases = Array.from({ length: size }, (_, at) => ({
        id: `p${at}`,
        needs: at === 0 ? [] : [`p${at - 1}`],
        steps: [{ id: 's', task: {} }],
      }));
      const [early, late] = [Math.min(from % size, to % size), Math.max(from % size, to % size)];
      phases[early]!.needs.push(`p${late}`);
      const compiled = compileDefinition({ id: 'd', phases }, 'x');
      assert.ok(!compiled.ok && compiled.problems.some(({ code }) => code === 'cycle'));
    }),
    { seed, numRuns: 100 },
  );
});

test('YAML and JSON of the same document are the same definition', () => {
  for (const name of ['invoices', 'everything'] as const) {
    const document = sample(name);
    const shuffled = JSON.stringify(document, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    const parsed = parseDefinition(shuffled);
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.document, document);
    const plain = (graph: Graph): unknown => JSON.parse(JSON.stringify(graph));
    assert.deepEqual(plain(compile(parsed.document)), plain(compile(document)));
  }
});

test('the time to compile many definitions grows with their number', (t) => {
  const document = (at: number): Json => ({
    id: `d${at}`,
    phases: [
      { id: 'a', steps: [{ id: 's', task: { requires: ['x'], input: { n: `\${ input.n + ${at} }` } } }] },
    ],
  });
  const times: number[] = [];
  for (let thousand = 0; thousand < 10; thousand++) {
    const start = performance.now();
    for (let at = 0; at < 1000; at++) compile(document(thousand * 1000 + at));
    times.push(Math.round(performance.now() - start));
  }
  t.diagnostic(`ms per thousand: ${times.join(' ')}`);
});
