import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { ERRORS } from './errors/catalogue.ts';
import { CATALOGUE, type OperationName } from './schema/index.ts';

const SEED = process.env['FC_SEED'] === undefined ? {} : { seed: Number(process.env['FC_SEED']) };
const names = Object.keys(CATALOGUE) as OperationName[];

/** Values that are near to what operations take, so that they get past the schema now and then. */
const near = (ids: readonly string[]) =>
  fc.oneof(
    fc.constantFrom<unknown>(
      ...ids,
      'organisation',
      '',
      '__proto__',
      'constructor',
      'a'.repeat(64),
      0,
      1,
      -1,
      1e300,
      true,
      null,
    ),
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({ unit: 'binary' }),
  );
const MEMBERS = [
  'id',
  'definition',
  'input',
  'output',
  'token',
  'limit',
  'cursor',
  'after',
  'reason',
  'outcome',
  'subject',
  'signal',
  'payload',
  'sha256',
  'content',
  'index',
  'size',
  'from',
  'kind',
  'name',
  'roles',
  'status',
  'passport',
  'document',
  'source',
  'capabilities',
  'run',
  'message',
  'code',
  'limits',
  'owner',
];

test('no input makes an operation throw, or refuse with a code without a page', async () => {
  const bed = await Testbed.open(
    passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 50 }),
    passport('second', { roles: ['administrator'] }),
  );
  const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' }, forEach: [1, 2, 3] });
  const tasks = (await bed.ok('root', 'task.list', {})).rows.map(({ id }) => id);
  const callers = [bed.as('root'), bed.as('agent')];
  const input = fc.dictionary(fc.constantFrom(...MEMBERS), near([run, ...tasks, 'passport_agent']), {
    maxKeys: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.oneof(input, fc.jsonValue()),
      fc.constantFrom(...callers),
      async (name, given, caller) => {
        const outcome = await bed.operations
          .call(name, given, caller)
          .catch((fault: Error & { code?: string }) => {
            assert.equal(fault.code, 'invalid_cursor', fault.message);
            return null;
          });
        if (outcome && !outcome.ok)
          assert.ok(Object.hasOwn(ERRORS, outcome.rejection.code), outcome.rejection.code);
      },
    ),
    { numRuns: 3000, ...SEED },
  );
  await bed.close();
});

test('what is wrong with an input is said in few words, however long its names are', async () => {
  const bed = await Testbed.open();
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`member_${at}`, at]));
  const long = 'x'.repeat(1_000_000);
  for (const input of [many, { [long]: 1 }, { input: { [long]: { [long]: '\ud800' } }, definition: 'a' }]) {
    const outcome = await bed.operations.call('workflow.start', input, bed.as('root'));
    assert.ok(!outcome.ok && outcome.rejection.code === 'request_invalid');
    const size = JSON.stringify(outcome.rejection).length;
    assert.ok(size < 5000, `${size} characters`);
  }
  await bed.close();
});

test('the answer of every read has the schema of its operation, on a run with some of everything', async () => {
  const bed = await Testbed.open(
    passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 9 }),
    passport('boss', { roles: ['boss'] }),
  );
  const run = await bed.start(
    {
      id: 'a',
      task: { requires: ['read'], by: 'agent', skippable: true },
      forEach: [1, 2],
      retry: { attempts: 2, delay: '1s', backoff: 'fixed' },
    },
    { id: 'b', approval: { subject: { n: 1 }, from: 'role:boss', within: '1h', escalate: ['role:cfo'] } },
  );
  const first = (await bed.ok('agent', 'task.claim_next', {})).task;
  await bed.ok('agent', 'task.progress', {
    id: first?.id ?? '',
    token: 1,
    fraction: 0.1,
    message: 'x',
    usage: { tokens: 5, cost: 0.5 },
  });
  await bed.ok('agent', 'task.fail', { id: first?.id ?? '', token: 1, code: 'broken', message: 'no' });
  const second = (await bed.ok('agent', 'task.claim_next', {})).task;
  await bed.ok('agent', 'task.complete', { id: second?.id ?? '', token: 1, output: [1] });
  const all = await bed.ok('root', 'task.list', { run, limit: 100 });
  for (const { id } of all.rows)
    for (const who of ['root', 'boss', 'agent']) await bed.ok(who, 'task.get', { id });
  await bed.ok('root', 'workflow.get_run', { id: run });
  await bed.ok('root', 'workflow.list_runs', { parent: 'none', definition: 'none', startedBy: 'none' });
  await bed.ok('root', 'run.events', { id: run });
  await bed.ok('root', 'health.get', {});
  const { stored, held, backlog, inTree } = await bed.operations.gauges();
  assert.ok(stored);
  const { people, entries, timerLate } = stored;
  assert.ok([people, held, backlog, entries, inTree, timerLate].every((number) => number >= 0));
  await bed.close();
});
