import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-23 Resource-Initiated Execution - Offered Work Item: from offered to started in one act, against all others', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `clerk${at}`);
  const office = await Office.open(...clerks(...names));
  const run = await office.start(clerical('a'));
  const { id } = await office.task(run);
  const answers = await Promise.all(
    names.map((who, at) => office.act(who, at % 2 === 0 ? 'start' : 'claim', id)),
  );
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, ...names.slice(1).map(() => 409)],
  );
  const started = await office.start(clerical('a'));
  await office.does('clerk3', 'start', (await office.task(started)).id);
  const types = (await office.events(started)).map(({ type }) => type);
  assert.deepEqual(types.slice(-2), ['task.created', 'task.started']);
  await office.close();
});
