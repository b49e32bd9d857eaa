import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition } from './check.ts';
import type { Json } from './json.ts';

const task = (id: string, more: object = {}): object => ({ id, task: {}, ...more });
const phase = (id: string, needs: string[] = [], ...steps: object[]): object => ({
  id,
  needs,
  steps: steps.length > 0 ? steps : [task('s')],
});
const phases = (...list: object[]): object => ({ id: 'd', phases: list });
const found = (document: Json): string[] =>
  checkDefinition(document).map(({ code, path }) => `${code} ${path}`);

test('of several possible forms, the one that was meant is told about', () => {
  const failing = (onFailure: Json): string[] =>
    found(phases(phase('a', [], task('s', { onFailure }))) as Json);
  assert.deepEqual(failing({ finaly: 'skip' }), ['unknown_key phases[0].steps[0].onFailure.finaly']);
  assert.deepEqual(failing({ finally: 'give up' }), ['invalid_value phases[0].steps[0].onFailure.finally']);
  assert.deepEqual(
    found(phases(phase('a', [], task('s', { forEach: { items: [1], concurrency: 0 } }))) as Json),
    ['limit_exceeded phases[0].steps[0].forEach.concurrency'],
  );
});

test('why a result cannot exist yet is said for each place', () => {
  const message = (input: string, ...list: object[]): string | undefined =>
    checkDefinition(phases(phase('a', [], task('s', { task: { input } }), task('t')), ...list) as Json)[0]
      ?.message;
  assert.match(message('${ phases.a.t.output }') ?? '', /run at the same time, and 't' is in this phase/);
  assert.match(
    message('${ phases.b.s.output }', phase('b', ['a'])) ?? '',
    /the phase 'b' comes after this one/,
  );
  assert.match(message('${ phases.b.s.output }', phase('b')) ?? '', /Add 'b' to its needs/);
});

const wordsOf = (...list: object[]): string[] =>
  checkDefinition(phases(...list) as Json).map(({ message }) => message);

test('what is evaluated before the list is made does not see its items', () => {
  for (const root of ['item', 'index'])
    for (const more of [{ if: `\${ ${root} > 1 }`, forEach: [1, 2] }, { forEach: `\${ [${root}] }` }]) {
      const [words = '', ...others] = wordsOf(phase('a', [], task('s', more)));
      assert.match(words, new RegExp(`: '${root}' does not exist yet: .* once, before the list is made`));
      assert.deepEqual(others, []);
    }
  const [words = ''] = wordsOf(phase('a', [], task('s', { if: '${ item > 1 }' })));
  assert.match(words, /'item' exists only inside a step that has 'forEach'/);
});

test('what comes before a step is named, and where nothing does, that is said', () => {
  const agree = (more: object) => ({ id: 's', approval: { subject: 1, from: 'role:x', ...more } });
  const back = agree({ onReject: { redo: 'b' } });
  const told = wordsOf(
    phase('a', [], agree({ onReject: { redo: 'b' }, distinctFrom: 'b.s' }), {
      id: 't',
      task: { separateFrom: 'b.s' },
    }),
    phase('b'),
  );
  assert.equal(told.length, 3);
  for (const words of told) assert.match(words, / Nothing comes before it\.$/);
  assert.match(wordsOf(phase('z'), phase('a', ['z'], back), phase('b')).join(), / Before it comes 'z'\.$/);
});

test('where there is no approval, none is listed', () => {
  const record = { system: 'erp', operation: 'x', approvedBy: 'a.s' };
  const [words = ''] = wordsOf(phase('a'), phase('b', ['a'], { id: 's', record }));
  assert.match(words, /^'a\.s' is no approval\. There is none\.$/);
});
