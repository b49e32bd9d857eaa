import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, Office } from './office.ts';

test('WRP-08 Capability-Based Distribution: only who has all of it, and enough of it; with nobody the run says so, and goes on by itself', async () => {
  const claim = (capability: string, level: number) =>
    ({
      capability,
      level,
      standing: 'granted',
      grantedBy: null,
      evidence: [],
      constraints: [],
      expiresAt: null,
    }) as const;
  const able = agent('able', ['read', 'write'], { claims: [claim('read', 0.9), claim('write', 0.6)] });
  const weak = agent('weak', ['read', 'write'], { claims: [claim('read', 0.9), claim('write', 0.4)] });
  const half = agent('half', ['read']);
  const office = await Office.open(able, weak, half);
  const step = { id: 'a', task: { requires: ['read', 'write'], level: 0.5, by: 'agent' } };
  const waiting = await Promise.all(['weak', 'half', 'able'].map((who) => office.waits(who)));
  const run = await office.start(step);
  const task = await waiting[2]?.task;
  assert.equal(task?.run, run);
  const { explanation } = await office.detail(task?.id ?? '');
  assert.deepEqual(
    explanation?.candidates.map(({ id }) => id),
    ['passport_able'],
  );
  const reasons = Object.fromEntries(
    (explanation?.dropped ?? []).map(({ reason, examples }) => [reason, examples]),
  );
  assert.deepEqual(
    [
      reasons['level'],
      reasons['capability']?.includes('passport_half') ||
        explanation?.dropped.some(({ reason }) => reason === 'capability'),
    ],
    [['passport_weak'], true],
  );

  const stranded = await office.start({ id: 'a', task: { requires: ['read', 'sing'], by: 'agent' } });
  const verdict = await office.verdict(stranded);
  assert.equal(verdict.verdict, 'stranded');
  assert.match(verdict.missing?.join() ?? '', /nobody has sing/);
  await office.update('half', { capabilities: ['read', 'sing'] });
  await office.until(async () => (await office.verdict(stranded)).verdict === 'running');
  assert.equal((await office.claimNext('half'))?.run, stranded);
  office.site.bed.clock.move(61_000);
  await Promise.all(waiting.map(({ task: answer }) => answer));
  await office.close();
});
