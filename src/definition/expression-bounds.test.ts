import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { examine } from './check.ts';
import { compileTemplate } from './expression.ts';
import type { Scope } from './graph.ts';
import type { Json } from './json.ts';
import { ProblemList } from './problem.ts';

function compile(expression: string) {
  const problems = new ProblemList();
  const names = { input: null, item: null, phases: new Map(), unavailable: () => null };
  return { compiled: compileTemplate(`\${ ${expression} }`, [], names, problems), problems: problems.all() };
}
function evaluate(expression: string, scope: Scope) {
  const { compiled, problems } = compile(expression);
  assert.ok(compiled, JSON.stringify(problems));
  return compiled.template.evaluate(scope);
}
function value(expression: string, scope: Scope): Json {
  const found = evaluate(expression, scope);
  assert.ok(found.ok, found.ok ? '' : found.message);
  return found.value;
}
function failure(expression: string, scope: Scope): string {
  const found = evaluate(expression, scope);
  assert.ok(!found.ok, `${expression} has a value`);
  return found.message;
}
function problem(expression: string): string {
  const { compiled, problems } = compile(expression);
  assert.equal(compiled, null, expression);
  return problems.map(({ message }) => message).join('\n');
}
const SCOPE: Scope = { input: null, phases: {}, run: { id: 'r', startedBy: 'ann', priority: 5 } };

describe('evaluation is bounded', () => {
  const list = Array.from({ length: 100_000 }, (_, at) => at);
  const text = 'a'.repeat(1 << 20);
  const scope: Scope = {
    ...SCOPE,
    input: {
      list,
      text,
      other: text.slice(1 << 19) + 'b',
      objects: list.map((at) => ({ at })),
      same: [text, `${'a'.repeat(1 << 19)}${'a'.repeat(1 << 19)}`],
      mixed: 'aB'.repeat(1 << 19) + 'ä',
      wide: Object.fromEntries(list.map((at) => [`k${at}`, at])),
    },
  };
  const expensive = [
    'input.list.map(x, input.list.map(y, x * y))',
    'input.list.exists(x, input.list.exists(y, y.z))',
    'input.list.map(x, input.list)',
    'input.list.filter(x, input.list == input.list.map(z, z))',
    'input.list.map(x, [x, x, x, [x, [x, [x]]]]).map(x, [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x])',
    'cel.bind(a, input.text + input.text, cel.bind(b, a + a, cel.bind(c, b + b, c + c)))',
    'cel.bind(a, input.list + input.list, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, cel.bind(e, d + d, e + e)))))',
    'input.list.map(x, input.text.contains(input.other))',
    'input.text.contains(input.other)',
    'input.list.map(x, input.text.matches("(a|a)*b"))',
    'input.list.map(x, input.text.split(""))',
    'input.list.map(x, size(input.text))',
    'input.list.map(x, input.text + "x")',
    'input.list.map(x, input.text.upperAscii())',
    'input.list.exists(x, x.y || x.z)',
    'input.objects.map(o, input.objects.filter(p, p.at == o.at))',
    'input.list.all(x, input.list.exists(y, input.missing.y))',
    'input.list.all(x, -x in input.list || true)',
    'input.list.map(x, input.text)',
    'input.list.filter(x, input.same[0] == input.same[1])',
    'input.list.filter(x, input.same[0] in [input.same[1]])',
    'input.list.filter(x, input.same[0] <= input.same[1])',
    'input.list.filter(x, size(input.wide) == 1)',
    'input.list.filter(x, input.mixed.lowerAscii() == "a")',
    'input.list.map(x, "a".matches(string(x) + "(a|b)*"))',
    'input.list.all(x, input.wide.zz || true)',
    'input.list.all(x, dyn(input.wide).zz || true)',
    'input.list.exists(x, {} == input.wide)',
    'input.list.exists(x, input.objects == input.objects.map(o, {"at": o.at}) && false)',
  ];
  for (const expression of expensive) {
    test(expression, (t) => {
      const start = performance.now();
      assert.match(failure(expression, scope), /too expensive/);
      const ms = Math.round(performance.now() - start);
      assert.ok(ms < 10_000, `${ms} ms`);
      t.diagnostic(`${ms} ms`);
    });
  }

  test('going over the bound is not absorbed by || and exists', () => {
    assert.match(failure('input.list.map(x, input.list.map(y, y)) == [] || true', scope), /too expensive/);
  });

  test('what is reasonable on a large input is not', () => {
    assert.equal(
      (value('input.objects.filter(o, o.at % 2 == 0).map(o, o.at + 1)', scope) as Json[]).length,
      50_000,
    );
    assert.equal(value('input.list.all(x, x >= 0) && 99999 in input.list', scope), true);
  });

  test('a value nested deeper than the stack is an answer, not a crash', () => {
    let deep: Json = 1;
    for (let depth = 0; depth < 200_000; depth++) deep = [deep];
    assert.match(failure('[input.deep]', { ...SCOPE, input: { deep } }), /too expensive/);
  });

  for (const search of [
    'contains(input.short)',
    'indexOf(input.short) == 0',
    'lastIndexOf(input.short) == 0',
  ]) {
    test(`${search} pays for comparing at every place`, () => {
      const { compiled } = compile(`input.long.${search}`);
      const work = { left: 5_000_000 };
      const input = { long: 'a'.repeat(40_000), short: `ab${'a'.repeat(2000)}` };
      assert.equal(compiled?.template.evaluate({ ...SCOPE, input }, work).ok, true);
      assert.ok(work.left < 4_600_000, `${work.left} are left`);
    });
  }

  const long = `cel.bind(a, "${'a'.repeat(100)}", cel.bind(b, a+a+a+a+a+a+a+a+a+a, b+b+b+b+b+b))`;

  test('the values of all expressions of a document are found out within one bound', () => {
    const steps = Array.from({ length: 300 }, (_, at) => ({
      id: `s${at}`,
      task: { from: 'role:desk', input: `\${ size(${long}) }` },
    }));
    const document = { id: 'many', phases: [{ id: 'all', steps }] };
    const { problems, templates } = examine(document, {}, false);
    assert.deepEqual(problems, []);
    const found = [...templates.values()].filter(({ constant }) => constant !== null);
    assert.ok(found.length > 100 && found.length < 200, `${found.length}`);
    const last = templates.get('phases[0].steps[299].task.input');
    assert.deepEqual(last?.template.evaluate(SCOPE), { ok: true, value: 6000 });
  });

  test('a text of many long constants is left to the evaluation', () => {
    const problems = new ProblemList();
    const names = { input: null, item: null, phases: new Map(), unavailable: () => null };
    const compiled = compileTemplate(`\${ ${long} }`.repeat(800), [], names, problems);
    assert.equal(compiled?.constant, null);
    assert.equal(compiled.template.evaluate(SCOPE).ok, false);
  });

  test('expressions that are long, deep or of many parts are refused when saved', () => {
    assert.match(problem('1 + '.repeat(2000) + '1'), /longer than|more than/);
    assert.match(problem('('.repeat(200) + '1' + ')'.repeat(200)), /nested|more than/);
    assert.match(problem('!'.repeat(4000) + 'true'), /more than 500 parts/);
    assert.match(problem(`[${'1,'.repeat(300)}1]`), /more than 200 elements/);
  });
});
