import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { unprivileged } from '../../test/unprivileged/index.ts';
import type { Environment, ServeOptions } from '../cli/index.ts';
import { serve } from './database.ts';

function bed(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-database-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const place = join(folder, 'made', 'humanos.sqlite');
  const { signal } = new AbortController();
  const start = (options: Partial<ServeOptions> = {}, env: Environment = {}) =>
    serve(
      {
        databaseUrl: `sqlite:${place}`,
        host: '127.0.0.1',
        port: 0,
        hosts: [],
        role: 'all',
        signal,
        ...options,
      },
      env,
    );
  return { folder, made: join(folder, 'made'), start };
}
const archive = (folder: string, olderThan = '90d') => ({ archive: { olderThan, folder } });

test('a server that is refused for its settings has made nothing', async (t) => {
  const { folder, made, start } = bed(t);
  const archives = join(folder, 'archives');
  await assert.rejects(start(archive(archives, '90')), {
    message: 'HumanOS could not be served.',
    code: 'age_invalid',
  });
  await assert.rejects(start(archive(archives), { HUMANOS_MODEL: 'x' }), { code: 'model_unusable' });
  await assert.rejects(start(archive(archives), { HUMANOS_MAIL_FROM: 'x' }), { code: 'channels_unusable' });
  assert.deepEqual([existsSync(made), existsSync(archives)], [false, false]);
});

test('a server does not start where its archives cannot be kept', async (t) => {
  const { folder, made, start } = bed(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await assert.rejects(start(archive(file)), { code: 'ENOTDIR' });
  await assert.rejects(start(archive(join(file, 'archives'))), { code: 'ENOTDIR' });
  const archives = join(folder, 'a', 'archives');
  const { stop } = await start(archive(archives));
  assert.equal(statSync(archives).mode & 0o777, 0o700);
  assert.ok(existsSync(made));
  await stop();
});

test('a folder that this user may not write to keeps no archives', async (t) => {
  const { folder, start } = bed(t);
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o500 });
  await assert.rejects(
    unprivileged(() => start(archive(closed))),
    { code: 'EACCES' },
  );
});
