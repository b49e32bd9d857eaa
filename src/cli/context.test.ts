import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tell } from '../../test/cli-kit/index.ts';
import { databaseUrlOf } from './context.ts';

test('the database is the one that is given, then that of the environment, then a file', () => {
  const file = databaseUrlOf({}, undefined);
  assert.match(file, /^sqlite:/);
  assert.equal(databaseUrlOf({ HUMANOS_DATABASE_URL: 'postgres://h/d' }, undefined), 'postgres://h/d');
  assert.equal(databaseUrlOf({ HUMANOS_DATABASE_URL: 'postgres://h/d' }, 'here.sqlite'), 'here.sqlite');
});

test('a wrong address is a wrong argument, and is told how it is written', async () => {
  for (const url of ['localhost:4400', 'foo']) {
    const { code, err } = await tell(['runs', '--url', url]);
    assert.equal(code, 2);
    assert.match(err, /is not an address[^]*next: Write it as http:\/\/HOST:PORT/);
  }
});
