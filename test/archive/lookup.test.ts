import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { archiveFolder } from '../../src/main/archive-folder.ts';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });

test('whoever looks for what was archived is told the file that it is in, whatever way they look', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-lookup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bed = await Testbed.open(robot);
  const id = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('robot', 'task.claim_next', {});
  await bed.ok('robot', 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0, output: 1 });
  const { events } = await bed.ok('root', 'run.events', { id });
  await bed.ok('root', 'ledger.checkpoint', {});
  const { files } = await bed.runtime.archiver.archive(archiveFolder(folder), Number.MAX_SAFE_INTEGER);
  assert.equal(files.length, 1);
  assert.equal(await bed.no('root', 'workflow.get_run', { id }), 'run_archived', 'where it was in memory');
  await bed.runtime.stop();

  const later = new Testbed(bed.store);
  await later.runtime.start();
  assert.equal(await later.no('root', 'workflow.get_run', { id }), 'run_archived');
  assert.equal(await later.no('root', 'run.events', { id }), 'run_archived');
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  assert.equal(await later.no('root', 'task.get', { id: held.id }), 'run_archived');
  assert.equal(await later.no('robot', 'task.complete', { ...held, output: 1 }), 'run_archived');
  assert.equal(await later.no('root', 'task.get', { id: 'run_0:p0.a:1.1' }), 'task_unknown');
  for (const [run, code] of Object.entries({ [id]: 'run_archived', run_0: 'run_unknown' }))
    assert.equal(await later.no('root', 'policy.simulate', { runs: [run] }), code);
  assert.equal(
    await later.no('root', 'ledger.inclusion', { index: events[0]?.index ?? 0 }),
    'entry_archived',
  );
  const codeOf = async (run: string): Promise<string | null> => {
    const followed = await later.operations.follow('run.events', { id: run }, later.as('root'));
    return followed.ok ? null : followed.rejection.code;
  };
  assert.equal(await codeOf(id), 'run_archived');
  assert.equal(await codeOf('run_0'), 'run_unknown');
  await later.close();
});

const ON_RUNS = {
  'workflow.approve': {},
  'workflow.reject': {},
  'workflow.pause': {},
  'workflow.stop': {},
  'workflow.resume': {},
  'workflow.cancel': {},
  'workflow.rollback': { phase: 'p0' },
  'workflow.signal': { signal: 's' },
} as const;

test('whoever would do something to a run that was archived is told the same', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-lookup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bed = await Testbed.open();
  const id = await bed.start({ id: 'a', wait: { for: '1h' } });
  await bed.ok('root', 'workflow.cancel', { id });
  await bed.ok('root', 'ledger.checkpoint', {});
  await bed.runtime.archiver.archive(archiveFolder(folder), Number.MAX_SAFE_INTEGER);
  await bed.runtime.stop();

  const later = new Testbed(bed.store);
  await later.runtime.start();
  for (const [name, more] of Object.entries(ON_RUNS)) {
    const codeOf = (run: string) => later.no('root', name as 'workflow.stop', { id: run, ...more });
    assert.deepEqual([await codeOf(id), await codeOf('run_0')], ['run_archived', 'run_unknown'], name);
  }
  await later.close();
});
