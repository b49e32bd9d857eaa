import { test } from 'node:test';
import { sharedPostgres, skipWithout } from '../postgres/index.ts';
import { onPostgres } from './databases.ts';

/** What workers rely on holds on PostgreSQL as well. */
const skip = skipWithout(await sharedPostgres());
if (skip === false) {
  onPostgres();
  await import('./worker.test.ts');
} else test('workers on PostgreSQL', { skip });
