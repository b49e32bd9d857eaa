import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { Cluster } from './index.ts';

const postgres = await sharedPostgres();
const STEP = { task: { requires: ['work'], by: 'agent' } };

test(
  'nodes are processes that can be killed, frozen and started again while clients go on',
  { skip: skipWithout(postgres), timeout: 60_000 },
  async (t) => {
    const server = serverOf(postgres);
    const cluster = await Cluster.open({
      nodes: 2,
      port: server.port,
      databaseUrl: await server.newDatabase(),
    });
    t.after(() => cluster.close());
    const admin = cluster.client();
    await admin.workflow.saveDefinition({
      document: { id: 'one', phases: [{ id: 'p', steps: [{ id: 'a', ...STEP }] }] },
    });
    const { id } = await admin.workflow.start({ definition: 'one' });
    const [one, two] = cluster.up;
    assert.ok(one && two);
    await one.stop('SIGKILL');
    assert.deepEqual(cluster.up, [two]);
    assert.equal((await admin.workflow.getRun({ id })).status, 'running');
    await one.start();
    two.freeze();
    await assert.rejects(fetch(`${two.url}/healthz`, { signal: AbortSignal.timeout(300) }));
    two.thaw();
    assert.equal((await fetch(`${two.url}/healthz`)).status, 200);
    assert.equal((await one.stop())?.code, 0);
    assert.equal((await admin.workflow.getRun({ id })).status, 'running');
  },
);
