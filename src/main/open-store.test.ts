import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlitePath } from './open-store.ts';

test('a database is a file with or without saying so; what looks like another URL is never taken for one', () => {
  for (const path of ['/srv/humanos.sqlite', 'humanos.db', './a b/c', 'C:\\humanos.db']) {
    assert.equal(sqlitePath(`sqlite:${path}`), path);
    assert.equal(sqlitePath(path), path);
  }
  for (const url of ['', 'memory:', 'postgres://h/d', 'postgres//h/d', 'mysql:x', 'sqlite:'])
    assert.equal(sqlitePath(url), null, url);
});
