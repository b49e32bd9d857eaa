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
  await bed.runtime.stop();

  const later = new Testbed(bed.store);
  await later.runtime.start();
  assert.equal(await later.no('root', 'workflow.get_run', { id }), 'run_archived');
  assert.equal(await later.no('root', 'run.events', { id }), 'run_archived');
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
