/** Values that are references to artifacts, wherever a run may read what stands behind them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Json } from '../definition/index.ts';

const boss = passport('boss', { roles: ['boss'], capabilities: ['read'] });
const READ = { requires: ['read'], by: 'human' };
const ABSENT = { $artifact: 'a'.repeat(64), bytes: 9 };

const put = async (bed: Testbed, text: string): Promise<{ $artifact: string; bytes: number }> => {
  const sha256 = createHash('sha256').update(text).digest('hex');
  const content = Buffer.from(text).toString('base64');
  const { bytes } = await bed.ok('boss', 'artifact.put', { sha256, content });
  return { $artifact: sha256, bytes };
};

const statusOf = async (bed: Testbed, id: string) =>
  (await bed.ok('root', 'workflow.get_run', { id })).status;

test('work that is done before its turn leads to what is there', async () => {
  const bed = await Testbed.open(boss);
  const run = await bed.start(
    { id: 'a', wait: { signal: 'go' } },
    { id: 'b', task: { ...READ, assign: { strategy: 'offer', when: 'early' } } },
    { id: 'c', task: { ...READ, input: '${ phases.p1.b.output }' } },
  );
  const { rows } = await bed.ok('boss', 'task.list', { run, open: true });
  const id = rows.find(({ step }) => step === 'p1.b')?.id ?? assert.fail('b is not there yet');
  const predo = (output: Json) => ({ id, output }) as never;
  assert.equal(await bed.no('boss', 'task.predo', predo(ABSENT)), 'artifact_unknown');
  assert.equal(await bed.no('boss', 'task.predo', predo(await put(bed, 'no json'))), 'artifact_unfit');
  await bed.ok('boss', 'task.predo', predo(await put(bed, '{"a":1}')));
  await bed.ok('root', 'workflow.signal', { id: run, signal: 'go', payload: null });
  assert.deepEqual((await bed.taskOf(run)).input, { a: 1 });
  await bed.close();
});

test('a subject that is changed leads to what is there', async () => {
  const bed = await Testbed.open(boss);
  const run = await bed.start(
    { id: 'a', approval: { subject: 'x', from: 'role:boss' } },
    { id: 'b', task: { ...READ, input: '${ phases.p0.a.output.subject }' } },
  );
  const { id, approval } = await bed.taskOf(run);
  const decide = { id, outcome: 'approve_with_changes', subject: approval?.subject ?? '' } as const;
  assert.equal(await bed.no('boss', 'task.decide', { ...decide, changes: ABSENT }), 'artifact_unknown');
  await bed.ok('boss', 'task.decide', { ...decide, changes: await put(bed, '{"a":1}') });
  assert.deepEqual((await bed.taskOf(run)).input, { a: 1 });
  await bed.close();
});

test('what an approval approves may be a file, which expressions see as a reference', async () => {
  const bed = await Testbed.open(boss);
  for (const file of [await put(bed, '%PDF-1.7'), { ...ABSENT, bytes: 70_000 }]) {
    const definition = await bed.define(
      { id: 'a', approval: { subject: '${ input.file }', from: 'role:boss' } },
      { id: 'b', task: { ...READ, input: '${ phases.p0.a.output.subject }' } },
    );
    const { id: run } = await bed.ok('root', 'workflow.start', { definition, input: { file } });
    const { id, approval } = await bed.taskOf(run);
    await bed.ok('boss', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
    const next = await bed.taskOf(run);
    assert.deepEqual(next.input, file);
    await bed.ok('boss', 'task.start', { id: next.id });
    await bed.ok('boss', 'task.complete', { id: next.id, output: 1 });
    assert.equal(await statusOf(bed, run), 'completed');
  }
  await bed.close();
});

test('what is attached to a task is there, and is what it is, until it is taken off', async () => {
  const bed = await Testbed.open(boss);
  const { id } = await bed.taskOf(await bed.start({ id: 'a', task: READ }));
  const absent = { id, name: 'scan', sha256: ABSENT.$artifact };
  assert.equal(await bed.no('boss', 'task.attach', absent), 'artifact_unknown');
  const { $artifact: sha256 } = await put(bed, 'text');
  const { task } = await bed.ok('boss', 'task.attach', { id, name: 'scan', sha256 });
  const [attached, ...others] = task.notes?.attachments ?? [];
  assert.deepEqual([attached?.name, attached?.sha256, others], ['scan', sha256, []]);
  assert.equal(attached?.mediaType, 'application/octet-stream');
  const detached = await bed.ok('boss', 'task.detach', { id, name: 'scan' });
  assert.deepEqual(detached.task.notes?.attachments ?? [], []);
  await bed.close();
});
