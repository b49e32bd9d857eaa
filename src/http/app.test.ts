import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { assertProblem, Site } from '../../test/e2e/http-site.ts';
import { CATALOGUE, type Operation } from '../operations/schema/index.ts';

const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const agent = passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 5 });

test('a run goes from its definition in YAML to its end', async () => {
  const site = await Site.open([agent]);
  const source =
    'id: one\nphases:\n  - id: p\n    steps:\n      - id: a\n        task: { requires: [read], by: agent }\n';
  const saved = await site.ask('root', 'POST', '/v1/definitions', {
    body: source,
    headers: { 'content-type': 'application/yaml' },
  });
  assert.equal(saved.status, 201);
  const run = await site.json('root', 'POST', '/v1/runs', { definition: 'one', input: { a: 1 } });
  assert.equal(run.status, 201);
  const { task } = (await site.json('agent', 'POST', '/v1/tasks/claim', {})).body as never as {
    task: { id: string; token: number };
  };
  const done = await site.json('agent', 'POST', `/v1/tasks/${encodeURIComponent(task.id)}/complete`, {
    token: task.token,
    output: 1,
  });
  assert.equal(done.status, 200);
  const end = await site.ask('root', 'GET', `/v1/runs/${run.body.id}`);
  assert.equal(end.body['status'], 'completed');
  assert.equal((await site.ask('root', 'HEAD', `/v1/runs/${run.body.id}`)).status, 200);
  await site.close();
});

test('every operation has its path, and each asks for a token', async () => {
  const site = await Site.open();
  for (const { method, path, name } of Object.values(CATALOGUE) as Operation[]) {
    const plain = path.replace('{sha256}', 'a'.repeat(64)).replace('{id}', 'x');
    assertProblem(await site.ask(null, method, plain), 401, 'token_missing');
    const wrong = await site.ask(null, method, plain, { headers: { authorization: 'Bearer humanos_wrong' } });
    assertProblem(wrong, 401, 'token_invalid');
    assert.equal(wrong.headers.get('www-authenticate'), 'Bearer');
    const other = await site.ask('root', 'DELETE', plain);
    assertProblem(other, 405, 'method_not_allowed');
    assert.ok(other.headers.get('allow')?.includes(method), name);
  }
  for (const header of ['Basic abc', 'Bearer', 'Bearer a b', 'humanos_x'])
    assertProblem(
      await site.ask(null, 'GET', '/v1/me', { headers: { authorization: header } }),
      401,
      'token_missing',
    );
  await site.close();
});

test('what is not there is said so', async () => {
  const site = await Site.open();
  assertProblem(await site.ask('root', 'GET', '/v1/nothing'), 404, 'path_unknown');
  assertProblem(await site.ask('root', 'GET', '/'), 404, 'path_unknown');
  assertProblem(await site.ask('root', 'GET', '/v1/runs/run_none'), 404, 'run_unknown');
  assertProblem(await site.ask('root', 'GET', '/v1/runs/%E0%A4%A'), 404, 'run_unknown');
  assertProblem(await site.ask('root', 'GET', '/v1/runs?cursor=nonsense'), 400, 'cursor_invalid');
  assertProblem(await site.ask('root', 'PUT', '/rpc'), 405, 'method_not_allowed');
  assertProblem(await site.ask('root', 'POST', '/healthz'), 405, 'method_not_allowed');
  await site.close();
});

test('a body is taken as it is: one that is packed is refused by what it is packed with', async () => {
  const site = await Site.open();
  const body = gzipSync('{"definition":"x"}');
  const send = (
    coding: string,
    [method, path, type]: readonly [string, string, string],
    content: string | Uint8Array<ArrayBuffer>,
  ) =>
    site.ask('root', method, path, {
      body: content,
      headers: { 'content-type': type, 'content-encoding': coding },
    });
  const start = ['POST', '/v1/runs', 'application/json'] as const;
  const rpc = ['POST', '/rpc', 'application/json'] as const;
  const sha256 = createHash('sha256').update(body).digest('hex');
  const put = ['PUT', `/v1/artifacts/${sha256}`, 'text/plain'] as const;
  for (const where of [start, rpc, put]) {
    const refused = await send('gzip', where, body);
    assertProblem(refused, 415, 'media_type_unsupported');
    assert.match(refused.body.detail ?? '', /gzip/);
  }
  assertProblem(await send('Identity', start, '{"definition":"x"}'), 404, 'definition_unknown');
  await site.close();
});

test('a body that cannot be read is refused with the place, and the server goes on', async () => {
  const site = await Site.open([], { limits: { body: 100_000 } });
  const start = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
    site.ask('root', 'POST', '/v1/runs', { body, headers: { 'content-type': type } });
  const cases: readonly (readonly [string | Uint8Array<ArrayBuffer>, RegExp])[] = [
    ['{\n  "definition": "x",\n  "input": }', /[Ll]ine 3, column 12/],
    ['{"definition": "x"', /[Ll]ine 1/],
    ['{"a": 1} x', /[Ll]ine 1/],
    ['"\u0000"', /[Ll]ine 1/],
    ['['.repeat(129), /more than 128 levels.*column 129/],
    [`{"definition":"x","input":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, /levels/],
    ['{"__proto__": {"a": 1}}', /__proto__/],
    ['{"definition": "d", "definition": "e"}', /Line 1, column 21: The key "definition" stands twice/],
    ['{"input": [{"a:": ":"}, {"a": 1,\n"a": 1}]}', /Line 2, column 1: The key "a" stands twice/],
    ['{"order":12345678901234567890}', /write it as a text, in quotes \(line 1, column 10\)/],
    ['[1,\n-9007199254740993]', /line 2, column 1/],
    [Uint8Array.from([123, 34, 195, 40, 34, 58, 49, 125]), /byte 3/],
    [Uint8Array.from([255, 254]), /byte 0/],
  ];
  for (const [body, message] of cases) {
    const answer = await start(body);
    assertProblem(answer, 400, 'body_malformed');
    assert.match(answer.body.detail ?? '', message);
  }
  const numbers = '0.10000000000000001,1152921504606847000,-9007199254740991,0.123456789012345678901,1e21';
  const held = `{"definition":"x","input":["12345678901234567890",${numbers}]}`;
  assertProblem(await start(held), 404, 'definition_unknown');
  assertProblem(await start('[]'), 400, 'request_invalid');
  assertProblem(await start('null'), 400, 'request_invalid');
  assertProblem(await start(''), 400, 'request_invalid');
  assertProblem(await start('a: 1', 'application/yaml'), 415, 'media_type_unsupported');
  assertProblem(await start('{}', 'text/plain'), 415, 'media_type_unsupported');
  assertProblem(await start('{}', 'application/json; charset=latin1'), 415, 'media_type_unsupported');
  assertProblem(
    await start(JSON.stringify({ definition: 'x', input: 'x'.repeat(100_000) })),
    413,
    'body_too_large',
  );
  const deep = `{"definition":"x","input":${'['.repeat(100)}${']'.repeat(100)}}`;
  assertProblem(await start(deep), 404, 'definition_unknown');
  assertProblem(await start('{"definition":"x","input":"\\ud800"}'), 400, 'request_invalid');
  assertProblem(await start('{"definition":"x","input":1e999}'), 400, 'request_invalid');
  assert.equal((await site.ask('root', 'GET', '/v1/me')).status, 200);
  await site.close();
});

test('what is wrong with a definition comes as a list', async () => {
  const site = await Site.open();
  const answer = await site.ask('root', 'POST', '/v1/definitions', {
    body: 'id: x\nphases: [ { id: p, steps: [ { id: a, task: { input: "${ input. }" } }, { id: a, wait: {} } ] } ]',
    headers: { 'content-type': 'text/yaml' },
  });
  assertProblem(answer, 422, 'definition_invalid');
  const problems = answer.body['problems'] as readonly { path: string; message: string }[];
  assert.ok(
    problems.length > 1 && problems.every(({ path, message }) => path !== undefined && message !== ''),
  );
  const check = await site.ask('root', 'POST', '/v1/definitions/check', {
    body: '{ not: [json',
    headers: { 'content-type': 'application/yaml' },
  });
  assert.deepEqual([check.status, check.body['ok']], [200, false]);
  await site.close();
});

test('a query is read as its schema says', async () => {
  const site = await Site.open();
  await site.bed.start(READ);
  const list = async (query: string) =>
    (await site.ask('root', 'GET', `/v1/runs?${query}`)).body as never as { rows: unknown[]; code?: string };
  assert.equal((await list('status=running&status=paused&limit=1')).rows.length, 1);
  assert.equal((await list('status=completed,failed')).rows.length, 0);
  for (const query of ['limit=x', 'limit=0', 'limit=1&limit=2', 'nonsense=1', 'status=odd', 'limit=1e3x'])
    assert.equal((await list(query)).code, 'request_invalid', query);
  const open = (await site.ask('root', 'GET', '/v1/tasks?open=true&mine=false')).body as never as {
    rows: unknown[];
  };
  assert.equal(open.rows.length, 1);
  assertProblem(await site.ask('root', 'GET', '/v1/tasks?open=yes'), 400, 'request_invalid');
  assertProblem(await site.ask('root', 'GET', '/v1/runs/a?id=b'), 400, 'request_invalid');
  assertProblem(await site.json('root', 'POST', '/v1/runs/a/stop', { id: 'b' }), 400, 'request_invalid');
  assertProblem(await site.json('root', 'POST', '/v1/runs?definition=x', {}), 400, 'request_invalid');
  await site.close();
});

test('a repetition under the same key gets the same answer, over HTTP and JSON-RPC alike', async () => {
  const site = await Site.open();
  const definition = await site.bed.define(READ);
  const key = { 'idempotency-key': 'once' };
  const first = await site.json('root', 'POST', '/v1/runs', { definition }, key);
  assert.deepEqual(
    (await site.json('root', 'POST', '/v1/runs', { definition, priority: 5 }, key)).body,
    first.body,
  );
  const call = { jsonrpc: '2.0', id: 1, method: 'workflow.start', params: { definition } };
  assert.deepEqual((await site.json('root', 'POST', '/rpc', call, key)).body['result'], first.body);
  assertProblem(
    await site.json('root', 'POST', '/v1/runs', { definition, priority: 6 }, key),
    422,
    'idempotency_mismatch',
  );
  assertProblem(
    await site.json('root', 'POST', '/v1/runs', { definition }, { 'idempotency-key': 'a b' }),
    400,
    'idempotency_key_invalid',
  );
  await site.close();
});

test('a stream is for whoever accepts one, however they write it', async () => {
  const site = await Site.open();
  const typeOf = async (accept: string) => {
    const request = await site.request('root', 'GET', '/v1/events', { headers: { accept } });
    const response = await site.app.fetch(request);
    await response.body?.cancel();
    return response.headers.get('content-type');
  };
  for (const accept of ['Text/Event-Stream', 'application/json;q=0.5, text/event-stream; q=0.9'])
    assert.equal(await typeOf(accept), 'text/event-stream', accept);
  for (const accept of [
    '*/*',
    'application/json, text/event-stream;q=0',
    'text/event-stream ; Q=0.000',
    'text/event-streams',
  ])
    assert.equal(await typeOf(accept), 'application/json', accept);
  await site.close();
});

test('artifacts go in and out as they are, and are never shown as a page', async () => {
  const site = await Site.open();
  const content = '<script>alert(1)</script>';
  const sha256 = createHash('sha256').update(content).digest('hex');
  const path = `/v1/artifacts/${sha256}`;
  const put = await site.ask('root', 'PUT', path, {
    body: content,
    headers: { 'content-type': 'text/html' },
  });
  assert.deepEqual([put.status, put.body], [201, { sha256, mediaType: 'text/html', bytes: content.length }]);
  const got = await site.ask('root', 'GET', path);
  assert.equal(got.text, content);
  assert.equal(got.headers.get('content-disposition'), 'attachment');
  assert.match(got.headers.get('content-security-policy') ?? '', /sandbox/);
  assertProblem(await site.ask('root', 'PUT', path, { body: 'other' }), 422, 'digest_mismatch');
  assertProblem(
    await site.ask('root', 'PUT', '/v1/artifacts/xyz', { body: 'other' }),
    400,
    'request_invalid',
  );
  await site.close();
});

test('a name that is not the server’s own is refused', async () => {
  const site = await Site.open([], { hosts: ['humanos.example'] });
  const from = async (url: string) => (await site.app.fetch(new Request(`${url}/healthz`))).status;
  for (const url of [
    'http://localhost',
    'http://127.0.0.1:4400',
    'http://[::1]:4400',
    'http://HUMANOS.example',
  ])
    assert.equal(await from(url), 200, url);
  for (const url of ['http://evil.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.1'])
    assert.equal(await from(url), 421, url);
  await site.close();
});

test('a server with a name that others reach tells by any address how it is, and nothing else', async () => {
  const bed = await Testbed.open();
  const site = new Site(bed, { host: '0.0.0.0', hosts: ['humanos.example'] });
  const from = async (path: string) =>
    (await site.app.fetch(new Request(`http://127.0.0.1:4400${path}`))).status;
  for (const path of ['/healthz', '/readyz', '/metrics']) assert.equal(await from(path), 200, path);
  for (const path of ['/openapi.json', '/v1/me', '/decisions/x']) assert.equal(await from(path), 421, path);
  await site.close();
});

test('every answer carries the headers that keep it to itself', async () => {
  const site = await Site.open();
  for (const path of ['/healthz', '/v1/me', '/v1/nothing', '/openapi.json', '/metrics']) {
    const { headers } = await site.ask(null, 'GET', path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('cache-control'), 'no-store', path);
    assert.equal(headers.get('access-control-allow-origin'), null);
  }
  await site.close();
});

test('health, readiness, metrics and the pages of codes need no token and show no secret', async () => {
  const site = await Site.open();
  const secret = await site.tokenOf('root');
  await site.bed.start(READ);
  assert.equal((await site.ask(null, 'GET', '/healthz')).status, 200);
  assert.equal((await site.ask(null, 'GET', '/readyz')).status, 200);
  await site.ask('root', 'GET', '/v1/me');
  for (const [who, body] of [
    ['root', { method: 'workflow.get_run', params: { id: 'none' } }],
    ['root', { method: 'capability.list', params: {} }],
    [null, { method: 'capability.list', params: {} }],
  ] as const)
    await site.ask(who, 'POST', '/rpc', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
    });
  const { text } = await site.ask(null, 'GET', '/metrics');
  for (const line of [
    'humanos_runs{status="running"} 1',
    'humanos_tasks_open{who="waiting"} 1',
    'humanos_http_requests_total{operation="participant.me",status="200"} 1',
    'humanos_http_requests_total{operation="workflow.get_run",status="404"} 1',
    'humanos_http_requests_total{operation="capability.list",status="200"} 1',
    'humanos_http_requests_total{operation="rpc",status="401"} 1',
  ])
    assert.ok(text.includes(line), `${line} in\n${text}`);
  assert.ok(!text.includes(secret) && !text.includes('passport_') && !text.includes('run_'));
  const page = await site.ask(null, 'GET', '/docs/errors/stale_token.md');
  assert.match(page.text, /^# stale_token/);
  assertProblem(await site.ask(null, 'GET', '/docs/errors/..%2F..%2Fpackage.json'), 404, 'path_unknown');
  assert.ok(!JSON.stringify(site.logged).includes(secret));
  site.app.drain();
  assert.equal((await site.ask(null, 'GET', '/healthz')).status, 200);
  assert.equal((await site.ask(null, 'GET', '/readyz')).status, 503);
  assertProblem(await site.ask('root', 'GET', '/v1/me'), 503, 'stopping');
  await site.close();
});

test('a fault is logged, and told without what happened inside', async () => {
  const site = await Site.open();
  site.bed.store.run = () => Promise.reject(new Error('disk sda1 is gone'));
  const answer = await site.ask('root', 'GET', '/v1/runs/x/events');
  assertProblem(answer, 500, 'internal');
  assert.ok(!answer.text.includes('sda1'));
  const logged = site.logged.find(({ message }) => message === 'fault');
  assert.equal((logged as { what: { instance: string } }).what.instance, answer.body['instance']);
  await site.close();
});

test('a stream that is broken off, or kept from beginning, leaves its place to another', async () => {
  const site = await Site.open([passport('reader')], { limits: { streams: 1 } });
  const { store } = site.bed;
  const { run, entries } = store;
  const id = await site.bed.start({ id: 'a', wait: { for: '1h' } });
  const accept = { headers: { accept: 'text/event-stream' } };
  const open = async (who = 'root', of = id): Promise<Response> =>
    site.app.fetch(await site.request(who, 'GET', `/v1/runs/${of}/events`, accept));
  assert.equal((await open('root', 'run_none')).status, 404);
  const gone = () => Promise.reject(new Error('disk sda1 is gone'));
  store.run = gone;
  assert.equal((await open()).status, 500);
  store.run = run;
  store.entries = gone;
  const broken = await open();
  assert.deepEqual([broken.status, await broken.text()], [200, 'retry: 1000\n\n']);
  assert.ok(site.logged.some(({ message }) => message === 'an event stream was broken off'));
  store.entries = entries;
  const lost = await open('reader');
  await site.bed.ok('root', 'participant.suspend', { id: 'passport_reader' });
  assert.deepEqual([lost.status, await lost.text()], [200, 'retry: 1000\n\n']);
  const whole = await open();
  assert.equal(whole.status, 200);
  await whole.body?.cancel();
  await site.close();
});
