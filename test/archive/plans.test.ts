import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { archiveFolder } from '../../src/main/archive-folder.ts';
import { Testbed } from '../e2e/http-testbed.ts';
import { goal, openPlanBed } from '../e2e/plan-bed.ts';

test('PLANS-1: a plan whose run is archived is not started again, also when nothing remembers its start', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-plans-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bed = await openPlanBed();
  const { id } = await bed.ok('root', 'workflow.plan', goal);
  const asked = { idempotencyKey: 'start' };
  const { run } = await bed.ok('root', 'plan.start', { id }, asked);
  assert.ok(run);
  for (const who of ['reader', 'reader', 'analyst']) {
    const { task } = await bed.ok(who, 'task.claim_next', {});
    await bed.ok(who, 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0, output: {} });
  }
  await bed.ok('root', 'ledger.checkpoint', {});
  const { files } = await bed.runtime.archiver.archive(archiveFolder(folder), Number.MAX_SAFE_INTEGER);
  assert.equal(files.length, 1);
  await bed.runtime.stop();

  const later = new Testbed(bed.store);
  await later.runtime.start();
  const ended = { id: run.id, status: 'completed', verdict: null };
  assert.deepEqual((await later.ok('root', 'plan.start', { id }, asked)).run, ended, 'repeated');
  await later.store.forgetIdempotency(Number.MAX_SAFE_INTEGER, 1000);
  const again = await later.operations.call('plan.start', { id }, later.as('operator'));
  assert.ok(!again.ok && again.rejection.code === 'plan_started');
  assert.match(again.rejection.message, new RegExp(run.id));
  assert.deepEqual((await later.ok('root', 'plan.start', { id }, asked)).run, ended);
  assert.equal((await later.ok('root', 'workflow.list_runs', {})).rows.length, 0);
  const plan = await later.ok('root', 'plan.get', { id });
  assert.deepEqual([plan.status, plan.run], ['started', ended]);
  assert.match(plan.notices.join(), /archived in/);
  await later.close();
});

test('PLANS-1: nor is one that an earlier release started, whose run is not there any more', async () => {
  const bed = await openPlanBed();
  const { id } = await bed.ok('root', 'workflow.plan', goal);
  const stored = await bed.store.document('plan', id);
  assert.ok(stored);
  const body = { ...stored.body, startedBy: 'passport_root', startedAt: 1 };
  const document = { kind: 'plan', id, expected: stored.revision, body } as const;
  await bed.store.commit([{ stream: 'organisation', expected: null, entries: [], documents: [document] }]);
  assert.equal(await bed.no('root', 'plan.start', { id }), 'plan_started');
  assert.equal((await bed.ok('root', 'workflow.list_runs', {})).rows.length, 0);
  await bed.close();
});
