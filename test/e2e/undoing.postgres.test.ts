import { test } from 'node:test';
import { sharedPostgres, skipWithout } from '../postgres/index.ts';
import { onPostgres } from './databases.ts';

/** The same on PostgreSQL. */
const skip = skipWithout(await sharedPostgres());
if (skip === false) {
  onPostgres();
  await import('./undoing.test.ts');
} else test('runs undo what they did, on PostgreSQL', { skip });
