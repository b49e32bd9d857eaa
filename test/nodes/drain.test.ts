import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, ProblemError } from '../../src/client/index.ts';
import { Receiver } from '../channels-kit/index.ts';
import { NodeProcess } from '../nodes-kit/index.ts';
import { Proxy, serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';

const postgres = await sharedPostgres();
const ALLOWED = { HUMANOS_WEBHOOK_ALLOW: '127.0.0.1' };
const DOCUMENT = {
  id: 'one',
  phases: [{ id: 'p', steps: [{ id: 'a', task: { requires: ['work'], by: 'agent' } }] }],
};

const statusOf = async ({ url }: NodeProcess, path: string): Promise<number> =>
  (await fetch(`${url}${path}`)).status;

for (const role of ['api', 'scheduler', 'worker'] as const)
  test(
    `a process of role ${role} that is told to stop is not ready first, finishes what is under way, and ends`,
    { skip: skipWithout(postgres), timeout: 120_000 },
    async (t) => {
      const database = serverOf(postgres);
      const databaseUrl = await database.newSchema();
      const network = await Proxy.to(database.port);
      t.after(() => network.close());
      const receiver = await Receiver.open();
      t.after(() => receiver.close());
      const other = await NodeProcess.start({ databaseUrl, args: ['--role', 'api'], env: ALLOWED });
      t.after(() => other.stop('SIGKILL'));
      const token = other.adminToken ?? '';
      const admin = createClient({ url: other.url, token });
      await admin.workflow.saveDefinition({ document: DOCUMENT });
      const node = await NodeProcess.start({
        databaseUrl: network.url(databaseUrl),
        args: ['--role', role],
        env: ALLOWED,
      });
      t.after(() => node.stop('SIGKILL'));
      assert.equal(await statusOf(node, '/readyz'), 200);
      if (role === 'worker') {
        await admin.webhook.create({ url: receiver.url, events: ['run.created'] });
        while (receiver.received.length === 0) await admin.workflow.start({ definition: 'one' });
      }

      network.holdAnswers();
      // What is under way, and cannot end as long as the database does not answer.
      const client = createClient({ url: node.url, token, retries: 0 });
      const held = role === 'api' ? client.workflow.start({ definition: 'one' }) : statusOf(node, '/metrics');
      assert.equal(await statusOf(node, '/healthz'), 200);
      const ended = node.stop('SIGTERM');
      while ((await statusOf(node, '/readyz')) !== 503);
      assert.equal(await statusOf(node, '/healthz'), 200, 'it is well');
      if (role === 'api')
        await assert.rejects(
          client.workflow.listRuns(),
          (fault) => fault instanceof ProblemError && fault.status === 503 && fault.code === 'stopping',
        );
      network.releaseAnswers();
      const finished = await held;
      if (typeof finished === 'number') assert.equal(finished, 200);
      else assert.equal((await admin.workflow.getRun({ id: finished.id })).status, 'running');
      assert.deepEqual(await ended, { code: 0, out: (await ended)?.out, err: '' });
    },
  );
