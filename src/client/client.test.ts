import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Site } from '../../test/e2e/http-site.ts';
import { passport } from '../../test/e2e/http-testbed.ts';
import { createClient, ProblemError, type Client } from './index.ts';

const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const agent = passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 5 });

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}
type Step = (request: Request) => Promise<Response>;

/** A client of the site whose requests go through `steps` first, one step each; after them, straight. */
async function clientOf(
  site: Site,
  who: string,
  steps: Step[] = [],
  options: { retries?: number } = {},
): Promise<{ client: Client; sent: Sent[] }> {
  const sent: Sent[] = [];
  const straight: Step = async (request) => site.app.fetch(request);
  const client = createClient({
    url: 'http://localhost/',
    token: await site.tokenOf(who),
    retryDelay: 1,
    ...options,
    fetch: (async (url: string, init: RequestInit) => {
      const request = new Request(url, init);
      sent.push({ method: request.method, url: request.url, headers: request.headers });
      return (steps.shift() ?? straight)(request);
    }) as typeof fetch,
  });
  return { client, sent };
}
const lost: Step = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }));
const status =
  (code: number, headers = {}): Step =>
  async () =>
    new Response('', { status: code, headers });

test('names of operations are methods, and members go where the route wants them', async () => {
  const site = await Site.open([agent]);
  const { client, sent } = await clientOf(site, 'root');
  const definition = await site.bed.define(READ);
  const { id } = await client.workflow.start({ definition, input: { a: 1 } });
  assert.equal((await client.call('workflow.get_run', { id })).status, 'running');
  assert.equal((await client.workflow.listRuns({ status: ['running', 'paused'], limit: 5 })).rows.length, 1);
  assert.deepEqual(new URL(sent.at(-1)?.url ?? '').search, '?status=running&status=paused&limit=5');
  assert.equal((await client.participant.me()).id, 'passport_root');
  assert.equal((await client.workflow.stop({ id, reason: 'enough' })).status, 'stopped');
  const { client: worker } = await clientOf(site, 'agent');
  assert.equal((await worker.task.claimNext()).task, null);
  await site.close();
});

test('an address with a password in it is refused, and is not repeated', () => {
  for (const url of [
    'http://user:secret@host',
    'https://secret@host/at',
    'http://user:se/secret@host',
    'user:secret@host',
  ])
    assert.throws(
      () => createClient({ url }),
      (error) =>
        error instanceof ProblemError &&
        error.code === 'unreachable' &&
        !inspect(error).split('\n    at ')[0]?.includes('secret') &&
        !JSON.stringify(error.problem).includes('secret'),
      url,
    );
  for (const url of ['http://127.0.0.1:4400', 'https://host/@team']) assert.ok(createClient({ url }));
});

test('a refusal is a ProblemError with all that the server said', async () => {
  const site = await Site.open();
  const { client, sent } = await clientOf(site, 'root');
  const refused = await client.workflow.saveDefinition({ source: 'id: 1' }).catch((error: unknown) => error);
  assert.ok(refused instanceof ProblemError);
  assert.deepEqual([refused.code, refused.status], ['definition_invalid', 422]);
  assert.ok(refused.remediation && refused.detail && (refused.problem.problems?.length ?? 0) > 0);
  assert.equal(sent.length, 1, 'what is refused is not sent again');
  await site.close();
});

test('a write whose answer is lost is sent again under the same key, and is carried out once', async () => {
  const site = await Site.open();
  const definition = await site.bed.define(READ);
  const answerLost: Step = async (request) => {
    await site.app.fetch(request);
    return lost(request);
  };
  const { client, sent } = await clientOf(site, 'root', [
    answerLost,
    status(503, { 'retry-after': '0' }),
    lost,
  ]);
  await client.workflow.start({ definition });
  assert.equal((await client.workflow.listRuns()).rows.length, 1);
  const keys = sent.slice(0, 4).map(({ headers }) => headers.get('idempotency-key'));
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0] ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(sent[4]?.headers.get('idempotency-key'), null, 'reads have none');
  await client.workflow.start({ definition }, { idempotencyKey: 'mine' });
  assert.equal(sent.at(-1)?.headers.get('idempotency-key'), 'mine');
  await site.close();
});

/** The answer of the site, broken off after its first bytes. */
const cutOff =
  (site: Site): Step =>
  async (request) => {
    const answer = await site.app.fetch(request);
    const content = new Uint8Array(await answer.arrayBuffer()).subarray(0, 5);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(content),
      pull: (controller) =>
        controller.error(new TypeError('terminated', { cause: new Error('other side closed') })),
    });
    return new Response(body, answer);
  };

test('an answer that breaks off is none: the request is sent again, or is told as one without an answer', async () => {
  const site = await Site.open();
  const definition = await site.bed.define(READ);
  const { client, sent } = await clientOf(site, 'root', [cutOff(site)]);
  await client.workflow.start({ definition });
  assert.equal((await client.workflow.listRuns()).rows.length, 1);
  const [first, second] = sent.map(({ headers }) => headers.get('idempotency-key'));
  assert.equal(first, second);
  const bytes = new TextEncoder().encode('some content');
  const ref = await (await clientOf(site, 'root', [cutOff(site)])).client.keep(bytes);
  assert.deepEqual(await (await clientOf(site, 'root', [cutOff(site)])).client.content(ref), bytes);
  const hasty = async () => (await clientOf(site, 'root', [cutOff(site)], { retries: 0 })).client;
  const unreachable = { name: 'ProblemError', code: 'unreachable', message: /other side closed/ };
  await assert.rejects((await hasty()).workflow.start({ definition }), { ...unreachable, mayBeDone: true });
  await assert.rejects((await hasty()).participant.me(), { ...unreachable, mayBeDone: false });
  await assert.rejects((await hasty()).content(ref), { ...unreachable, mayBeDone: false });
  await site.close();
});

test('after the last attempt, what is wrong is said: no answer, or the one that came', async () => {
  const site = await Site.open();
  const { client } = await clientOf(site, 'root', [lost, lost, lost], { retries: 2 });
  await assert.rejects(client.participant.me(), (error: ProblemError) => {
    assert.deepEqual([error.code, error.status], ['unreachable', 0]);
    assert.match(error.detail, /http:\/\/localhost: ECONNRESET/);
    return true;
  });
  const busy = await clientOf(site, 'root', [status(502), status(502)], { retries: 1 });
  await assert.rejects(busy.client.participant.me(), { code: 'http_502', status: 502 });
  const none = await clientOf(site, 'root', [lost], { retries: 0 });
  await assert.rejects(none.client.participant.me(), { code: 'unreachable' });
  assert.equal(none.sent.length, 1);
  await site.close();
});

const refused: Step = () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
  return Promise.reject(new TypeError('fetch failed', { cause }));
};
const refusal =
  (code: number, problem: string): Step =>
  async () =>
    new Response(JSON.stringify({ code: problem }), {
      status: code,
      headers: { 'content-type': 'application/problem+json' },
    });

test('whether a write may be done all the same goes by every attempt that may have reached the server', async () => {
  const site = await Site.open();
  const stopping = refusal(503, 'stopping');
  const cases: [string, Step[], boolean][] = [
    ['nobody was there', [refused, refused], false],
    ['the first got through', [lost, refused], true],
    ['the last got through', [refused, lost], true],
    ['somebody in between has no answer', [status(502), refused], true],
    ['somebody in between is not ready', [status(503)], true],
    ['too late', [status(504)], true],
    ['somebody in between leads elsewhere', [status(302)], false],
    ['somebody in between leads elsewhere, after the first got through', [lost, status(302)], true],
    ['a fault', [refusal(500, 'internal')], true],
    ['the server does not know', [refusal(503, 'storage_outcome_unknown')], true],
    ['the server did nothing', [stopping, stopping], false],
    ['the server did nothing the second time', [lost, stopping], true],
    ['refused', [refusal(409, 'run_status')], false],
    ['refused under the key of both', [lost, refusal(409, 'run_status')], false],
    ['refused at the door', [refusal(401, 'token_invalid')], false],
    ['refused at the door, perhaps by what was done', [lost, refusal(401, 'token_invalid')], true],
  ];
  for (const [what, steps, mayBeDone] of cases) {
    const retries = steps.length - 1;
    const { client } = await clientOf(site, 'root', [...steps], { retries });
    await assert.rejects(client.workflow.pause({ id: 'run_1' }), { name: 'ProblemError', mayBeDone }, what);
    const { client: reader } = await clientOf(site, 'root', [...steps], { retries });
    await assert.rejects(reader.participant.me(), { name: 'ProblemError', mayBeDone: false }, what);
  }
  await site.close();
});

test('a request that nobody took was not sent, by whatever way', async () => {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  for (const url of [
    `http://127.0.0.1:${port}`,
    `http://localhost:${port}`,
    `localhost:${port}`,
    'nowhere',
  ]) {
    const client = createClient({ url, retries: 0 });
    await assert.rejects(client.workflow.pause({ id: 'run_1' }), { status: 0, mayBeDone: false }, url);
  }
});

test('what is no address of a server is told so, at once', async () => {
  for (const url of ['nowhere', 'localhost:4400', 'ftp://host', 'http://a b'])
    await assert.rejects(createClient({ url, retryDelay: 1e9 }).participant.me(), {
      code: 'address_invalid',
      message: `${url} is not an address that a server can be asked at.`,
    });
  const server = createHttpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { participant } = createClient({ url: `https://127.0.0.1:${port}`, retries: 0 });
  await assert.rejects(participant.me(), { code: 'unreachable', message: /speaks no TLS/ });
  server.close();
});

test('a redirection is not followed, whatever it leads to', async (context) => {
  const seen: string[] = [];
  const server = createHttpServer(({ method, url = '' }, response) => {
    seen.push(`${method} ${url}`);
    response.writeHead(url === '/elsewhere' ? 200 : 302, { location: '/elsewhere' }).end('{}');
  }).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  const client = createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const problem = { code: 'unreachable', status: 0, message: /redirection/, mayBeDone: false };
  await assert.rejects(client.workflow.pause({ id: 'run_1' }), problem);
  assert.deepEqual(seen, ['POST /v1/runs/run_1/pause']);
});

test('a call that is given up is not sent again', async () => {
  const site = await Site.open();
  const gone = new AbortController();
  const step: Step = () => {
    gone.abort(new Error('enough'));
    return lost(new Request('http://localhost'));
  };
  const { client, sent } = await clientOf(site, 'root', [step]);
  await assert.rejects(client.participant.me({}, { signal: gone.signal }));
  assert.equal(sent.length, 1);
  await site.close();
});

test('content goes in and out as bytes, and references are resolved', async () => {
  const site = await Site.open();
  const { client } = await clientOf(site, 'root');
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256);
  const ref = await client.keep(bytes, 'application/pdf');
  assert.equal(ref.bytes, bytes.length);
  assert.deepEqual(await client.content(ref), bytes);
  const { content, mediaType } = await client.artifact.get({ sha256: ref.$artifact });
  assert.deepEqual([Buffer.from(content, 'base64').equals(bytes), mediaType], [true, 'application/pdf']);
  const json = await client.keep(new TextEncoder().encode('{"a":[1]}'), 'application/json');
  assert.deepEqual(await client.resolve(json), { a: [1] });
  assert.deepEqual(await client.resolve({ plain: 1 }), { plain: 1 });
  let text = '';
  for await (const piece of client.exportLedger()) text += piece;
  assert.match(text, /^\{"format":"humanos-ledger"[^]*"checkpoint"[^]*\n$/);
  await site.close();
});

test('an export that is left early is not downloaded to its end', async () => {
  const site = await Site.open();
  let left = false;
  const endless: Step = async () =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1000)),
        cancel: () => void (left = true),
      }),
    );
  const { client } = await clientOf(site, 'root', [endless]);
  for await (const _ of client.exportLedger()) break;
  assert.ok(left);
  await site.close();
});

test('events go on where they were when the connection is lost, in the middle of one too', async () => {
  const site = await Site.open();
  const run = await site.bed.start({ id: 'a', wait: { signal: 'go' } });
  /** Passes so many bytes of the stream, then breaks it off. */
  const cut =
    (bytes: number): Step =>
    async (request) => {
      const response = await site.app.fetch(request);
      const reader = response.body?.getReader();
      let left = bytes;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { value = new Uint8Array(0) } = (await reader?.read()) ?? {};
          controller.enqueue(value.subarray(0, left));
          left -= value.length;
          if (left > 0) return;
          await reader?.cancel();
          controller.error(new TypeError('terminated'));
        },
      });
      return new Response(body, { headers: response.headers });
    };
  const { client, sent } = await clientOf(site, 'root', [
    lost,
    cut(300),
    cut(900),
    cut(1600),
    status(503),
    cut(2500),
  ]);
  const cursors: number[] = [];
  for await (const event of client.events({ run, untilEnd: true })) {
    cursors.push(event.cursor);
    if (cursors.length === 2) await site.bed.ok('root', 'workflow.signal', { id: run, signal: 'go' });
  }
  const { events } = await site.bed.ok('root', 'run.events', { id: run });
  assert.deepEqual(
    cursors,
    events.map(({ cursor }) => cursor),
  );
  assert.ok(sent.length > 4, 'it was broken off');
  await site.close();
});

test('who follows events is told once that the connection is lost, and once that it is back', async () => {
  const site = await Site.open();
  await site.bed.start({ id: 'a', wait: { signal: 'go' } });
  const { client } = await clientOf(site, 'root', [lost, status(503), refused]);
  const told: (string | null)[] = [];
  for await (const _ of client.events({ onConnection: (why) => told.push(why && why.detail) })) break;
  assert.deepEqual(told, ['There is no answer from http://localhost: ECONNRESET.', null]);
  await site.close();
});

test('events end when they are given up, and when the server refuses', async () => {
  const site = await Site.open();
  const { client } = await clientOf(site, 'root');
  const gone = new AbortController();
  let seen = 0;
  for await (const _ of client.events({ signal: gone.signal })) {
    seen += 1;
    gone.abort();
  }
  assert.ok(seen >= 1);
  for await (const _ of client.events()) break;
  const refused = async (): Promise<void> => {
    for await (const _ of client.events({ run: 'run_none' })) assert.fail('there is no event');
  };
  await assert.rejects(refused(), { code: 'run_unknown', status: 404 });
  await site.close();
});

test('a stream that shows no sign of life is taken for lost', async () => {
  const site = await Site.open();
  await site.bed.start({ id: 'a', wait: { signal: 'go' } });
  const dead: Step = async (request) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) =>
        request.signal.addEventListener('abort', () => controller.error(request.signal.reason)),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const { client, sent } = await clientOf(site, 'root', [dead]);
  const told: (string | null)[] = [];
  const onConnection = (why: ProblemError | null) => told.push(why && why.detail);
  for await (const event of client.events({ silence: 20, onConnection })) {
    assert.equal(event.cursor, 1);
    break;
  }
  assert.deepEqual(told, ['There is no answer from http://localhost: no sign of life for 0.02 s.', null]);
  assert.equal(sent.length, 2);
  await site.close();
});
