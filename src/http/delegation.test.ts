import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem, Site } from '../../test/e2e/http-site.ts';
import { passport } from '../../test/e2e/http-testbed.ts';

const open = () => Site.open([passport('alice', { roles: ['operator'] }), passport('bob')]);

test('a header names the delegation that a request is made under', async () => {
  const site = await open();
  const definition = await site.bed.define({ id: 'a', task: { by: 'human', input: {} } });
  const made = await site.json('alice', 'POST', '/v1/delegations', { to: 'passport_bob' });
  assert.equal(made.status, 201);
  const delegation = made.body.id ?? '';
  assertProblem(await site.json('bob', 'POST', '/v1/runs', { definition }), 403, 'forbidden');
  const started = await site.json('bob', 'POST', '/v1/runs', { definition }, { delegation });
  assert.equal(started.status, 201);
  const events = await site.ask('bob', 'GET', `/v1/runs/${started.body.id}/events`, {
    headers: { delegation },
  });
  const [first] = events.body['events'] as { actor: string; authority: { id: string } }[];
  assert.deepEqual([first?.actor, first?.authority.id], ['passport_bob', delegation]);
  const unknown = await site.ask('bob', 'GET', '/v1/runs', { headers: { delegation: 'delegation_none' } });
  assertProblem(unknown, 404, 'delegation_unknown');
  const own = await site.json('bob', 'POST', '/v1/heartbeat', {}, { delegation });
  assertProblem(own, 403, 'delegation_scope');
  await site.json('alice', 'POST', `/v1/delegations/${delegation}/pause`, {});
  assertProblem(
    await site.ask('bob', 'GET', '/v1/runs', { headers: { delegation } }),
    403,
    'delegation_inactive',
  );
  const narrowed = await site.json('alice', 'PATCH', `/v1/delegations/${delegation}`, {
    scope: { definitions: [] },
  });
  assert.deepEqual((narrowed.body['scope'] as { definitions: unknown }).definitions, []);
  await site.close();
});

test('nothing is streamed under a delegation', async () => {
  const site = await open();
  const { id: delegation = '' } = (
    await site.json('alice', 'POST', '/v1/delegations', { to: 'passport_bob' })
  ).body;
  const headers = { delegation, accept: 'text/event-stream' };
  assertProblem(await site.ask('bob', 'GET', '/v1/events', { headers }), 403, 'delegation_scope');
  assertProblem(
    await site.ask('bob', 'GET', '/v1/ledger/export', { headers: { delegation } }),
    403,
    'delegation_scope',
  );
  await site.close();
});

test('over JSON-RPC the header counts for every request, and a key belongs to one authority', async () => {
  const site = await open();
  const definition = await site.bed.define({ id: 'a', task: { by: 'human', input: {} } });
  const { id: delegation = '' } = (
    await site.json('alice', 'POST', '/v1/delegations', { to: 'passport_bob' })
  ).body;
  const call = (id: number, method: string, params: object) => ({ jsonrpc: '2.0', id, method, params });
  const batch = [call(1, 'workflow.start', { definition }), call(2, 'participant.heartbeat', {})];
  const answer = await site.json('bob', 'POST', '/rpc', batch, { delegation });
  const [started, refused] = JSON.parse(answer.text) as {
    result?: { id: string };
    error?: { data: { code: string } };
  }[];
  assert.match(started?.result?.id ?? '', /^run_/);
  assert.equal(refused?.error?.data.code, 'delegation_scope');
  const key = { 'idempotency-key': 'k' };
  const first = await site.json('bob', 'POST', '/v1/runs', { definition }, { delegation, ...key });
  assert.equal(
    (await site.json('bob', 'POST', '/v1/runs', { definition }, { delegation, ...key })).body.id,
    first.body.id,
  );
  const { id: other = '' } = (await site.json('alice', 'POST', '/v1/delegations', { to: 'passport_bob' }))
    .body;
  const another = await site.json('bob', 'POST', '/v1/runs', { definition }, { delegation: other, ...key });
  assertProblem(another, 422, 'idempotency_mismatch');
  await site.close();
});

test('capabilities, claims and participants have their paths', async () => {
  const site = await open();
  const saved = await site.json('root', 'PUT', '/v1/capabilities/ocr', { implies: ['mcp:files/read'] });
  assert.equal((saved.body['capability'] as { revision: number }).revision, 1);
  const path = `/v1/participants/passport_bob/claims/${encodeURIComponent('mcp:files/read')}`;
  assert.equal((await site.json('root', 'POST', `${path}/grant`, { level: 0.5 })).status, 200);
  const got = await site.ask('bob', 'GET', `/v1/capabilities/${encodeURIComponent('mcp:files/read')}`);
  assert.deepEqual([got.body['participants'], got.body['impliedBy']], [1, ['ocr']]);
  const listed = await site.ask('bob', 'GET', '/v1/participants?capability=mcp%3Afiles%2Fread&limit=1');
  assert.equal((listed.body['rows'] as { id: string }[])[0]?.id, 'passport_bob');
  const away = await site.json('bob', 'POST', '/v1/participants/me/availability', { status: 'away' });
  assert.equal(away.body['status'], 'away');
  assertProblem(
    await site.json('bob', 'POST', '/v1/participants/passport_alice/suspend', {}),
    403,
    'forbidden',
  );
  await site.close();
});
