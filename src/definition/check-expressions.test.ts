import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileDefinition } from './compile.ts';
import { checkDefinition } from './check.ts';
import type { Json } from './json.ts';

const documentOf = (step: object, output: string): Json => ({
  id: 'd',
  input: {
    type: 'object',
    properties: {
      n: { type: 'number' },
      some: { type: ['object', 'null'] },
      any: {},
      list: { type: 'array', items: { type: 'string' } },
    },
  },
  phases: [
    {
      id: 'a',
      steps: [
        { id: 's', task: { output: { type: 'object', properties: { x: { type: 'number' } } } } },
        { id: 'each', forEach: '${ input.list }', task: { output: { type: 'object' } } },
      ],
    },
    { id: 'b', needs: ['a'], steps: [{ id: 't', task: {}, ...step }] },
  ],
  output: { made: output },
});

function refused(document: Json): readonly string[] {
  assert.ok(compileDefinition(document, 'x').ok, 'saved definitions go on');
  return checkDefinition(document).map(({ code, path }) => `${code} ${path}`);
}

const NEVER = [
  'input[0]',
  'input.n.foo',
  'input.n[0]',
  'input.list.foo',
  'input.list[0].foo',
  'input.list.map(x, x.foo)',
  'phases.a.s.output.x.z',
  'phases.a.s.status.x',
  'phases.a.s.failures.x',
  'phases.a.s.feedback.x',
  'phases.a.each.outputs.x',
  'run.id.x',
  'run.priority[0]',
];
for (const source of NEVER)
  test(`never exists: ${source}`, () =>
    assert.deepEqual(refused(documentOf({}, `\${ ${source} }`)), ['unknown_name output.made']));

for (const keys of ['{1: input.n}', '{true: input.n}', "{'a': input.n, 'a': 2}"])
  test(`no object: ${keys}`, () =>
    assert.deepEqual(refused(documentOf({}, `\${ ${keys} }`)), ['invalid_expression output.made']));

const EXIST = [
  'input.some.foo',
  'input.any.foo[0]',
  'input.list[0]',
  'phases.a.s.output.y.z',
  'phases.a.s.failures[0].message',
  'phases.a.each.outputs[0].y',
  'run.startedBy',
];
for (const source of EXIST)
  test(`may exist: ${source}`, () => assert.deepEqual(refused(documentOf({}, `\${ ${source} }`)), []));

test('the place in a list has no members', () => {
  const step = { forEach: '${ input.list }', task: { input: '${ index.x }' } };
  assert.deepEqual(refused(documentOf(step, '')), ['unknown_name phases[1].steps[0].task.input']);
});

for (const [key, text] of [
  ['if', '${ input.n } > 5'],
  ['if', '${ input.any } && ${ input.some }'],
  ['forEach', '[${ input.n }]'],
] as const)
  test(`can only be a text: ${key} ${text}`, () =>
    assert.deepEqual(refused(documentOf({ [key]: text }, '')), [`wrong_result phases[1].steps[0].${key}`]));
