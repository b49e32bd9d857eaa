import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress } from './address.ts';

test('one URL for each host, and what is shown has no password', () => {
  const shown = (url: string): string => readAddress(url).shown;
  assert.equal(shown('postgres://me:secret@host:5433/db?sslmode=require'), 'postgres://me@host:5433/db');
  assert.equal(shown('postgresql://host/db'), 'postgresql://host/db');
  assert.equal(shown('postgres://me:p@ss:w@rd@host/db'), 'postgres://me@host/db');
  assert.equal(shown('postgres://host/db?user=me&password=secret'), 'postgres://host/db');
  assert.equal(shown('postgres://me:secret@/db?host=/run/postgresql'), 'postgres://me@/db');
  assert.deepEqual(readAddress('postgres://me:secret@a:1,b,[::1]:3/db?x=1').urls, [
    'postgres://me:secret@a:1/db?x=1',
    'postgres://me:secret@b/db?x=1',
    'postgres://me:secret@[::1]:3/db?x=1',
  ]);
});

test('a URL that cannot be read is not repeated', () => {
  for (const url of [
    'postgres://me:12/se@cret@host/db',
    'postgres://me:12?secret@host/db',
    'postgres://me:secret@host:port/db',
    'mysql://me:secret@x/y',
  ]) {
    assert.throws(
      () => readAddress(url),
      (fault: Error & { code?: string }) =>
        fault.code === 'database_unavailable' && !/secret|12|cret/.test(fault.message),
    );
  }
});
