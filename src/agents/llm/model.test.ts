import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { ModelRequest } from '../../planning/index.ts';
import { openModel, type Model, type ModelSettings } from './index.ts';

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly model: string;
    readonly messages: unknown[];
    readonly response_format?: { type: string };
  };
}
/** An endpoint of the test's own; whatever is asked of it is kept. */
const asked: Asked[] = [];
let reply: (response: ServerResponse, request: Asked) => void = (response) => response.end();
const server: Server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const one = {
      path: request.url ?? '',
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString()) as Asked['body'],
    };
    asked.push(one);
    reply(response, one);
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => {
  server.closeAllConnections();
  server.close();
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;

const says = (content: string) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  );
};
const fails =
  (status: number, body = '{"error":{"message":"no"}}') =>
  (response: ServerResponse): void => {
    response.statusCode = status;
    response.setHeader('content-type', 'application/json');
    response.end(body);
  };

const KEY = 'a-secret-key';
const model = (more: Partial<ModelSettings> = {}): Promise<Model> =>
  openModel({ url, model: 'small', key: KEY, ...more });
const request: ModelRequest = {
  system: 'Answer with JSON.',
  messages: [{ role: 'user', text: 'the goal' }],
  schema: { type: 'object', properties: { a: { type: 'number' } } },
};

test('asks the way the protocol says, with the key and the schema', async () => {
  asked.length = 0;
  reply = says('{"a":1}');
  assert.deepEqual(await (await model()).ask(request), { ok: true, value: { a: 1 }, text: '{"a":1}' });
  const [one] = asked;
  assert.equal(one?.path, '/v1/chat/completions');
  assert.equal(one?.headers.authorization, `Bearer ${KEY}`);
  assert.equal(one?.body.model, 'small');
  assert.deepEqual(one?.body.messages, [
    { role: 'system', content: 'Answer with JSON.' },
    { role: 'user', content: 'the goal' },
  ]);
  assert.equal(one?.body.response_format?.type, 'json_schema');
});

test('needs no key', async () => {
  asked.length = 0;
  reply = says('{}');
  await (await openModel({ url, model: 'small' })).ask(request);
  assert.equal(asked[0]?.headers.authorization, undefined);
});

test('takes the object out of what is said around it; without one the answer is unreadable', async () => {
  reply = says('Here it is:\n```json\n{"a":2}\n```');
  const found = await (await model()).ask(request);
  assert.deepEqual(found.ok && found.value, { a: 2 });
  reply = says('I would rather not.');
  assert.deepEqual(await (await model()).ask(request), {
    ok: false,
    code: 'unreadable',
    text: 'I would rather not.',
  });
});

test('an endpoint that knows no schemas is asked for plain JSON, from then on', async () => {
  asked.length = 0;
  reply = (response, { body }) =>
    (body.response_format?.type === 'json_schema' ? fails(400) : says('{"a":3}'))(response);
  const one = await model();
  assert.equal((await one.ask(request)).ok, true);
  assert.equal((await one.ask(request)).ok, true);
  assert.deepEqual(
    asked.map(({ body }) => body.response_format?.type),
    ['json_schema', 'json_object', 'json_object'],
  );
});

test('an endpoint that refuses plain JSON as well is asked by the schema again', async () => {
  asked.length = 0;
  reply = fails(400);
  const one = await model();
  assert.equal((await one.ask(request)).ok, false);
  reply = says('{"a":4}');
  assert.equal((await one.ask(request)).ok, true);
  assert.deepEqual(
    asked.map(({ body }) => body.response_format?.type),
    ['json_schema', 'json_object', 'json_schema'],
  );
});

test('what goes wrong is told in words, without the key and what was asked', async () => {
  const reasons: unknown[] = [];
  const unavailable = async (opened: Promise<Model>): Promise<void> => {
    const answer = await (await opened).ask(request);
    assert.ok(!answer.ok && answer.code === 'unavailable', JSON.stringify(answer));
    assert.doesNotMatch(JSON.stringify(answer), /a-secret-key|the goal/);
    reasons.push(answer.reason);
  };
  reply = fails(500, `{"error":{"message":"${KEY} the goal"}}`);
  await unavailable(model());
  reply = fails(401);
  await unavailable(model());
  reply = (response) => response.end('<html>');
  await unavailable(model());
  reply = (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  await unavailable(model());
  await unavailable(model({ url: 'http://127.0.0.1:1/v1' }));
  reply = says(`{"a":"${'x'.repeat(3000)}"}`);
  await unavailable(model({ mostBytes: 2000 }));
  reply = () => {};
  await unavailable(model({ timeoutMs: 50 }));
  assert.deepEqual(reasons, [
    'it answered with status 500',
    'it answered with status 401',
    'its answer did not follow the protocol',
    'it could not be reached',
    'it could not be reached',
    'its answer was too large',
    'it did not answer in time',
  ]);
});

test('whoever asked may stop waiting', async () => {
  const controller = new AbortController();
  reply = () => controller.abort();
  const answer = await (await model()).ask(request, controller.signal);
  assert.deepEqual(answer, { ok: false, code: 'unavailable', reason: 'it could not be reached' });
});
