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

test('a token or delegation that cannot be sent is a wrong argument, and is not shown', async () => {
  for (const args of [
    ['runs', '--token', 'SECRET a'],
    ['runs', '--delegation', 'SECRET…'],
    ['worker', '--exec', 'cat', '--token', 'SECRET a'],
    ['doctor', '--token', 'SECRET a'],
  ]) {
    const { code, out, err } = await tell(args, { migrate: async () => ({ status: 'latest', latest: 1 }) });
    assert.equal(code, args[0] === 'doctor' ? 1 : 2);
    assert.match(out + err, /The (token|delegation) cannot be sent/);
    assert.doesNotMatch(out + err, /SECRET| answers/);
  }
});

test('a wrong address is a wrong argument, and is told how it is written', async () => {
  for (const url of ['localhost:4400', 'foo']) {
    const { code, err } = await tell(['runs', '--url', url]);
    assert.equal(code, 2);
    assert.match(err, /is not an address[^]*next: Write it as http:\/\/HOST:PORT/);
  }
});
