/** Values that are references to artifacts, wherever a run may read what stands behind them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Json } from '../definition/index.ts';

const boss = passport('boss', { roles: ['boss'], capabilities: ['read'] });
const READ = { requires: ['read'], by: 'human' };
const ABSENT = { $artifact: 'a'.repeat(64), bytes: 9 };

const put = async (bed: Testbed, text: string | Buffer): Promise<{ $artifact: string; bytes: number }> => {
  const sha256 = createHash('sha256').update(text).digest('hex');
  const content = Buffer.from(text as string).toString('base64');
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

const STRANGE = [
  ['{"text":"\\ud800"}', /\$\.text holds half of a surrogate pair/],
  ['{"text":1e400}', /\$\.text is not a finite number/],
  ['{"text":' + '['.repeat(6000) + ']'.repeat(6000) + '}', /nested more than 128 levels deep \(line 1, /],
  ['{"text":12345678901234567890}', /whole number that would come back as another.* \(line 1, column 9\)/],
  ['{"text":1,"text":2}', /has a key twice\. Line 1, column 11: The key "text" stands twice/],
  ['{"text":{"__proto__":1}}', /the key `__proto__`/],
  [Buffer.from([0x22, 0xff, 0x22]), /is not UTF-8: byte 1 \(0xff\)/],
  ['{"text":', /is not JSON\. Line 1, column 9/],
] as const;

test('a result leads to what can be recorded as it was written', async () => {
  const bed = await Testbed.open(boss);
  await bed.start({ id: 'a', task: READ }, { id: 'b', task: { ...READ, input: '${ phases.p0.a.output }' } });
  const { rows } = await bed.ok('boss', 'task.list', { open: true });
  const id = rows[0]?.id ?? assert.fail('a is not there');
  await bed.ok('boss', 'task.start', { id });
  for (const [content, words] of STRANGE) {
    const output = await put(bed, content);
    const answer = await bed.operations.call('task.complete', { id, output }, bed.as('boss'));
    assert.ok(!answer.ok, content.toString().slice(0, 40));
    assert.equal(answer.rejection.code, 'artifact_unfit');
    assert.match(answer.rejection.message, words);
    assert.ok(answer.rejection.message.startsWith(`Artifact ${output.$artifact} `));
  }
  await bed.ok('boss', 'task.complete', { id, output: await put(bed, '{"text":"ok"}') });
  await bed.close();
});

test('what cannot be recorded stays a reference where it was let in (ARTIFACT-1)', async () => {
  const bed = await Testbed.open(boss);
  for (const content of STRANGE.slice(0, 3).map(([text]) => text)) {
    const definition = await bed.define(
      { id: 'a', approval: { subject: '${ input.file }', from: 'role:boss' } },
      { id: 'b', task: { ...READ, input: '${ phases.p0.a.output.subject }' } },
    );
    const file = await put(bed, content);
    const { id: run } = await bed.ok('root', 'workflow.start', { definition, input: { file } });
    const { id, approval } = await bed.taskOf(run);
    await bed.ok('boss', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
    assert.deepEqual((await bed.taskOf(run)).input, file);
  }
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
