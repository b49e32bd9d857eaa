import assert from 'node:assert/strict';
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
  const cases: readonly (readonly [unknown, number, string])[] = [
    [call('workflow.start', { definition: 'none' }), -32_004, 'definition_unknown'],
    [call('workflow.start', { nonsense: 1 }), -32_602, 'request_invalid'],
    [call('workflow.start', [1]), -32_602, 'request_invalid'],
    [call('workflow.nothing'), -32_601, 'path_unknown'],
    [call('__proto__'), -32_601, 'path_unknown'],
    [call('ledger.export'), -32_022, 'not_over_rpc'],
    [call('workflow.approve', { id: started.result?.id }), -32_003, 'separation_of_duties'],
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
