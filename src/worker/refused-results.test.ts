import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused, scene, settled } from '../../test/e2e/worker-scripted.ts';
import type { FailureReport } from './port.ts';

for (const code of ['stale_token', 'run_archived'])
  test(`a result that is refused for being late is dropped: ${code}`, async () => {
    const { server, begin, told } = scene(() => 'done');
    server.on = (what) => what === 'complete' && refused(code);
    const worker = begin();
    await settled();
    assert.deepEqual(told('late'), [{ type: 'late', task: 'run_1:a.b#1', answer: 'result', code }]);
    assert.equal(server.of('fail').length, 0);
    assert.equal(server.of('claim').length, 2);
    await worker.stop();
  });

test('a result that may not be is the failure of the task, with the reason, and no late one', async () => {
  const { server, begin, told } = scene((_, { usage }) => usage({ tokens: 3 }));
  server.on = (what) => what === 'complete' && refused('policy_denied', 403);
  const worker = begin();
  await settled();
  assert.deepEqual(
    server.of('fail').map(({ body }) => body),
    [
      {
        code: 'policy_denied',
        message: 'policy_denied it is',
        retryable: false,
        usage: { tokens: 3, cost: 0 },
      },
    ],
  );
  assert.equal(told('failed').length, 1);
  assert.equal(told('late').length, 0);
  await worker.stop();
});

test('a failure that is refused for another reason than being late is not told as late', async () => {
  const { server, begin, told } = scene(() => 'done');
  server.on = (what) => (what === 'complete' || what === 'fail') && refused('not_allowed', 403);
  const worker = begin();
  await settled();
  assert.deepEqual(
    told('refused').map((event) => 'code' in event && event.code),
    ['not_allowed'],
  );
  assert.equal(told('late').length, 0);
  await worker.stop();
});

test('a result that JSON does not have fails for good', async () => {
  const { server, begin } = scene(() => ({ amount: 1n }));
  const worker = begin();
  await settled();
  const [failure] = server.of('fail').map(({ body }) => body as FailureReport);
  assert.equal(failure?.code, 'result_not_json');
  assert.equal(failure?.retryable, false);
  await worker.stop();
});

test('an invalid result is mended once, or fails with the reason', async () => {
  const problems = [{ path: 'total', message: 'must be a string' }];
  const asked: unknown[] = [];
  for (const attempts of [1, 2]) {
    const { server, begin, told } = scene({
      handle: () => ({ total: 1 }),
      onInvalid: (invalid) => {
        asked.push(invalid);
        return { total: '1' };
      },
    });
    server.on = (what, times) =>
      what === 'complete' && times <= attempts && refused('output_invalid', 422, { problems });
    const worker = begin();
    await settled();
    assert.deepEqual(
      server.of('complete').map(({ key }) => key?.slice(-2)),
      ['/1', '/2'],
    );
    assert.equal(told('completed').length, attempts === 1 ? 1 : 0);
    assert.deepEqual(
      server.of('fail').map(({ body }) => (body as FailureReport).code),
      attempts === 1 ? [] : ['output_invalid'],
    );
    await worker.stop();
  }
  assert.deepEqual(asked[0], { output: { total: 1 }, message: 'output_invalid it is', problems });
  const { server, begin } = scene(() => 1);
  server.on = (what) => what === 'complete' && refused('output_invalid', 422);
  const worker = begin();
  await settled();
  assert.deepEqual(
    server.of('fail').map(({ body }) => (body as FailureReport).message),
    ['output_invalid it is'],
  );
  await worker.stop();
});
