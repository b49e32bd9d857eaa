import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition, compileDefinition, type Json } from './index.ts';

const record = { system: 'erp', operation: 'post' };
const job = (charge: object, pay: object = {}): Json => ({
  id: 'job',
  phases: [
    { id: 'start', steps: [{ id: 'read', task: { requires: ['reading'] } }] },
    { id: 'pay', needs: ['start'], ...pay, steps: [{ id: 'charge', record, ...charge }] },
    { id: 'last', needs: ['pay'], steps: [{ id: 'tell', task: {} }] },
  ],
});
const problems = (document: Json): string[] =>
  checkDefinition(document).map(({ code, path }) => `${code} ${path}`);

test('what undoes steps and phases stands behind them, and belongs to no phase', () => {
  const compensate = { record: { system: 'erp', operation: 'refund' }, retry: { attempts: 2 } };
  const document = job({ forEach: [1, 2], compensate }, { compensate: { task: { by: 'human' } } });
  assert.deepEqual(problems(document), []);
  const compiled = compileDefinition(document, 'd');
  assert.ok(compiled.ok);
  const { steps, phases } = compiled.graph;
  assert.deepEqual(
    steps.map(({ id, index, compensates }) => [id, index, compensates]),
    [
      ['start.read', 0, null],
      ['pay.charge', 1, null],
      ['last.tell', 2, null],
      ['pay.charge.compensate', 3, { kind: 'step', step: 1 }],
      ['pay.compensate', 4, { kind: 'phase', phase: 1 }],
    ],
  );
  assert.deepEqual(
    phases.map(({ steps: own }) => own),
    [[0], [1], [2]],
  );
  const [undo, whole] = steps.slice(3);
  assert.deepEqual([undo?.retry.attempts, undo?.layer, undo?.forEach !== null], [2, 'record', true]);
  assert.deepEqual([whole?.layer, whole?.forEach], ['decide', null]);
  assert.equal(undo?.onFailure.finally, 'escalate', 'what cannot be undone is somebody’s to look at');
});

test('it sees what its step sees, and what came of the step, and nothing later', () => {
  const undoing = (input: string) => ({ compensate: { record: { ...record, input } } });
  assert.deepEqual(problems(job(undoing('${ phases.pay.charge.output }'))), []);
  assert.deepEqual(problems(job(undoing('${ phases.start.read.output }'))), []);
  assert.deepEqual(problems(job({ forEach: ['x'], ...undoing('${ [item, index] }') })), []);
  assert.deepEqual(problems(job(undoing('${ phases.last.tell.output }'))), [
    'not_upstream phases[1].steps[0].compensate.record.input',
  ]);
  assert.deepEqual(problems(job(undoing('${ item }'))), [
    'unknown_name phases[1].steps[0].compensate.record.input',
  ]);
  const whole = { compensate: { task: { input: '${ phases.pay.charge.output }' } } };
  assert.deepEqual(problems(job({}, whole)), []);
});

test('what is wrong with it is said with its place', () => {
  const at = 'phases[1].steps[0].compensate';
  const cases: readonly (readonly [object, string])[] = [
    [{}, `step_kind ${at}`],
    [{ record, task: {} }, `step_kind ${at}`],
    [{ workflow: { definition: 'other' } }, `unknown_key ${at}.workflow`],
    [{ record: { ...record, approvedBy: 'start.read' } }, `unknown_key ${at}.record.approvedBy`],
    [{ record: { system: 'erp' } }, `missing ${at}.record`],
    [{ record, onFailure: { finally: 'fail', to: 'role:lead' } }, `invalid_value ${at}.onFailure.to`],
    [{ task: { output: { type: 'nothing' } } }, `invalid_schema ${at}.task.output.type`],
    [{ task: { separateFrom: 'last.tell' } }, `not_upstream ${at}.task.separateFrom`],
  ];
  for (const [compensate, problem] of cases)
    assert.ok(problems(job({ compensate })).includes(problem), problem);
  assert.deepEqual(problems(job({ compensate: { task: { separateFrom: 'pay.charge' } } })), []);
  const named = job({ id: 'compensate' }, { compensate: { task: {} } });
  assert.deepEqual(problems(named), ['duplicate_id phases[1].compensate']);
});

test('a key that it does not take is not named in its stead', () => {
  const compensate = { record: { ...record, approvedBy: 'start.read' } };
  for (const document of [job({ compensate }), job({}, { compensate })]) {
    const [problem] = checkDefinition(document);
    assert.equal(
      problem?.message,
      "'approvedBy' is not known here. Known are 'system', 'operation', 'input', 'verify'.",
    );
  }
});

test('whom it is escalated to is said alone, since that is what becomes of it', () => {
  const compensate = { task: {}, onFailure: { to: 'role:lead' } };
  assert.deepEqual(problems(job({ compensate })), []);
  const compiled = compileDefinition(job({ compensate }), 'd');
  assert.ok(compiled.ok);
  assert.deepEqual(compiled.graph.steps.at(-1)?.onFailure, {
    then: null,
    finally: 'escalate',
    to: ['role:lead'],
  });
  const own = { onFailure: { to: 'role:lead' } };
  assert.deepEqual(problems(job(own)), ['invalid_value phases[1].steps[0].onFailure.to']);
});

test('capabilities, roles and systems that it names are those of the definition', () => {
  const compensate = { task: { requires: ['undoing'], from: 'role:nobody' } };
  const known = {
    capabilitiesHeld: new Set(['reading']),
    roles: new Set(['lead']),
    systems: new Set(['erp']),
  };
  const found = checkDefinition(job({ compensate }), known).map(({ code }) => code);
  assert.deepEqual(found, ['nobody_capable', 'unknown_role']);
  const elsewhere = job({ compensate: { record: { system: 'crm', operation: 'x' } } });
  assert.deepEqual(
    checkDefinition(elsewhere, known).map(({ code }) => code),
    ['unknown_system'],
  );
});
