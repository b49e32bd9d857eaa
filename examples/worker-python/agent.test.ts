import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ended } from '../../test/e2e/worker-kit.ts';
import { Bed, skip } from './bed.ts';

describe('the agent in Python', { skip }, () => {
  let bed: Bed;

  before(async () => {
    bed = await Bed.open();
  });
  after(() => bed.close());

  test('counts words, and what it throws is the failure of the task', async () => {
    const counting = bed.agent();
    const { id } = await bed.start('to be or not to be', 'that is', '');
    const run = await ended(bed.admin, id);
    assert.deepEqual(run.output, {
      counts: [
        { words: 6, distinct: 4 },
        { words: 2, distinct: 2 },
        { words: 0, distinct: 0 },
      ],
    });
    const failed = await ended(bed.admin, (await bed.start(7)).id);
    assert.equal(failed.failure?.code, 'text_missing');
    assert.equal((await counting.stop()).code, 0);
  });

  test('stops at once while it waits', async () => {
    const waiting = bed.agent();
    await waiting.until(/waits for work/);
    const { code, err } = await waiting.stop();
    assert.equal(code, 0);
    assert.match(err, /stopped\n$/);
  });

  test('finishes what is in hand when it is told to stop', async () => {
    const slow = bed.own(
      `
def count(task):
    task.progress(0.1, "begun")
    worker.stopping.wait()
    return {"words": 1}`,
    );
    const { id } = await bed.start('one');
    await slow.until(/claimed/);
    await bed.begun(id);
    assert.equal((await slow.stop()).code, 0);
    assert.equal((await ended(bed.admin, id)).status, 'completed');
  });

  test('gives back what it cannot finish in time', async () => {
    const endless = bed.own(
      `
def count(task):
    task.progress(0.1, "begun")
    threading.Event().wait()`,
      { settings: 'grace_seconds=0.1' },
    );
    const { id } = await bed.start('one');
    await bed.begun(id);
    assert.equal((await endless.stop()).code, 0);
    const { rows } = await bed.admin.task.list({ run: id });
    assert.equal(rows[0]?.status, 'ready');
    const counting = bed.agent();
    assert.equal((await ended(bed.admin, id)).status, 'completed');
    await counting.stop();
  });

  test('learns by a heartbeat that its task was withdrawn, and answers nothing', async () => {
    const patient = bed.own(
      `
def count(task):
    task.progress(0.1, "begun")
    task.lost.wait()
    return {"words": 0}`,
      { settings: 'lease_seconds=5' },
    );
    const { id } = await bed.start('one');
    await bed.begun(id);
    await bed.admin.workflow.cancel({ id });
    await patient.until(/no longer ours/);
    assert.equal((await patient.stop()).code, 0);
  });

  test('without a capability it takes whatever comes to its passport', async () => {
    const any = bed.own('def count(task): return {"words": 1}', { capabilities: [] });
    assert.equal((await ended(bed.admin, (await bed.start('one')).id)).status, 'completed');
    await any.stop();
  });

  test('gets large content whole', async () => {
    const counting = bed.agent();
    const run = await ended(bed.admin, (await bed.start('word '.repeat(20_000))).id);
    assert.deepEqual(run.output, { counts: [{ words: 20_000, distinct: 1 }] });
    await counting.stop();
  });

  test('waits for a server that is away', async () => {
    const counting = bed.agent();
    await counting.until(/waits for work/);
    await bed.site.stop();
    await counting.until(/no connection/);
    await bed.back();
    assert.equal((await ended(bed.admin, (await bed.start('back again')).id)).status, 'completed');
    await counting.stop();
  });

  test('ends where what it is told is no address of a server', async () => {
    for (const url of ['foo', 'localhost:4400', `${bed.site.url}/v1`]) {
      const { code, err } = await bed.own('def count(task): return {}', { url }).ended;
      assert.equal(code, 1, url);
      assert.doesNotMatch(err, /Traceback/);
      assert.match(err, /HUMANOS_URL|path/);
    }
  });

  test('ends when its token is worth nothing', async () => {
    const { rows } = await bed.admin.token.list();
    for (const { id, passport } of rows)
      if (passport !== 'passport_human_admin') await bed.admin.token.revoke({ id });
    const { code, err } = await bed.agent().ended;
    assert.equal(code, 1);
    assert.match(err, /^word counter: .*token.*\(token_invalid\)\nword counter: .+\n$/m);
    assert.doesNotMatch(err, /Traceback/);
  });
});
