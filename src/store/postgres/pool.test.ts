import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { Proxy, serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import { openPostgres } from './open.ts';

const postgres = await sharedPostgres();

test(
  'POOL-3 after a loss no connection is asked that was there before it: the server may be gone without a word',
  { skip: skipWithout(postgres), timeout: 20_000 },
  async (t) => {
    const server = serverOf(postgres);
    const proxy = await Proxy.to(server.port);
    t.after(() => proxy.close());
    let breaks = false;
    proxy.watch((_, connection) => {
      if (breaks) (connection as Socket).destroy();
      breaks = false;
    });
    const store = await openPostgres(proxy.url(await server.newSchema()));
    const before = proxy.connections;
    await Promise.all(['run_a', 'run_b', 'run_c'].map((run) => store.run(run)));
    assert.equal(proxy.connections, before + 2);
    proxy.silence();
    breaks = true;
    assert.equal(await store.run('run_a'), null);
    assert.equal(proxy.connections, before + 3, 'connected anew');
    assert.equal(await store.entryCount(), 0);
    await store.close();
  },
);
