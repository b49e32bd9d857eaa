import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createClient, type Client } from '../../src/client/index.ts';
import { Site, type Running } from '../../test/e2e/cli-kit.ts';
import { ended } from '../../test/e2e/worker-kit.ts';

const FOLDER = new URL('.', import.meta.url).pathname;
const isThere = spawnSync('python3', ['--version']).status === 0;
/** Where everything is to be tested, a missing Python is a failure. */
const skip =
  isThere || process.env['CI'] ? false : 'python3 is not there: install it to have this example tested';

describe('the agent in Python', { skip }, () => {
  const site = new Site();
  let admin: Client;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    await site.serve();
    admin = createClient({ url: site.url, token: site.adminToken });
    ({ env } = await site.participant('Word counter', '--capability', 'word_count', '--capacity', '4'));
    await admin.workflow.saveDefinition({ source: readFileSync(join(FOLDER, 'words.yaml'), 'utf8') });
  });
  after(() => site.close());

  const python = (file: string): Running =>
    site.spawn('python3', ['-B', file], { env: { ...env, PYTHONPATH: FOLDER, PYTHONUNBUFFERED: '1' } });
  const agent = (): Running => python(join(FOLDER, 'agent.py'));
  const own = (name: string, text: string): Running => {
    const file = join(site.folder, name);
    writeFileSync(file, text);
    return python(file);
  };
  const start = (...texts: unknown[]): Promise<{ id: string }> =>
    admin.workflow.start({ definition: 'words', input: { texts } as never });

  test('counts words, and what it throws is the failure of the task', async () => {
    const counting = agent();
    const { id } = await start('to be or not to be', 'that is', '');
    const run = await ended(admin, id);
    assert.deepEqual(run.output, {
      counts: [
        { words: 6, distinct: 4 },
        { words: 2, distinct: 2 },
        { words: 0, distinct: 0 },
      ],
    });
    const failed = await ended(admin, (await start(7)).id);
    assert.equal(failed.failure?.code, 'text_missing');
    assert.equal((await counting.stop()).code, 0);
  });

  test('stops at once while it waits', async () => {
    const waiting = agent();
    await waiting.until(/waits for work/);
    const { code, err } = await waiting.stop();
    assert.equal(code, 0);
    assert.match(err, /stopped\n$/);
  });

  test('finishes what is in hand when it is told to stop', async () => {
    const slow = own(
      'slow.py',
      `import sys
from humanos import Worker
def count(task):
    task.progress(0.1, "begun")
    worker.stopping.wait()
    return {"words": 1}
worker = Worker("slow", ["word_count"], count)
worker.run()
`,
    );
    const { id } = await start('one');
    await slow.until(/claimed/);
    for await (const event of admin.events({ run: id })) if (event.type === 'task.progressed') break;
    assert.equal((await slow.stop()).code, 0);
    assert.equal((await ended(admin, id)).status, 'completed');
  });

  test('gives back what it cannot finish in time', async () => {
    const endless = own(
      'endless.py',
      `import threading
from humanos import Worker
def count(task):
    task.progress(0.1, "begun")
    threading.Event().wait()
Worker("endless", ["word_count"], count, grace_seconds=0.1).run()
`,
    );
    const { id } = await start('one');
    for await (const event of admin.events({ run: id })) if (event.type === 'task.progressed') break;
    assert.equal((await endless.stop()).code, 0);
    const { rows } = await admin.task.list({ run: id });
    assert.equal(rows[0]?.status, 'ready');
    const counting = agent();
    assert.equal((await ended(admin, id)).status, 'completed');
    await counting.stop();
  });

  test('learns by a heartbeat that its task was withdrawn, and answers nothing', async () => {
    const patient = own(
      'patient.py',
      `from humanos import Worker
def count(task):
    task.progress(0.1, "begun")
    task.lost.wait()
    return {"words": 0}
Worker("patient", ["word_count"], count, lease_seconds=5).run()
`,
    );
    const { id } = await start('one');
    for await (const event of admin.events({ run: id })) if (event.type === 'task.progressed') break;
    await admin.workflow.cancel({ id });
    await patient.until(/no longer ours/);
    assert.equal((await patient.stop()).code, 0);
  });

  test('gets large content whole', async () => {
    const counting = agent();
    const run = await ended(admin, (await start('word '.repeat(20_000))).id);
    assert.deepEqual(run.output, { counts: [{ words: 20_000, distinct: 1 }] });
    await counting.stop();
  });

  test('waits for a server that is away', async () => {
    const counting = agent();
    await counting.until(/waits for work/);
    await site.stop();
    await counting.until(/no connection/);
    const { port } = new URL(site.url);
    const again = site.start(['serve', '--port', port, '--json']);
    await again.until(/"url"/);
    assert.equal((await ended(admin, (await start('back again')).id)).status, 'completed');
    await counting.stop();
  });

  test('ends when its token is worth nothing', async () => {
    const { rows } = await admin.token.list();
    for (const { id, passport } of rows)
      if (passport !== 'passport_human_admin') await admin.token.revoke({ id });
    const { code, err } = await agent().ended;
    assert.equal(code, 1);
    assert.match(err, /Refused/);
  });
});
