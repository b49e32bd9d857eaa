import { test } from 'node:test';
import { sharedPostgres, skipWithout } from '../postgres/index.ts';
import { onPostgres } from './databases.ts';

/** The whole job over HTTP goes through on PostgreSQL as well. */
const skip = skipWithout(await sharedPostgres());
if (skip === false) {
  onPostgres();
  await import('./http-job.test.ts');
} else test('the job over HTTP on PostgreSQL', { skip });
