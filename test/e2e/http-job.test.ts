import assert from 'node:assert/strict';
import { createPublicKey, hash, verify } from 'node:crypto';
import { test } from 'node:test';
import { createClient, type Client, type EventView } from '../../src/client/index.ts';
import { exportVerifier } from '../../src/ledger/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { newDatabase } from './databases.ts';

const DEFINITION = `
id: job
name: Read and sign off
limits: { concurrency: 8 }
phases:
  - id: read
    steps:
      - id: file
        task: { requires: [reading], by: agent, input: { file: "\${ item }" } }
        forEach: "\${ input.files }"
        retry: { attempts: 3 }
  - id: sign-off
    needs: [read]
    steps:
      - id: approve
        approval: { subject: "\${ phases.read.file.outputs }", from: role:manager }
output: "\${ phases.read.file.outputs }"
`;

/** Works until it is told to end; now and then it gives up a task or sends its answer twice. */
async function work(agent: Client, ended: AbortSignal): Promise<void> {
  for (let turn = 0; !ended.aborted; turn += 1) {
    const { task } = await agent.task
      .claimNext({ waitSeconds: 1 }, { signal: ended })
      .catch(() => ({ task: null }));
    if (!task) continue;
    const held = { id: task.id, token: task.token };
    if (turn % 7 === 3) await agent.task.release({ ...held, reason: 'not today' });
    else if (turn % 11 === 5) await agent.task.fail({ ...held, code: 'hiccup', message: 'again, please' });
    else {
      const { file } = task.input as { file: string };
      const idempotencyKey = `${task.id}/${task.token}`;
      const complete = () =>
        agent.task.complete({ ...held, output: { file, length: file.length } }, { idempotencyKey });
      assert.deepEqual(await complete(), await complete());
    }
  }
}

/** Requests that no server should be sent, over and over. */
async function disturb(url: string, token: string, ended: AbortSignal): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, more = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body, headers: { ...headers, ...more } });
  const requests = [
    () => post('/v1/runs', '{"definition": '),
    () => post('/v1/runs', '['.repeat(100_000)),
    () => post('/v1/runs', Uint8Array.from([0xc3, 0x28])),
    () => post('/v1/runs', JSON.stringify({ definition: 'job', input: 'x'.repeat(9_000_000) })),
    () => post('/v1/definitions', 'a: &a [*a, *a]\n'.repeat(50), { 'content-type': 'application/yaml' }),
    () =>
      post(
        '/v1/definitions',
        JSON.stringify({
          document: {
            id: 'x',
            phases: [{ id: 'p', steps: [{ id: 's', task: { input: '${ '.repeat(500) } }] }],
          },
        }),
      ),
    () => post('/v1/tasks/claim', '{"waitSeconds": 1e9}'),
    () => post('/rpc', '[{"jsonrpc":"2.0"},1,null]'),
    () => post('/rpc', `[${'1,'.repeat(5000)}1]`),
    () => fetch(`${url}/v1/runs?limit=-1&cursor=%00`, { headers }),
    () => fetch(`${url}/v1/tasks/%2e%2e%2f/complete`, { method: 'POST', headers, body: '{}' }),
    () => fetch(`${url}/v1/me`, { headers: { authorization: 'Bearer nobody' } }),
  ];
  let faults = 0;
  for (let turn = 0; !ended.aborted; turn += 1) {
    const response = await requests[turn % requests.length]?.().catch(() => null);
    if (response && response.status >= 500) faults += 1;
    await response?.arrayBuffer().catch(() => null);
  }
  return faults;
}

test('a job goes through while the server is disturbed, is seen by who watches, and is proved afterwards', async () => {
  const server = await openServer({ databaseUrl: await newDatabase(), port: 0 });
  const { url, adminToken: token = '' } = server;
  const admin = createClient({ url, token });
  const enrol = async (passport: Parameters<Client['participant']['register']>[0]): Promise<Client> => {
    const { id } = await admin.participant.register(passport);
    return createClient({ url, token: (await admin.token.issue({ passport: id })).secret ?? '' });
  };
  const agents = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      enrol({ kind: 'agent', name, owner: 'passport_human_admin', capabilities: ['reading'] }),
    ),
  );
  const manager = await enrol({ kind: 'human', name: 'Manager', roles: ['manager'] });
  await admin.workflow.saveDefinition({ source: DEFINITION });

  const ended = new AbortController();
  const disturbing = disturb(url, token, ended.signal);
  const working = agents.map((agent) => work(agent, ended.signal));
  const files = Array.from({ length: 50 }, (_, at) => `invoice-${at}.xml`);
  const { id } = await admin.workflow.start({ definition: 'job', input: { files } });

  const seen: EventView[] = [];
  for await (const event of manager.events({ run: id, untilEnd: true })) {
    seen.push(event);
    const isApproval = event.type === 'task.created' && event.payload['kind'] === 'approval';
    if (isApproval) void decide(manager, id);
  }
  ended.abort();
  assert.equal(await disturbing, 0, 'nothing of it was a fault');
  await Promise.all(working);

  assert.deepEqual(
    seen.map(({ sequence }) => sequence),
    seen.map((_, at) => at + 1),
  );
  const run = await admin.workflow.getRun({ id });
  assert.deepEqual([run.status, run.verdict.verdict], ['completed', 'ok']);
  assert.deepEqual(
    run.output,
    files.map((file) => ({ file, length: file.length })),
  );
  assert.equal((await admin.workflow.listRuns()).rows.length, 1);
  await proveLedger(admin);
  await server.stop();
});

async function decide(manager: Client, run: string): Promise<void> {
  const [approval] = (await manager.task.list({ mine: true, run })).rows;
  const { asked } = await manager.task.get({ id: approval?.id ?? '' });
  await manager.task.decide({
    id: approval?.id ?? '',
    outcome: 'approve',
    subject: asked.subject ?? '',
    reason: 'fine',
  });
}

async function proveLedger(auditor: Client): Promise<void> {
  const { verifierKey } = await auditor.ledger.checkpoint();
  const verifier = exportVerifier({
    sha256: (data) => hash('sha256', data, 'buffer'),
    verify: (message, signature, key) => {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') };
      return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
    },
    verifierKeys: [verifierKey],
  });
  for await (const piece of auditor.exportLedger()) verifier.addText(piece);
  assert.deepEqual(verifier.finish().problems, []);
}
