import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { Site } from './cli-kit.ts';

const site = new Site();
const file = join(site.folder, 'patience.yaml');
before(async () => {
  await site.serve();
  writeFileSync(file, 'id: patience\nphases: [{ id: p, steps: [{ id: s, wait: { signal: go } }] }]\n');
});
after(() => site.close());

interface Run {
  readonly id: string;
  readonly status: string;
}
const start = () => site.json<Run>('run', file);
const statusOf = async (id: string): Promise<string> => (await site.json<Run>('show', id)).status;

describe('an answer that is lost on its way', () => {
  /** Which requests are carried out and not answered. */
  let lost = '';
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const sent = await buffer(request);
    const answer = await fetch(site.url + url, {
      method,
      headers: headers as Record<string, string>,
      ...(sent.length > 0 && { body: sent }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (method === lost) request.socket.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
  };
  const between = createServer((request, response) => void pass(request, response));
  let url = '';
  before(async () => {
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  });
  after(() => between.close());

  test('of a write: whether it was done is not known; where nobody was reached, it was not', async () => {
    const { id } = await start();
    lost = 'POST';
    const unknown = await site.run(['pause', id, '--url', url]);
    assert.equal(unknown.code, 3);
    assert.match(unknown.err, /^Whether it was done is not known\.\n[^]*next: Look before you repeat it\.\n/);
    assert.equal(await statusOf(id), 'paused');
    const nowhere = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => nowhere.once('listening', resolve));
    const { port } = nowhere.address() as AddressInfo;
    await new Promise((resolve) => nowhere.close(resolve));
    const refused = await site.run(['resume', id, '--url', `http://127.0.0.1:${port}`]);
    assert.equal(refused.code, 3);
    assert.match(refused.err, /^The run was not resumed\.\n[^]*next: Check that the server runs/);
  });

  test('of a definition on the way to its run: that was not started', async () => {
    lost = 'POST';
    const { code, err } = await site.run(['run', file, '--url', url]);
    assert.equal(code, 3);
    assert.match(err, /^The run of \S+ was not started\.\n/);
  });

  test('after the start of a run: that is started', async () => {
    lost = 'GET';
    const { code, err } = await site.run(['run', file, '--wait', '--url', url]);
    assert.equal(code, 3);
    const [, id = '', next] = /^(run_\w+) is started, [^]*humanos watch (run_\w+)\n/.exec(err) ?? [];
    assert.equal(next, id, err);
    assert.equal(await statusOf(id), 'running');
  });
});

test('a run that is watched without a connection is said to be, until it is back', async () => {
  const watching = site.start(['run', file, '--wait']);
  const [id] = await watching.until(/run_\w+/);
  const json = site.start(['watch', id, '--json']);
  await json.until(/run\.created/);
  await site.stop('SIGKILL');
  for (const one of [watching, json])
    await one.until(/No connection since [-\d]+ [:\d]+, trying again: There is no answer from http/);
  await site.serve({}, Number(new URL(site.url).port));
  for (const one of [watching, json]) await one.until(/Connected again\./);
  assert.equal((await json.stop('SIGINT')).code, 130);
  const { code, out, err } = await watching.stop('SIGINT');
  assert.equal(code, 130);
  assert.match(err, /The run goes on\. Watch it again: humanos watch run_/);
  assert.doesNotMatch(out, /onnect/);
});

test('that a run goes on is not said where it is not known', async () => {
  const watching = site.start(['run', file, '--wait']);
  await watching.until(/run_\w+/);
  await site.stop('SIGKILL');
  await watching.until(/No connection since/);
  const { code, err } = await watching.stop('SIGINT');
  assert.equal(code, 130);
  assert.match(err, /The run was going on when it was last seen\. Watch it again: humanos watch run_/);
  await site.serve();
});

test('with one run, all others of its definition are cancelled, and where to see that is told', async () => {
  const [one, other] = [await start(), await start()];
  const { code, out } = await site.run(['cancel', one.id, '--all']);
  assert.equal(code, 0);
  assert.match(
    out,
    /^run_\w+ is cancelled\.\nAll other runs .* are being cancelled: humanos runs -d patience\n$/,
  );
  assert.equal((await site.run(['watch', other.id])).code, 1);
  assert.equal(await statusOf(other.id), 'cancelled');
});
