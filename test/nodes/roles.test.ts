import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createClient } from '../../src/client/index.ts';
import type { Role } from '../../src/cli/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { enrol } from '../serving/enrol.ts';

const postgres = await sharedPostgres();
const WAITS = { id: 'waits', phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '1s' } }] }] };

test(
  'one server answers, another does what nobody asks for, a third tells the world outside',
  { skip: skipWithout(postgres), timeout: 60_000 },
  async (t) => {
    const databaseUrl = await serverOf(postgres).newSchema();
    const open = (role: Role) => openServer({ databaseUrl, role, port: 0, log: pino({ level: 'silent' }) });
    const api = await open('api');
    t.after(() => api.stop());
    const admin = createClient({ url: api.url, token: api.adminToken, retries: 0 });
    await admin.workflow.saveDefinition({ document: WAITS });
    const { id } = await admin.workflow.start({ definition: 'waits' });
    const scheduler = await open('scheduler');
    const worker = await open('worker');
    t.after(() => Promise.all([scheduler.stop(), worker.stop()]));
    for (const { url } of [scheduler, worker]) {
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
      assert.equal((await fetch(`${url}/metrics`)).status, 200);
      const refused = await fetch(`${url}/v1/runs`, {
        headers: { authorization: `Bearer ${api.adminToken}` },
      });
      assert.equal(refused.status, 404);
      assert.equal(((await refused.json()) as { code: string }).code, 'no_interface');
      assert.equal((await fetch(`${url}/openapi.json`)).status, 404);
    }
    let last = '';
    for await (const { type } of admin.events({ run: id, untilEnd: true })) last = type;
    assert.equal(last, 'run.completed');
  },
);

test(
  'a server that is told to stop says first that it is not ready, and answers who waits',
  { skip: skipWithout(postgres), timeout: 60_000 },
  async () => {
    const databaseUrl = await serverOf(postgres).newSchema();
    const server = await openServer({ databaseUrl, port: 0, log: pino({ level: 'silent' }) });
    const admin = createClient({ url: server.url, token: server.adminToken, retries: 0 });
    const { id, secret } = await enrol(admin, { kind: 'agent', name: 'A', capabilities: ['work'] });
    const agent = createClient({ url: server.url, token: secret, retries: 0 });
    const { organisation } = server.runtime;
    const present = new Promise<void>((resolve) => {
      organisation.watch((news) => news.kind === 'presence' && news.id === id && resolve());
    });
    const waiting = agent.task.claimNext({ waitSeconds: 30, leaseSeconds: 60 });
    await present;
    const ready = () => server.fetch(new Request('http://127.0.0.1/readyz'));
    assert.equal((await ready()).status, 200);
    const stopped = server.stop();
    assert.equal((await waiting).task, null);
    assert.equal((await ready()).status, 503);
    await stopped;
  },
);
