import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition } from './check.ts';
import type { Json } from './json.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- documents are wrong on purpose
type Loose = any;

const phases = (...list: object[]): Loose => ({ id: 'd', phases: list });
const phase = (id: string, needs: string[] = [], ...steps: object[]): object => ({
  id,
  needs,
  steps: steps.length > 0 ? steps : [{ id: 's', task: {} }],
});

/** One wrong place each, with what is to be found there and nothing else. */
const CASES: [what: string, document: Loose, expected: string[]][] = [
  [
    'separate from a step that is not there, and from one that runs beside it',
    phases(phase('a'), {
      ...phase('b', ['a']),
      steps: [
        { id: 's', task: { separateFrom: ['a.s', 'a.t', 'b.u'] } },
        { id: 'u', task: {} },
      ],
    }),
    [
      'unknown_step phases[1].steps[0].task.separateFrom[1]',
      'not_upstream phases[1].steps[0].task.separateFrom[2]',
    ],
  ],
  [
    'retained from nowhere',
    phases(phase('a', [], { id: 's', task: { assign: 'retain' } })),
    ['invalid_value phases[0].steps[0].task.assign'],
  ],
  [
    'settings of other strategies',
    phases(phase('a'), {
      ...phase('b', ['a']),
      steps: [{ id: 's', task: { assign: { strategy: 'offer', step: 'a.s', fallback: 'random', load: 2 } } }],
    }),
    [
      'invalid_value phases[1].steps[0].task.assign.step',
      'invalid_value phases[1].steps[0].task.assign.fallback',
      'invalid_value phases[1].steps[0].task.assign.load',
    ],
  ],
  [
    'announced, however many there will be',
    phases(phase('a', [], { id: 's', forEach: [1], task: { assign: { when: 'early' } } })),
    ['invalid_value phases[0].steps[0].task.assign.when'],
  ],
  [
    'an expression that gives nobody',
    phases(phase('a', [], { id: 's', task: { from: ['${ 1 + 1 }', 'role:${ run.id }'] } })),
    ['wrong_result phases[0].steps[0].task.from[0]'],
  ],
  [
    'a name that is none',
    phases(phase('a', [], { id: 's', task: { from: 'team:x', level: 2 } })),
    ['limit_exceeded phases[0].steps[0].task.level', 'invalid_value phases[0].steps[0].task.from'],
  ],
];

for (const [what, document, expected] of CASES) {
  test(what, () => {
    const found = checkDefinition(document as Json).map(({ code, path }) => `${code} ${path}`);
    assert.deepEqual(found, expected);
  });
}
