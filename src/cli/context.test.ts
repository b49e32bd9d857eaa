import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseUrlOf } from './context.ts';

test('the database is the one that is given, then that of the environment, then a file; an empty variable names none', () => {
  const file = databaseUrlOf({}, undefined);
  assert.match(file, /^sqlite:/);
  assert.equal(databaseUrlOf({ HUMANOS_DATABASE_URL: '' }, undefined), file);
  assert.equal(databaseUrlOf({ HUMANOS_DATABASE_URL: 'postgres://h/d' }, undefined), 'postgres://h/d');
  assert.equal(databaseUrlOf({ HUMANOS_DATABASE_URL: 'postgres://h/d' }, 'here.sqlite'), 'here.sqlite');
});
