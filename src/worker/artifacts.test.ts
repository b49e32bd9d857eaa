import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aTask, refused, scene, settled } from '../../test/e2e/worker-scripted.ts';
import type { FailureReport } from './port.ts';

test('artifacts of the input stand with their content', async () => {
  let input: unknown;
  const { server, begin } = scene((task) => void (input = task.input));
  const sha256 = 'a'.repeat(64);
  server.tasks[0] = aTask({
    input: { pages: [{ $artifact: sha256, bytes: 70_000 }, 'two', { $artifact: sha256, bytes: 1 }] },
  });
  server.artifacts.set(sha256, { text: 'long', $artifact: 'not followed' });
  const worker = begin();
  await settled();
  const content = { text: 'long', $artifact: 'not followed' };
  assert.deepEqual(input, { pages: [content, 'two', content] });
  assert.equal(server.of('artifact').length, 1);
  await worker.stop();

  const other = scene(() => assert.fail('not to be called'));
  other.server.tasks[0] = aTask({ input: { $artifact: sha256, bytes: 70_000 } });
  other.server.on = (what) => what === 'artifact' && refused('artifact_unknown', 404);
  const again = other.begin();
  await settled();
  assert.deepEqual(
    other.server.of('fail').map(({ body }) => (body as FailureReport).code),
    ['artifact_unavailable'],
  );
  await again.stop();
});

test('what is not JSON, or no reference, stands in the input as it is', async () => {
  let input: unknown;
  const { server, begin, told } = scene((task) => void (input = task.input));
  const [pdf, nothing] = ['a'.repeat(64), 'b'.repeat(64)];
  const given = {
    file: { $artifact: pdf, bytes: 9 },
    nothing: { $artifact: nothing, bytes: 4 },
    named: { $artifact: 'only by name' },
  };
  server.tasks[0] = aTask({ input: given });
  server.artifacts.set(nothing, null);
  const worker = begin();
  await settled();
  assert.deepEqual(input, { ...given, nothing: null });
  assert.equal(server.of('artifact').length, 2);
  assert.equal(told('completed').length, 1);
  await worker.stop();
});
