import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Receiver } from '../channels-kit/index.ts';
import { Site } from './cli-kit.ts';

const site = new Site();
const there = await Receiver.open();
before(() => site.serve({ HUMANOS_WEBHOOK_ALLOW: '127.0.0.1' }));
after(async () => {
  await site.close();
  await there.close();
});

/** Reads a list by pages of one row, as its last lines say to. */
async function rowsOf(...list: string[]): Promise<number> {
  let more: string[] = [];
  for (let rows = 1; ; rows += 1) {
    const { code, out, err } = await site.run([...list, '--limit', '1', ...more]);
    assert.equal(code, 0, err);
    const next = /^There are more: --cursor (\S+)$/m.exec(out)?.[1];
    if (next === undefined) return rows;
    more = ['--cursor', next];
  }
}

test('a list that goes on says so, and can be read to its end', async () => {
  for (const id of ['one', 'two', 'three']) {
    const file = join(site.folder, `${id}.yaml`);
    writeFileSync(file, `id: ${id}\nphases: [{ id: p, steps: [{ id: a, task: { by: human } }] }]\n`);
    assert.equal((await site.run(['definitions', 'save', file])).code, 0);
  }
  for (const name of ['one', 'two']) await site.participant(name);
  for (const path of ['/a', '/b', '/c'])
    assert.equal((await site.run(['webhooks', 'add', there.url + path])).code, 0);
  assert.equal((await site.run(['run', 'one'])).code, 0);
  await there.until(3);
  assert.equal(await rowsOf('definitions'), 3);
  assert.equal(await rowsOf('token', 'list'), 3);
  assert.equal(await rowsOf('webhooks'), 3);
  assert.ok((await rowsOf('deliveries')) >= 3);
  const first = await site.run(['ledger', '--limit', '2']);
  assert.match(first.out, /^There are more: --after 2$/m);
});
