import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createClient } from '../../src/client/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { newDatabase } from './databases.ts';
import { codeOf, piled, PostRoom } from './pile-kit.ts';

const log = pino({ level: 'silent' });

test('a pile outlives the server: it is of the same person, goes on, and ends with their work on it', async (t) => {
  const databaseUrl = await newDatabase();
  let server = await openServer({ databaseUrl, port: 0, log });
  t.after(() => server.stop());
  const token = server.adminToken;
  const restart = async (): Promise<void> => {
    await server.stop();
    server = await openServer({ databaseUrl, port: 0, log });
  };
  const room = await PostRoom.open(createClient({ url: server.url, token }), 6);
  await room.clerk('ann', server.url).task.start({ id: room.task(0) });
  assert.equal(await piled(room.clerk('ann', server.url), room.task(0)), room.runs[1]);
  await room.clerk('bo', server.url).task.start({ id: room.task(5) });
  await restart();
  assert.equal(await codeOf(piled(room.clerk('bo', server.url), room.task(5))), 'pile_taken');
  assert.equal(await piled(room.clerk('ann', server.url), room.task(1)), room.runs[2]);
  await room.clerk('ann', server.url).task.release({ id: room.task(2) });
  await restart();
  assert.equal(
    await piled(room.clerk('bo', server.url), room.task(5)),
    room.runs[2],
    'Ann has given it back',
  );
});

test('what follows is begun once, though the server ends before it is, and though it is asked for again', async (t) => {
  const databaseUrl = await newDatabase();
  let server = await openServer({ databaseUrl, port: 0, log });
  t.after(() => server.stop());
  const room = await PostRoom.open(createClient({ url: server.url, token: server.adminToken }), 4);
  const ann = room.clerk('ann', server.url);
  await ann.task.start({ id: room.task(0) });
  const { runs } = server.runtime;
  const execute = runs.execute.bind(runs);
  runs.execute = async (run, command, ...rest) => {
    if (command.type === 'task.start') throw new Error('the process has ended');
    return execute(run, command, ...rest);
  };
  assert.equal(await piled(ann, room.task(0), 'first'), null);
  await server.stop();
  server = await openServer({ databaseUrl, port: 0, log });
  const again = room.clerk('ann', server.url);
  assert.equal((await again.task.get({ id: room.task(0) })).status, 'completed');
  const asked = () => piled(again, room.task(0), 'first');
  assert.equal(await asked(), room.runs[1]);
  assert.equal(await asked(), room.runs[1]);
  assert.equal(await piled(again, room.task(1), 'second'), room.runs[2]);
  await again.task.complete({ id: room.task(2) });
  for (const key of ['first', 'second'] as const)
    assert.equal(await piled(again, room.task(key === 'first' ? 0 : 1), key), null, 'that is over');
  assert.equal((await again.task.get({ id: room.task(3) })).status, 'ready');
});
