/** What an agent in Python does while the server is away, or answers late. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { count, ended } from '../../test/e2e/worker-kit.ts';
import { Bed, skip } from './bed.ts';
import { Gate, type Answer } from './gate.ts';

describe('an agent in Python whose server is away', { skip, timeout: 120_000 }, () => {
  let bed: Bed;
  let gate: Gate;

  beforeEach(async () => {
    bed = await Bed.open();
    gate = await Gate.before(bed.site);
  });
  afterEach(async () => {
    gate.close();
    await bed.close();
  });

  test('ends in time although nobody takes back what it holds', { timeout: 20_000 }, async () => {
    const endless = bed.own(
      `
def count(task):
    task.progress(0.1, "begun")
    threading.Event().wait()`,
      { settings: 'grace_seconds=0.1', url: gate.url },
    );
    const { id } = await bed.start('one');
    await bed.begun(id);
    gate.passes = () => false;
    assert.equal((await endless.stop()).code, 0);
    assert.ok(gate.count('release') > 0);
  });

  test('gives back what it was granted as it was told to stop', { timeout: 20_000 }, async () => {
    const agent = bed.own('def count(task):\n    return {"words": 1}', { url: gate.url });
    const granted = new Promise<void>((resolve) => {
      gate.returns = (what) => {
        if (what !== 'claim' || gate.count('claim') > 1) return true;
        resolve();
        return gate.until('release').then(() => false);
      };
    });
    const { id } = await bed.start('one');
    await granted;
    const { code, err } = await agent.stop();
    assert.equal(code, 0);
    assert.match(err, /given back\n.*stopped/);
    assert.equal(await count(bed.admin, id, 'task.released'), 1);
  });

  test('does not give back what it has finished', { timeout: 20_000 }, async () => {
    const agent = bed.own('def count(task):\n    return {"words": 1}', {
      settings: 'grace_seconds=0.1',
      url: gate.url,
    });
    gate.passes = (what) => what !== 'complete' || gate.count(what) > 3;
    const { id } = await bed.start('one');
    await gate.until('complete');
    assert.equal((await agent.stop()).code, 0);
    assert.equal(gate.count('release'), 0);
    assert.equal((await ended(bed.admin, id)).status, 'completed');
  });

  test('ends in time although nobody takes its result', { timeout: 20_000 }, async () => {
    const agent = bed.own('def count(task):\n    return {"words": 1}', {
      settings: 'grace_seconds=0.1',
      url: gate.url,
    });
    gate.passes = (what) => what === 'claim';
    await bed.start('one');
    await gate.until('complete');
    assert.equal((await agent.stop()).code, 0);
    assert.equal(gate.count('release'), 0);
  });

  test(
    'offers its result when the server was away for longer than the lease',
    { timeout: 40_000 },
    async () => {
      const done = join(bed.site.folder, 'done');
      const agent = bed.own(
        `
def count(task):
    task.progress(0.1, "begun")
    while not os.path.exists(${JSON.stringify(done)}):
        time.sleep(0.05)
    return {"words": 1}`,
        { settings: 'lease_seconds=5', url: gate.url },
      );
      const { id } = await bed.start('one');
      await bed.begun(id);
      await bed.site.stop();
      // The first after a third of the lease, then one every half second: the lease has run out.
      await gate.until('heartbeat', 12);
      await bed.back();
      const beats = gate.count('heartbeat');
      await gate.until('heartbeat', beats + 2);
      writeFileSync(done, '');
      assert.equal((await ended(bed.admin, id)).status, 'completed');
      assert.equal(await count(bed.admin, id, 'task.released'), 0);
      assert.equal((await agent.stop()).code, 0);
    },
  );

  test('goes on through answers that are none of the server', { timeout: 40_000 }, async () => {
    const breaksOff: Answer = (response) => {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'content-length': 200 });
      response.write('{"code":', () => response.socket?.end());
    };
    const saysNothing: Answer = (response) => {
      response.writeHead(502, { 'content-type': 'application/json' }).end('["bad gateway"]');
    };
    const leadsElsewhere: Answer = (response) => {
      response.writeHead(302, { location: `${gate.url}/elsewhere` }).end();
    };
    const isNoJson: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Sign in</title>');
    };
    const answers = [breaksOff, saysNothing, leadsElsewhere, isNoJson];
    const done = join(bed.site.folder, 'done');
    gate.passes = (what) => answers[gate.count(what) - 1] ?? true;
    const agent = bed.own(
      `
def count(task):
    while not os.path.exists(${JSON.stringify(done)}):
        time.sleep(0.05)
    return {"words": 1}`,
      { settings: 'lease_seconds=5', url: gate.url },
    );
    const { id } = await bed.start('one');
    await Promise.race([
      gate.until('heartbeat', answers.length + 1),
      agent.ended.then(({ err }) => assert.fail(err)),
    ]);
    writeFileSync(done, '');
    await Promise.race([
      gate.until('complete', answers.length + 1),
      agent.ended.then(({ err }) => assert.fail(err)),
    ]);
    assert.equal((await ended(bed.admin, id)).status, 'completed');
    const { code, err } = await agent.stop();
    assert.equal(code, 0);
    assert.doesNotMatch(err, /Traceback/);
    assert.equal(gate.count('elsewhere'), 0);
  });

  test('keeps its task alive while the input is on its way', { timeout: 20_000 }, async () => {
    const agent = bed.own('def count(task):\n    return {"words": len(task.input["text"])}', {
      settings: 'lease_seconds=5',
      url: gate.url,
    });
    gate.passes = async (what) => {
      if (what === 'artifact') await gate.until('heartbeat');
      return true;
    };
    const { id } = await bed.start('x'.repeat(100_000));
    assert.deepEqual((await ended(bed.admin, id)).output, { counts: [{ words: 100_000 }] });
    assert.equal((await agent.stop()).code, 0);
  });
});
