import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test, type TestContext } from 'node:test';
import { Site } from '../../test/e2e/cli-kit.ts';
import { endWhenWritten } from './ending.ts';

/** How the process of a command ends, by who reads what it writes. */

const site = new Site();
before(() => site.serve());
after(() => site.close());

/** Takes what is written when it is told to. */
class Late extends Writable {
  #taken: () => void = () => {};
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (chunk.length === 0) done();
    else this.#taken = done;
  }
  take(): void {
    this.#taken();
  }
}

test('the process does not end before everything is written', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const streams = [new Late(), new Late()];
  for (const stream of streams) stream.write('much');
  const end = t.mock.fn();
  const written = endWhenWritten(streams, end);
  for (const stream of streams) {
    t.mock.timers.tick(60_000);
    assert.equal(end.mock.callCount(), 0);
    stream.take();
    await new Promise(setImmediate);
  }
  await written;
  t.mock.timers.tick(2000);
  assert.equal(end.mock.callCount(), 1);
});

test('an interrupted command does not wait for a reader that stands still', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stream = new Late();
  stream.write('much');
  const end = t.mock.fn();
  void endWhenWritten([stream], end, true);
  t.mock.timers.tick(2000);
  assert.equal(end.mock.callCount(), 1);
});

test('a command whose output nobody reads any more ends as one that SIGPIPE has ended', async () => {
  let answer = (): void => {};
  const server = createServer((_, response) => {
    answer = () => response.end(JSON.stringify({ rows: [], next: null }));
    server.emit('asked');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const running = site.start(['runs', '--json', '--url', `http://127.0.0.1:${port}`]);
  await once(server, 'asked');
  running.child.stdout?.destroy();
  answer();
  assert.equal((await running.ended).code, 141);
  server.close();
});

/** A worker that takes a task as soon as there is one, and goes on with it when it is let. */
async function workerOf(t: TestContext, name: string, ...options: string[]) {
  const { env } = await site.participant(name, '--capability', name);
  let go = (): void => {};
  const gate = createServer((_, response) => {
    go = () => response.end();
    gate.emit('taken');
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  t.after(() => gate.close());
  const { port } = gate.address() as AddressInfo;
  const file = join(site.folder, `${name}.mjs`);
  writeFileSync(file, `export default () => fetch('http://127.0.0.1:${port}').then((r) => r.text());\n`);
  const running = site.start(['worker', file, '-c', name, ...options], { env });
  await running.until(/waits for work|"started"/);
  const definition = join(site.folder, `${name}.yaml`);
  const step = `{ id: a, task: { requires: [${name}], by: agent }, retry: { attempts: 1 } }`;
  writeFileSync(definition, `id: ${name}\nphases: [{ id: p, steps: [${step}] }]\n`);
  const begin = () => site.json<{ id: string }>('run', definition);
  const taken = once(gate, 'taken');
  const gone = running.ended.then(({ code }) => assert.fail(`it ended with ${code} and took nothing`));
  return { running, begin, taken: Promise.race([taken, gone]), go: () => go() };
}
const resultOf = async (id: string): Promise<number | null> => (await site.run(['watch', id])).code;

test('a worker whose log nobody reads any more goes on', async (t) => {
  const { running, begin, taken, go } = await workerOf(t, 'unlogged');
  running.child.stderr?.destroy();
  const { id } = await begin();
  await taken;
  go();
  assert.equal(await resultOf(id), 0);
  assert.equal((await running.stop()).code, 0);
});

test('a worker whose output nobody reads any more ends what it has in hand', async (t) => {
  const { running, begin, taken, go } = await workerOf(t, 'unread', '--json');
  running.child.stdout?.destroy();
  const { id } = await begin();
  await taken;
  go();
  assert.equal(await resultOf(id), 0);
  assert.equal((await running.ended).code, 141);
});
