import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { assertProblem, Site, type Answer } from '../../test/e2e/http-site.ts';
import { SECURITY_HEADERS } from './guard.ts';

let site: Site;
let port: number;
before(async () => {
  site = await Site.open();
  port = Number(new URL((await site.listen()).url).port);
});
after(() => site.close());

/** What the server answers to these bytes until it closes the connection. */
async function send(text: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').write(text);
  let received = '';
  for await (const chunk of socket) received += chunk as string;
  const [head = '', body = ''] = received.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]));
  const status = Number(first.split(' ')[1]);
  return { status, headers, text: body, body: JSON.parse(body) as Answer['body'] };
}

function assertSecured({ headers }: Answer): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(headers.get(name), value, name);
}

const CLOSE = 'Host: localhost\r\nConnection: close\r\n';
const POST = 'POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

const UNREADABLE: readonly (readonly [what: string, text: string, status: number])[] = [
  ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['a host that is none', 'GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
  ['no request', 'nonsense\r\n\r\n', 400],
  [
    'headers without end',
    `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    431,
  ],
  ['chunks that are none', `${POST}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`, 400],
  ['what nobody can expect', `${POST}Connection: close\r\nExpect: tea\r\n\r\n`, 417],
];
for (const [what, text, status] of UNREADABLE)
  test(`a request that cannot be read is answered with a problem: ${what}`, async () => {
    const answer = await send(text);
    assertProblem(answer, status, 'request_invalid');
    assertSecured(answer);
  });

test('a connection may be used again until what comes on it cannot be read', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let received = '';
  for await (const chunk of socket) {
    if (received === '') socket.write('nonsense\r\n\r\n');
    received += chunk as string;
  }
  assert.match(received, /^HTTP\/1\.1 200 OK\r\n.*HTTP\/1\.1 400 Bad Request\r\n.*request_invalid/s);
});

test('probes of HTTP/1.0 name no host', async () => {
  for (const path of ['/healthz', '/readyz']) {
    const answer = await send(`GET ${path} HTTP/1.0\r\n\r\n`);
    assert.equal(answer.status, 200, path);
    assertSecured(answer);
  }
  assert.equal((await send('GET /healthz HTTP/1.0\r\nHost: elsewhere.example\r\n\r\n')).status, 421);
  assert.equal((await send(`GET /healthz HTTP/1.1\r\n${CLOSE}\r\n`)).status, 200);
});
