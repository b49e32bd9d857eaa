import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Proxy, serverOf, sharedPostgres, skipWithout } from '../../test/postgres/index.ts';
import { openStore, schemaOf, shownUrl, sqlitePath } from './open-store.ts';

test('a database is a file with or without saying so; what looks like another URL is never taken for one', () => {
  for (const path of ['/srv/humanos.sqlite', 'humanos.db', './a b/c', 'C:\\humanos.db']) {
    assert.equal(sqlitePath(`sqlite:${path}`), path);
    assert.equal(sqlitePath(path), path);
  }
  for (const url of ['', 'memory:', 'postgres://h/d', 'postgres//h/d', 'mysql:x', 'sqlite:'])
    assert.equal(sqlitePath(url), null, url);
});

test('of a URL that names no database, nothing is shown that may belong to a password', () => {
  for (const password of ['secret', 'se:cret', 'se@cret', 'se/cret', 'se?cret', 'se:c@r/e?t'])
    for (const before of ['mysql://root', 'mysql:root', 'postgres//root', 'root'])
      assert.doesNotMatch(
        shownUrl(`${before}:${password}@h/db`),
        /se|cret|c@r|root/,
        `${before}:${password}`,
      );
  assert.equal(shownUrl('mysql://root:se:cret@h/db'), 'mysql://h/db');
  assert.equal(shownUrl('mysql://h/db?user=root&password=secret'), 'mysql://h/db');
  for (const url of ['sqlite:/srv/a:b@c/humanos.db', '/srv/a@b?/humanos.db', 'memory:'])
    assert.equal(shownUrl(url), url);
});

const postgres = await sharedPostgres();

test('whoever asks for the schema connects once', { skip: skipWithout(postgres) }, async (t) => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  await (await openStore(url)).close();
  const proxy = await Proxy.to(server.port);
  t.after(() => proxy.close());
  assert.equal((await schemaOf(proxy.url(url))).status, 'latest');
  assert.equal(proxy.connections, 1);
});
