import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkDefinition, type Known } from './check.ts';
import { compileDefinition } from './compile.ts';
import type { Json } from './json.ts';
import { parseDefinition } from './parse.ts';
import { MAX_PROBLEMS, PROBLEM_CODES } from './problem.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- documents are taken apart at places that only a test knows
type Loose = any;

function sample(name: 'invoices' | 'everything'): Loose {
  const parsed = parseDefinition(readFileSync(join(import.meta.dirname, 'samples', `${name}.yaml`), 'utf8'));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return structuredClone(parsed.document);
}
const found = (document: Json, known?: Known): string[] =>
  checkDefinition(document, known).map(({ severity, code, path }) =>
    `${severity === 'error' ? '' : 'warning '}${code} ${path}`.trim(),
  );

const task = (id: string, more: object = {}): object => ({ id, task: {}, ...more });
const phases = (...list: object[]): Loose => ({ id: 'd', phases: list });
const phase = (id: string, needs: string[] = [], ...steps: object[]): object => ({
  id,
  needs,
  steps: steps.length > 0 ? steps : [task('s')],
});

test('the samples are right', () => {
  for (const name of ['invoices', 'everything'] as const) assert.deepEqual(found(sample(name)), []);
});

type Case = [what: string, document: Loose, expected: string[], known?: Known];
/** One wrong place each, with what is to be found there and nothing else. */
const CASES: Case[] = [
  ['not an object', [1], ['invalid_value']],
  ['nothing in it', {}, ['missing', 'missing']],
  ['unknown key', { ...phases(phase('a')), nmae: 'x' }, ['unknown_key nmae']],
  ['bad id', phases(phase('9a')), ['invalid_value phases[0].id']],
  ['an id that every object has', phases(phase('constructor')), ['invalid_value phases[0].id']],
  ['repeated phase', phases(phase('a'), phase('a')), ['duplicate_id phases[1].id']],
  ['repeated step', phases(phase('a', [], task('s'), task('s'))), ['duplicate_id phases[0].steps[1].id']],
  ['empty phase', phases({ id: 'a', steps: [] }), ['empty_phase phases[0].steps']],
  ['no kind', phases(phase('a', [], { id: 's' })), ['step_kind phases[0].steps[0]']],
  ['two kinds', phases(phase('a', [], task('s', { wait: { for: '1s' } }))), ['step_kind phases[0].steps[0]']],
  ['unknown need', phases(phase('a', ['b'])), ['unknown_phase phases[0].needs[0]']],
  ['need listed twice', phases(phase('a'), phase('b', ['a', 'a'])), ['duplicate_value phases[1].needs[1]']],
  ['circle', phases(phase('a', ['c']), phase('b', ['a']), phase('c', ['b'])), ['cycle phases[0].needs']],
  ['needs itself', phases(phase('a', ['a'])), ['cycle phases[0].needs']],
  ['never true', phases({ ...phase('a'), if: false }, phase('b', ['a'])), ['unreachable phases[0].if']],
  [
    'step never true',
    phases(phase('a', [], task('s', { if: '${ 1 > 2 }' }))),
    ['unreachable phases[0].steps[0].if'],
  ],
  [
    'condition that is a text',
    phases(phase('a', [], task('s', { if: 'input.x' }))),
    ['wrong_result phases[0].steps[0].if'],
  ],
  [
    'condition that is a number',
    phases(phase('a', [], task('s', { if: '${ size(input.x) }' }))),
    ['wrong_result phases[0].steps[0].if'],
  ],
  [
    'forEach over a text',
    phases(phase('a', [], task('s', { forEach: '${ "a" + input.x }' }))),
    ['wrong_result phases[0].steps[0].forEach'],
  ],
  [
    'forEach over a number',
    phases(phase('a', [], task('s', { forEach: 3 }))),
    ['invalid_value phases[0].steps[0].forEach'],
  ],
  [
    'syntax',
    phases(phase('a', [], task('s', { task: { input: { x: ['${ 1 + }'] } } }))),
    ['invalid_expression phases[0].steps[0].task.input.x[0]'],
  ],
  [
    'unknown name',
    phases(phase('a', [], task('s', { task: { input: '${ item }' } }))),
    ['unknown_name phases[0].steps[0].task.input'],
  ],
  [
    'unknown step',
    phases(phase('a'), phase('b', ['a'], task('t', { task: { input: '${ phases.a.x.output }' } }))),
    ['unknown_step phases[1].steps[0].task.input'],
  ],
  [
    'same phase',
    phases(phase('a', [], task('s'), task('t', { task: { input: '${ phases.a.s.output }' } }))),
    ['not_upstream phases[0].steps[1].task.input'],
  ],
  [
    'not waited for',
    phases(phase('a'), phase('b', [], task('t', { task: { input: '${ phases.a.s.output }' } }))),
    ['not_upstream phases[1].steps[0].task.input'],
  ],
  [
    'comes later',
    phases({ ...phase('a'), if: '${ phases.b.s.output }' }, phase('b', ['a'])),
    ['not_upstream phases[0].if'],
  ],
  [
    'bad duration',
    phases(phase('a', [], task('s', { timeout: '5 minutes' }))),
    ['invalid_value phases[0].steps[0].timeout'],
  ],
  [
    'endless duration',
    phases(phase('a', [], task('s', { timeout: '99999d' }))),
    ['invalid_value phases[0].steps[0].timeout'],
  ],
  [
    'delays that shrink',
    phases(phase('a', [], task('s', { retry: { delay: '2m', maxDelay: '1m' } }))),
    ['invalid_value phases[0].steps[0].retry.maxDelay'],
  ],
  [
    'too many attempts',
    phases(phase('a', [], task('s', { retry: { attempts: 1000 } }))),
    ['limit_exceeded phases[0].steps[0].retry.attempts'],
  ],
  [
    'too much at once',
    { ...phases(phase('a')), limits: { concurrency: 10_001, tasks: 1_000_001 } },
    ['limit_exceeded limits.concurrency', 'limit_exceeded limits.tasks'],
  ],
  [
    'escalation to whoever answers for the run',
    phases(phase('a', [], task('s', { onFailure: { finally: 'escalate' } }))),
    [],
  ],
  [
    'somebody without escalation',
    phases(phase('a', [], task('s', { onFailure: { to: 'role:x' } }))),
    ['invalid_value phases[0].steps[0].onFailure.to'],
  ],
  [
    'the short form that says nobody',
    phases(phase('a', [], task('s', { onFailure: 'escalate' }))),
    ['invalid_value phases[0].steps[0].onFailure'],
  ],
  [
    'nobody may decide',
    phases(phase('a', [], { id: 's', approval: { subject: 1, from: [] } })),
    ['invalid_value phases[0].steps[0].approval.from'],
  ],
  [
    'no subject',
    phases(phase('a', [], { id: 's', approval: { from: 'role:x' } })),
    ['missing phases[0].steps[0].approval'],
  ],
  [
    'quorum of nobody',
    phases(phase('a', [], { id: 's', approval: { subject: 1, from: 'role:x', quorum: 0 } })),
    ['limit_exceeded phases[0].steps[0].approval.quorum'],
  ],
  [
    'quorum out of reach',
    phases(
      phase('a', [], { id: 's', approval: { subject: 1, from: ['passport_a', 'passport_b'], quorum: 3 } }),
    ),
    ['quorum_unreachable phases[0].steps[0].approval.quorum'],
  ],
  [
    'escalation without a time',
    phases(phase('a', [], { id: 's', approval: { subject: 1, from: 'role:x', escalate: 'role:y' } })),
    ['invalid_value phases[0].steps[0].approval.escalate'],
  ],
  [
    'bad party',
    phases(phase('a', [], { id: 's', approval: { subject: 1, from: 'rolle:x' } })),
    ['invalid_value phases[0].steps[0].approval.from'],
  ],
  [
    'redo of what is not',
    phases(phase('a', [], { id: 's', approval: { subject: 1, from: 'role:x', onReject: { redo: 'b' } } })),
    ['unknown_phase phases[0].steps[0].approval.onReject.redo'],
  ],
  [
    'redo of what comes later',
    phases(
      phase('a', [], { id: 's', approval: { subject: 1, from: 'role:x', onReject: { redo: 'b' } } }),
      phase('b', ['a']),
    ),
    ['not_upstream phases[0].steps[0].approval.onReject.redo'],
  ],
  [
    'too many redos',
    phases(
      phase('a', [], {
        id: 's',
        approval: { subject: 1, from: 'role:x', onReject: { redo: 'a', max: 1000 } },
      }),
    ),
    ['limit_exceeded phases[0].steps[0].approval.onReject.max'],
  ],
  [
    'wait for nothing',
    phases(phase('a', [], { id: 's', wait: {} })),
    ['invalid_value phases[0].steps[0].wait'],
  ],
  [
    'wait for two things',
    phases(phase('a', [], { id: 's', wait: { for: '1s', signal: 'x' } })),
    ['invalid_value phases[0].steps[0].wait'],
  ],
  [
    'wait that is none',
    phases(phase('a', [], { id: 's', wait: { for: 'long', within: '1s' } })),
    ['invalid_value phases[0].steps[0].wait.within', 'wrong_result phases[0].steps[0].wait.for'],
  ],
  ['bad schema', { ...phases(phase('a')), input: { type: 'objct' } }, ['invalid_schema input.type']],
  [
    'schema elsewhere',
    phases(phase('a', [], task('s', { task: { output: { $ref: 'http://x' } } }))),
    ['invalid_schema phases[0].steps[0].task.output.$ref'],
  ],
  [
    'not allowed',
    { ...phases(phase('a', [], task('s', { task: { requires: ['x'] } }))), allow: { capabilities: ['y'] } },
    ['capability_not_allowed phases[0].steps[0].task.requires[0]'],
  ],
  [
    'nobody has it',
    phases(phase('a', [], task('s', { task: { requires: ['x'] } }))),
    ['warning nobody_capable phases[0].steps[0].task.requires[0]'],
    { capabilitiesHeld: new Set() },
  ],
  [
    'roles that nobody has',
    phases(
      phase('a', [], {
        id: 's',
        approval: { subject: 1, from: 'role:x', within: '1s', escalate: ['role:y'] },
        onFailure: { finally: 'escalate', to: 'role:z' },
      }),
    ),
    [
      'warning unknown_role phases[0].steps[0].approval.from',
      'warning unknown_role phases[0].steps[0].approval.escalate[0]',
      'warning unknown_role phases[0].steps[0].onFailure.to',
    ],
    { roles: new Set() },
  ],
  [
    'unknown system',
    phases(phase('a', [], { id: 's', record: { system: 'erp', operation: 'x' } })),
    ['warning unknown_system phases[0].steps[0].record.system'],
    { systems: new Set() },
  ],
  [
    'unknown definition',
    phases(
      phase('a', [], { id: 's', workflow: { definition: 'x' } }, { id: 't', workflow: { definition: 'd' } }),
    ),
    ['warning unknown_definition phases[0].steps[0].workflow.definition'],
    { definitions: () => false },
  ],
  [
    'nothing guards what cannot be undone',
    {
      ...phases(phase('a', [], { id: 's', record: { system: 'erp', operation: 'x' } })),
      safety: 'irreversible',
    },
    ['warning unguarded_record phases[0].steps[0].record'],
  ],
  [
    'too deep',
    { ...phases(phase('a')), output: JSON.parse('['.repeat(80) + ']'.repeat(80)) as Json },
    ['too_deep output[0][0][0][0][0][0][0]'],
  ],
  ['too large', { ...phases(phase('a')), output: Array.from({ length: 100_001 }, () => 1) }, ['too_large']],
  [
    'too many expressions',
    { ...phases(phase('a')), output: Array.from({ length: 6000 }, () => '${ 1 }') },
    ['too_large'],
  ],
  ['half of a character', { ...phases(phase('a')), output: ['x\ud800'] }, ['invalid_value output[0]']],
  [
    'a forbidden key',
    JSON.parse('{"id":"d","phases":[],"output":{"__proto__":1}}') as Json,
    ['reserved_name output'],
  ],
  [
    'too many phases',
    phases(...Array.from({ length: 201 }, (_, at) => phase(`p${at}`))),
    ['limit_exceeded phases'],
  ],
  [
    'too many steps',
    phases(
      ...[0, 1, 2].map((at) => ({
        id: `p${at}`,
        steps: Array.from({ length: 400 }, (_, step) => task(`s${step}`)),
      })),
    ),
    ['limit_exceeded phases'],
  ],
];
for (const [what, document, expected, known] of CASES) {
  test(`check: ${what}`, () => {
    assert.deepEqual(found(document as Json, known), expected);
    if (known !== undefined)
      assert.deepEqual(found(document as Json), [], 'what is not known is not checked');
    const errors = expected.filter((problem) => !problem.startsWith('warning'));
    if (known === undefined) assert.equal(compileDefinition(document as Json, 'x').ok, errors.length === 0);
  });
}

test('every code of a problem has a case', () => {
  const elsewhere = ['syntax', 'duplicate_key', 'too_many_problems'];
  const seen = new Set(
    CASES.flatMap(([, , expected]) =>
      expected.map((problem) => problem.replace('warning ', '').split(' ')[0]),
    ),
  );
  assert.deepEqual(
    PROBLEM_CODES.filter((code) => !seen.has(code) && !elsewhere.includes(code)),
    [],
  );
});

test('an approval in a phase before guards a record, one after or beside it does not', () => {
  const record = { id: 'r', record: { system: 'erp', operation: 'x' } };
  const approval = { id: 'a', approval: { subject: 1, from: 'role:x' } };
  const irreversible = (...list: object[]): Json => ({ ...phases(...list), safety: 'irreversible' }) as Json;
  assert.deepEqual(
    found(irreversible(phase('a', [], approval), phase('b', ['a']), phase('c', ['b'], record))),
    [],
  );
  assert.equal(found(irreversible(phase('a', [], record), phase('b', ['a'], approval))).length, 1);
  assert.equal(found(irreversible(phase('a', [], record, approval))).length, 1);
  assert.deepEqual(found(phases(phase('a', [], record)) as Json), []);
  const undone = { id: 't', wait: { for: '1s' }, compensate: { record: record.record } };
  assert.equal(found(irreversible(phase('a', [], undone))).length, 1);
  for (const skipped of [{ onFailure: 'skip' }, { onFailure: { finally: 'skip' } }, { if: '${ input.x }' }])
    assert.equal(
      found(irreversible(phase('a', [], { ...approval, ...skipped }), phase('b', ['a'], record))).length,
      1,
    );
  const perhaps = { ...phase('a', [], approval), if: '${ input.x }' };
  assert.equal(found(irreversible(perhaps, phase('b', ['a'], record))).length, 1);
  assert.deepEqual(
    found(irreversible(perhaps, { ...phase('b', ['a'], record), if: '${ input.x }' })),
    [],
    'neither is there without the other',
  );
});

test('problems of every kind are reported at once', () => {
  const document = sample('everything');
  document.nmae = 'x';
  document.phases[0].steps[0].task.input.id = '${ item.idd }';
  document.phases[0].steps[0].retry.attempts = 'three';
  document.phases[1].needs = ['chek'];
  document.phases[2].steps[0].approval.quorum = -1;
  document.phases[3].steps[1].record = {};
  document.output = '${ phases.pay.pots.output }';
  const problems = found(document as Json);
  for (const expected of [
    'unknown_key nmae',
    'unknown_name phases[0].steps[0].task.input.id',
    'invalid_value phases[0].steps[0].retry.attempts',
    'unknown_phase phases[1].needs[0]',
    'limit_exceeded phases[2].steps[0].approval.quorum',
    'missing phases[3].steps[1].record',
    'unknown_step output',
  ]) {
    assert.ok(problems.includes(expected), `${expected} is not among\n${problems.join('\n')}`);
  }
});

test('a circle is named along its way', () => {
  const [problem] = checkDefinition(phases(phase('a', ['c']), phase('b', ['a']), phase('c', ['b'])) as Json);
  assert.match(problem!.message, /a -> c -> b -> a/);
});

test('endless problems are counted, not listed', () => {
  const names = Array.from({ length: 5000 }, (_, at) => [`key${at}`, 1] as const);
  const problems = checkDefinition({ ...phases(phase('a')), ...Object.fromEntries(names) } as Json);
  assert.equal(problems.length, MAX_PROBLEMS + 1);
  assert.match(problems.at(-1)!.message, /There are 4800 more/);
});
