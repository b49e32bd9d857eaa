import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Trouble } from '../cli/index.ts';
import { archiveDatabase } from './archive.ts';

test('a database that is not there is not archived, and not made either', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-archive-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { signal } = new AbortController();
  for (const name of ['sqlite:mistyped.db', 'mistyped.db']) {
    const databaseUrl = name.replace('mistyped', join(folder, 'mistyped'));
    const archived = archiveDatabase(
      { databaseUrl, olderThan: '90d', folder: join(folder, 'archives'), signal, onFault: () => {} },
      {},
    );
    await assert.rejects(archived, ({ code, why }: Trouble) => {
      assert.match(why, /mistyped\.db .*no such file/);
      return code === 'database_unavailable';
    });
  }
  assert.deepEqual(readdirSync(folder), []);
});
