import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { assertProblem, Site, type Answer } from '../../test/e2e/http-site.ts';

interface Reply {
  readonly id: unknown;
  readonly result?: { readonly id?: string; readonly rows?: unknown[] };
  readonly error?: {
    readonly code: number;
    readonly data: { readonly code: string; readonly remediation: string; readonly problems?: unknown[] };
  };
}
const replyOf = ({ status, body }: Answer): Reply => {
  assert.equal(status, 200);
  return body as never;
};
const call = (method: string, params: unknown = {}, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

test('a method is an operation, and an error carries the problem', async () => {
  const site = await Site.open();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const rpc = async (body: unknown) => replyOf(await site.json('root', 'POST', '/rpc', body));
  const started = await rpc(call('workflow.start', { definition }, 'x'));
  assert.equal(started.id, 'x');
  assert.match(started.result?.id ?? '', /^run_/);
  const held = await rpc(call('workflow.start', { definition, hold: true }));
  const cases: readonly (readonly [unknown, number, string])[] = [
    [call('workflow.start', { definition: 'none' }), -32_004, 'definition_unknown'],
    [call('workflow.start', { nonsense: 1 }), -32_602, 'request_invalid'],
    [call('workflow.start', [1]), -32_602, 'request_invalid'],
    [call('workflow.nothing'), -32_601, 'path_unknown'],
    [call('__proto__'), -32_601, 'path_unknown'],
    [call('ledger.export'), -32_022, 'not_over_rpc'],
    [call('workflow.approve', { id: started.result?.id }), -32_009, 'run_status'],
    [call('workflow.approve', { id: held.result?.id }), -32_003, 'separation_of_duties'],
    [{ ...call('participant.me'), jsonrpc: '1.0' }, -32_600, 'rpc_malformed'],
    [{ ...call('participant.me'), id: {} }, -32_600, 'rpc_malformed'],
    [{ jsonrpc: '2.0', id: 1, method: 5 }, -32_600, 'rpc_malformed'],
    ['{"jsonrpc": "2.0", ', -32_700, 'body_malformed'],
    [1, -32_600, 'rpc_malformed'],
    [[], -32_600, 'rpc_malformed'],
    [Array.from({ length: 101 }, () => call('participant.me')), -32_600, 'rpc_batch_too_large'],
  ];
  for (const [body, code, stable] of cases) {
    const { error } = await rpc(body);
    assert.deepEqual([error?.code, error?.data.code], [code, stable], JSON.stringify(body).slice(0, 100));
    assert.ok(error?.data.remediation);
  }
  await site.close();
});

test('a batch is answered in order; notifications are carried out without an answer', async () => {
  const site = await Site.open();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const { id: _, ...notification } = call('workflow.start', { definition });
  const replies = replyOf(
    await site.json('root', 'POST', '/rpc', [
      call('participant.me', {}, 1),
      notification,
      7,
      call('workflow.list_runs', {}, null),
    ]),
  ) as never as Reply[];
  assert.deepEqual(
    replies.map(({ id }) => id),
    [1, null, null],
  );
  assert.equal(replies[1]?.error?.code, -32_600);
  assert.equal(replies[2]?.result?.rows?.length, 1, 'the notification before it was carried out');
  assert.equal((await site.json('root', 'POST', '/rpc', notification)).status, 204);
  assert.equal((await site.json('root', 'POST', '/rpc', [notification, notification])).status, 204);
  await site.close();
});

test('a batch repeated under its key changes nothing', async () => {
  const site = await Site.open();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const batch = [call('workflow.start', { definition }, 1), call('workflow.start', { definition }, 2)];
  const key = { 'idempotency-key': 'k' };
  const first = await site.json('root', 'POST', '/rpc', batch, key);
  assert.equal((await site.json('root', 'POST', '/rpc', batch, key)).text, first.text);
  assert.equal((await site.bed.ok('root', 'workflow.list_runs', {})).rows.length, 2);
  await site.close();
});

test('who asks is looked at before what is asked', async () => {
  const site = await Site.open();
  assertProblem(await site.json(null, 'POST', '/rpc', '{'), 401, 'token_missing');
  assertProblem(
    await site.ask('root', 'POST', '/rpc', { body: '{}', headers: { 'content-type': 'text/plain' } }),
    415,
    'media_type_unsupported',
  );
  await site.close();
});

test('a key is the header as it is sent, whole or for a batch (RPC-2)', async () => {
  const site = await Site.open();
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const start = call('workflow.start', { definition });
  const codeOf = async (body: unknown, key: string): Promise<string | undefined> => {
    const answer = await site.json('root', 'POST', '/rpc', body, { 'idempotency-key': key });
    const [reply] = [replyOf(answer) as Reply | Reply[]].flat();
    return reply?.error?.data.code;
  };
  for (const key of ['k', 'k'.repeat(253), 'k'.repeat(254), 'k'.repeat(255)])
    for (const body of [start, [start]]) assert.equal(await codeOf(body, key), undefined, key);
  for (const key of ['', 'k'.repeat(256), 'two words'])
    for (const body of [start, [start]])
      assert.equal(await codeOf(body, key), 'idempotency_key_invalid', key);
  await site.close();
});

test('an id comes back as it was sent, or is refused', async () => {
  const site = await Site.open();
  const ask = async (id: string) =>
    replyOf(
      await site.json('root', 'POST', '/rpc', `{"jsonrpc":"2.0","id":${id},"method":"participant.me"}`),
    );
  for (const id of ['1', '-1', '0', '1.5', '9007199254740991', '"9007199254740993"', 'null', '""'])
    assert.equal(JSON.stringify((await ask(id)).id), id);
  for (const id of ['1e999', '-1e999', '1e300']) {
    const { id: answered, error } = await ask(id);
    assert.deepEqual([answered, error?.code, error?.data.code], [null, -32_600, 'rpc_malformed'], id);
  }
  for (const id of ['9007199254740993', '-9007199254740993'])
    assert.equal((await ask(id)).error?.data.code, 'body_malformed');
  await site.close();
});

test('JSON-RPC is in UTF-8, as everything is', async () => {
  const site = await Site.open();
  const body = Buffer.from(JSON.stringify(call('participant.me')));
  const ask = (type: string) => site.ask('root', 'POST', '/rpc', { body, headers: { 'content-type': type } });
  for (const type of [
    'application/json',
    'application/json;charset=UTF-8',
    'Application/JSON; charset="utf-8"',
  ])
    assert.equal((await ask(type)).status, 200, type);
  for (const type of [
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-16',
    'text/json',
  ])
    assertProblem(await ask(type), 415, 'media_type_unsupported');
  await site.close();
});

test('who asks is looked at again before each request of a batch (RPC-3)', async () => {
  const site = await Site.open();
  await site.tokenOf('root');
  const [token] = (await site.bed.ok('root', 'token.list', {})).rows;
  const batch = [
    call('participant.me', {}, 1),
    call('token.revoke', { id: token?.id }, 2),
    call('participant.me', {}, 3),
    call('workflow.list_runs', {}, 4),
  ];
  const replies = replyOf(await site.json('root', 'POST', '/rpc', batch)) as never as Reply[];
  assert.deepEqual(
    replies.map(({ id: at, error }) => [at, error?.code, error?.data.code]),
    [
      [1, undefined, undefined],
      [2, undefined, undefined],
      [3, -32_001, 'token_invalid'],
      [4, -32_001, 'token_invalid'],
    ],
  );
  await site.close();
});

test('no more of a batch is carried out than can be answered (RPC-4)', async () => {
  const site = await Site.open([], { limits: { replies: 100_000 } });
  const content = Buffer.alloc(60_000, 'a');
  const sha256 = createHash('sha256').update(content).digest('hex');
  await site.bed.ok('root', 'artifact.put', { sha256, content: content.toString('base64') });
  const definition = await site.bed.define({ id: 'a', wait: { for: '1h' } });
  const { id: _, ...notification } = call('workflow.start', { definition });
  const batch = [
    call('artifact.get', { sha256 }, 1),
    call('artifact.get', { sha256 }, 2),
    call('workflow.start', { definition }, 3),
    notification,
    { nonsense: 1, id: 4 },
  ];
  const replies = replyOf(await site.json('root', 'POST', '/rpc', batch)) as never as Reply[];
  assert.deepEqual(
    replies.map(({ id, error }) => [id, error?.code, error?.data.code]),
    [
      [1, undefined, undefined],
      [2, undefined, undefined],
      [3, -32_013, 'rpc_batch_too_large'],
      [4, -32_600, 'rpc_malformed'],
    ],
  );
  assert.deepEqual((await site.bed.ok('root', 'workflow.list_runs', {})).rows, []);
  await site.close();
});

test('what cannot be written as JSON fails its own request alone', async () => {
  const site = await Site.open();
  const { call: carryOut } = site.bed.operations;
  site.bed.operations.call = (async (...request: Parameters<typeof carryOut>) =>
    request[0] === 'health.get'
      ? { ok: true, value: 1n }
      : carryOut.apply(site.bed.operations, request)) as never;
  const batch = [call('participant.me', {}, 1), call('health.get', {}, 2), call('participant.me', {}, 3)];
  const replies = replyOf(await site.json('root', 'POST', '/rpc', batch)) as never as Reply[];
  assert.deepEqual(
    replies.map(({ error }) => error?.data.code),
    [undefined, 'internal', undefined],
  );
  assert.equal(replyOf(await site.json('root', 'POST', '/rpc', batch[1])).error?.data.code, 'internal');
  await site.close();
});
