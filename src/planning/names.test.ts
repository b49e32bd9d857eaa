import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract, goalOf } from './samples/organisation.ts';
import { made } from './samples/plans.ts';

test('kinds and capabilities may be called what no name in an expression can be', () => {
  const contracts = [contract('constructor', ['package'], ['null', 'big plan'])];
  const one = made(goalOf(['constructor'], { input: { package: 'a' } }), {
    contracts,
    people: { a: ['constructor'] },
  });
  const at = 'phases.constructor_2.work.output';
  assert.deepEqual(one.definition['output'], {
    null: `\${ ${at}["null"] }`,
    'big plan': `\${ ${at}["big plan"] }`,
  });
  assert.match(JSON.stringify(one.definition['phases']), /input\[\\\\?"package\\\\?"\]/);
});
