import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createClient, ProblemError } from '../../src/client/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { NodeProcess } from '../nodes-kit/index.ts';
import { Proxy, serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { enrol } from '../serving/enrol.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 120_000 };

const STEP = { task: { requires: ['reading'], by: 'agent' } };
const DOCUMENT = {
  id: 'one',
  phases: [
    { id: 'p', steps: [{ id: 'a', ...STEP }] },
    { id: 'q', needs: ['p'], steps: [{ id: 'b', ...STEP }] },
  ],
};

const site = async (databaseUrl: string) => {
  const server = await openServer({ databaseUrl, port: 0, log: pino({ level: 'silent' }) });
  const admin = createClient({ url: server.url, token: server.adminToken, retries: 0 });
  const { secret } = await enrol(admin, { kind: 'agent', name: 'A', capabilities: ['reading'] });
  const agent = createClient({ url: server.url, token: secret, retries: 0 });
  await admin.workflow.saveDefinition({ document: DOCUMENT });
  const claim = async () => {
    const { task } = await agent.task.claimNext({ waitSeconds: 20, leaseSeconds: 60 });
    assert.ok(task);
    return { id: task.id, token: task.token };
  };
  return { server, admin, agent, claim };
};

const metricsOf = async (url: string): Promise<string> => {
  const answer = await fetch(`${url}/metrics`);
  assert.equal(answer.status, 200);
  return answer.text();
};

const becomesReady = async (url: string, status: 200 | 503): Promise<void> => {
  while ((await fetch(`${url}/readyz`)).status !== status);
};

const codeOf = (fault: unknown): string => (fault instanceof ProblemError ? fault.code : String(fault));

test(
  'while the database is away a server says so; when it is back all goes on, and the record is whole',
  needed,
  async () => {
    const database = serverOf(postgres);
    const { server, admin, agent, claim } = await site(await database.newSchema());
    const { id } = await admin.workflow.start({ definition: 'one' });
    const held = await claim();
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      await database.stop(signal);
      await assert.rejects(admin.workflow.start({ definition: 'one' }), (fault) =>
        codeOf(fault).startsWith('storage_'),
      );
      await assert.rejects(agent.task.heartbeat(held), (fault) => codeOf(fault).startsWith('storage_'));
      await becomesReady(server.url, 503);
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200, 'the process is well');
      await assert.rejects(admin.participant.me(), (fault) => codeOf(fault).startsWith('storage_'));
      const metrics = await metricsOf(server.url);
      assert.match(metrics, /^humanos_database_up 0$/m);
      assert.match(metrics, /^humanos_http_requests_total\{.*status="503"\}/m);
      assert.doesNotMatch(
        metrics,
        /^humanos_(runs|ledger_entries|timer_late_seconds)\b/m,
        'what is not known',
      );
      await database.start();
      await becomesReady(server.url, 200);
    }
    await agent.task.complete({ ...held, output: 1 });
    await agent.task.complete({ ...(await claim()), output: 2 });
    assert.equal((await admin.workflow.getRun({ id })).status, 'completed');
    const { rows } = await admin.workflow.listRuns();
    assert.equal(rows.length, 1, 'what was refused did not happen');
    const { size } = await admin.ledger.checkpoint();
    assert.equal((await admin.health.get()).ledger.entries, size);
    assert.match(await metricsOf(server.url), /^humanos_database_up 1$/m);
    await server.stop();
  },
);

test(
  'a database that can be read and not be written to is none: a server says so before anybody has written',
  needed,
  async () => {
    const database = serverOf(postgres);
    const databaseUrl = await database.newSchema();
    const { server, admin } = await site(databaseUrl);
    const { id } = await admin.workflow.start({ definition: 'one' });
    const metricsBecome = async (expected: RegExp): Promise<void> => {
      while (!expected.test(await metricsOf(server.url)));
    };
    const reload = 'SELECT pg_reload_conf()';
    await database.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await database.query(reload);
    await metricsBecome(/^humanos_database_up 0$/m);
    await becomesReady(server.url, 503);
    await assert.rejects(
      admin.workflow.start({ definition: 'one' }),
      (fault) =>
        fault instanceof ProblemError &&
        fault.code === 'storage_read_only' &&
        /cannot be written to/.test(fault.message),
    );
    await assert.rejects(openServer({ databaseUrl, port: 0, log: pino({ level: 'silent' }) }), {
      code: 'database_read_only',
    });
    await database.query('ALTER SYSTEM RESET default_transaction_read_only');
    await database.query(reload);
    await metricsBecome(/^humanos_database_up 1$/m);
    await becomesReady(server.url, 200);
    await admin.workflow.cancel({ id, reason: 'enough' });
    await server.stop();
  },
);

test(
  'a command whose answer was lost on the way is carried out once, however often it is repeated',
  needed,
  async () => {
    const database = serverOf(postgres);
    const url = await database.newSchema();
    const proxy = await Proxy.to(database.port);
    const { server, admin } = await site(proxy.url(url));
    const start = () => admin.workflow.start({ definition: 'one' }, { idempotencyKey: 'once' });
    proxy.holdAnswersTo('"type":"run.created"');
    const lost = start().catch(codeOf);
    const isThere = `SELECT EXISTS (SELECT 1 FROM streams WHERE status IS NOT NULL) AS there`;
    while ((await database.query(isThere, url))[0]?.['there'] !== true);
    proxy.cut();
    proxy.releaseAnswers();
    assert.equal(await lost, 'storage_outcome_unknown');
    const first = await start();
    assert.deepEqual(await start(), first);
    assert.deepEqual(
      (await admin.workflow.listRuns()).rows.map(({ id }) => id),
      [first.id],
    );
    await server.stop();
    await proxy.close();
  },
);

test(
  'a server that is told to end while the database is away ends, and leaves nothing open',
  needed,
  async () => {
    const database = serverOf(postgres);
    const proxy = await Proxy.to(database.port);
    const { server, admin } = await site(proxy.url(await database.newSchema()));
    await admin.workflow.start({ definition: 'one' });
    await database.stop('SIGINT');
    await server.stop();
    await database.start();
    const before = proxy.connections;
    assert.equal(await fetch(`${server.url}/healthz`).catch(() => null), null);
    assert.equal(proxy.connections, before, 'nothing of it asks the database any more');
    await proxy.close();
  },
);

test(
  'a process that is told to end while its database does not answer ends, and says so',
  needed,
  async (t) => {
    const database = serverOf(postgres);
    const proxy = await Proxy.to(database.port);
    const node = await NodeProcess.start({ databaseUrl: proxy.url(await database.newSchema()) });
    t.after(() => Promise.all([node.stop('SIGKILL'), proxy.close()]));
    const admin = createClient({ url: node.url, token: node.adminToken ?? '', retries: 0 });
    proxy.holdAnswers();
    const asked = new Promise<void>((resolve) => proxy.watch(() => resolve()));
    const lost = admin.workflow.saveDefinition({ document: DOCUMENT }).catch(codeOf);
    await asked;
    const ended = await node.stop('SIGTERM');
    assert.equal(ended?.code, 1);
    assert.match(`${ended.out}${ended.err}`, /stop_late/);
    await lost;
  },
);
