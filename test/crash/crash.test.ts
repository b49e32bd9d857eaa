import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../simulation/random.ts';
import { killJob, readings, runJob, withFolder } from './job.ts';

const KILLS = Number(process.env['HUMANOS_KILLS'] ?? 20);
const SEED = Number(process.env['HUMANOS_SEED'] ?? Math.floor(Math.random() * 1e9));

test(`the invoice job survives ${KILLS} times kill -9 (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  await withFolder(async (folder) => {
    const began = performance.now();
    const expected = shape(await runJob(join(folder, 'untouched.sqlite')));
    const whole = performance.now() - began;
    let kills = 0;
    for (let job = 0; kills < KILLS; job += 1) {
      const database = join(folder, `job-${job}.sqlite`);
      let killed = true;
      while (killed && kills < KILLS) {
        killed = await killJob(database, random.next() * whole);
        if (killed) kills += 1;
      }
      const ended = await runJob(database);
      assert.deepEqual(shape(ended), expected);
      const times = await readings(database, ended.run);
      assert.deepEqual(
        times,
        times.map(() => 1),
        'an invoice was read into the summary twice',
      );
      assert.equal(times.length, 50);
    }
  });
});

/** What must be the same however often the job was interrupted. */
const shape = (report: Awaited<ReturnType<typeof runJob>>): object => {
  const { run: _, ledger, ...rest } = report;
  return { ...rest, verified: ledger.verified };
};
