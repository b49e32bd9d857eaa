import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition, compileDefinition, type Json } from './index.ts';

const HOUR = 3_600_000;
const documentOf = (step: object): Json => ({
  id: 'job',
  phases: [{ id: 'a', steps: [{ id: 'do', ...step }] }],
});
const problemsOf = (step: object): string[] =>
  checkDefinition(documentOf(step)).map(
    ({ code, path }) => `${code} ${path.replace('phases[0].steps[0].', '')}`,
  );
const nodeOf = (step: object) => {
  const compiled = compileDefinition(documentOf(step), 'x');
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.graph.steps[0] ?? assert.fail('no step');
};
const withinOf = (step: object) => {
  const node = nodeOf(step);
  return node.kind === 'approval' || node.kind === 'wait' ? node.within : assert.fail(node.kind);
};

test('the time-out of a wait for a signal, and of an approval, is its `within`', () => {
  const asked = { subject: 1, from: 'role:cfo' };
  for (const step of [{ wait: { signal: 'go' } }, { approval: asked }]) {
    assert.deepEqual(problemsOf({ timeout: '1h', ...step }), []);
    assert.equal(withinOf({ timeout: '1h', ...step }), HOUR);
    assert.deepEqual(withinOf({ timeout: '8 working hours', ...step }), { ms: 8 * HOUR, working: true });
    assert.equal(withinOf(step), null);
  }
  const escalated = { timeout: '1h', approval: { ...asked, escalate: 'role:boss', onTimeout: 'reject' } };
  assert.deepEqual(problemsOf(escalated), [], 'there is a time that can be over');
});

test('a time is said once, and of what does not end by itself; saved definitions go by `within`', () => {
  const cases: readonly (readonly [object, number | null])[] = [
    [{ wait: { signal: 'go', within: '2h' } }, 2 * HOUR],
    [{ approval: { subject: 1, from: 'role:cfo', within: '2h' } }, 2 * HOUR],
    [{ wait: { for: 60_000 } }, null],
    [{ wait: { until: '${ input.due }' } }, null],
  ];
  for (const [step, within] of cases) {
    assert.deepEqual(problemsOf({ timeout: '1h', ...step }), ['invalid_value timeout'], JSON.stringify(step));
    assert.equal(withinOf({ timeout: '1h', ...step }), within);
  }
});
