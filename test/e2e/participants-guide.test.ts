import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { ROOT, Site } from './cli-kit.ts';

const GUIDE = readFileSync(join(ROOT, 'docs/guides/participants.md'), 'utf8');
const blocks = (fence: string): string[] =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${fence}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

const site = new Site();
before(() => site.serve());
after(() => site.close());

/** What a shell makes of a line of the guide: words, some of them in quotes. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );

test('every command of the guide does what it says', async () => {
  const [document = ''] = blocks('yaml capability.yaml');
  writeFileSync(join(site.folder, 'capability.yaml'), document);
  /** What the guide writes in capitals: tokens and ids that earlier commands have shown. */
  const shown = new Map<string, string>();
  const lines = blocks('sh').flatMap((block) => block.trim().split('\n'));
  assert.ok(lines.length > 20, 'the pattern finds them');
  for (const line of lines) {
    const [program, ...words] = wordsOf(line);
    assert.equal(program, 'humanos');
    const args = words.map((word) =>
      /\.(?:key|yaml)$/.test(word) ? join(site.folder, word) : (shown.get(word) ?? word),
    );
    const { code, out, err } = await site.run(args);
    assert.equal(code, 0, `${line}\n${out}${err}`);
    const secret = /humanos_[\w-]{20,}/.exec(out)?.[0];
    if (secret !== undefined) shown.set(words[2]?.toUpperCase() ?? '', secret);
    const delegation = /^delegation_\w+/.exec(out)?.[0];
    if (delegation !== undefined) shown.set('DELEGATION', delegation);
  }
  assert.deepEqual([...shown.keys()], ['ANA', 'BEN', 'DELEGATION']);
  const reader = await site.json<{ claims: { standing: string; level: number }[]; status: string }>(
    'participants',
    'show',
    'passport_agent_reader',
  );
  assert.deepEqual(
    [reader.status, reader.claims.map(({ standing, level }) => [standing, level])],
    ['available', [['verified', 0.9]]],
  );
  const ben = await site.json<{ keyProvedAt: number | null }>('participants', 'show', 'passport_human_ben');
  assert.ok(ben.keyProvedAt);
  const { rows } = await site.json<{ rows: { id: string; participants: number }[] }>('capabilities', 'list');
  assert.deepEqual(
    rows.map(({ id, participants }) => [id, participants]),
    [['invoice_processing', 1]],
  );
});

test('what has been made is listed and shown, and a refusal says what to do', async () => {
  const say = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await site.run(args);
    assert.equal(code, 0, err);
    return out;
  };
  assert.match(await say('delegations'), /revoked/);
  const { rows } = await site.json<{ rows: { id: string }[] }>('delegations', 'list', '--status', 'revoked');
  const [{ id }] = rows as [{ id: string }];
  assert.match(await say('delegations', 'show', id), /passport_human_ana -> passport_human_ben/);
  assert.match(await say('capabilities', 'show', 'ocr'), /implied by\s+invoice_processing/);
  const ben = await say('participants', 'show', 'passport_human_ben');
  assert.match(ben, /Mon Tue Wed Thu Fri 09:00-17:00 \(Europe\/Berlin\)/);
  assert.match(ben, /key .*\(proved\)/);
  assert.match(ben, /invoice_processing \(revoked, 0\.6\)/);
  const held = await site.run(['capabilities', 'delete', 'invoice_processing']);
  assert.equal(held.code, 1);
  assert.match(held.err, /Revoke the claims on it first/);
  const gone = await site.run(['--delegation', id, 'participants']);
  assert.match(gone.err, /delegation_unknown|no delegation/);
  await say('participants', 'withdraw', 'passport_agent_reader', 'invoice_processing');
  await say('capabilities', 'delete', 'invoice_processing');
  assert.match(await say('capabilities'), /Nobody has a capability yet/);
  const misuse = await site.run(['participants', 'grant', 'me', 'x', '--level', '2']);
  assert.equal(misuse.code, 2);
});

/** The site behind somebody who changes the answers to requests of this path; what is asked for is done all the same. */
async function behind<Value>(
  path: RegExp,
  status: number,
  members: object,
  act: (env: NodeJS.ProcessEnv) => Promise<Value>,
): Promise<Value> {
  const forward = async ({ method = '', url = '', headers }: IncomingMessage, body: Buffer) =>
    fetch(`${site.url}${url}`, {
      method,
      headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
  const tell = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await forward(request, await buffer(request));
    const value = (await answer.json()) as object;
    const isChanged = path.test(request.url ?? '');
    const type = isChanged && status >= 400 ? 'application/problem+json' : 'application/json';
    response.writeHead(isChanged ? status : answer.status, { 'content-type': type });
    response.end(JSON.stringify(isChanged ? { ...value, ...members } : value));
  };
  const server = createServer((request, response) => void tell(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await act({ HUMANOS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('who was registered without a token is named, and not to be registered again', async () => {
  const add = ['participants', 'add', 'Cleo', '--kind', 'human', '--issue-token'];
  const refusal = { code: 'forbidden', detail: 'Not now.', remediation: 'Wait.' };
  for (const [status, members, why] of [
    [403, refusal, /why: Not now\.[^]*next: Wait\. Issue one/],
    [201, { secret: null }, /why: .*lost[^]*code: secret_lost/],
  ] as const) {
    const { code, out, err } = await behind(/^\/v1\/tokens$/, status, members, (env) =>
      site.run(add, { env }),
    );
    assert.deepEqual([code, out], [1, '']);
    const [, id = ''] = /^\w[\w ]+\. Cleo is registered as (passport_\w+)\.\n/.exec(err) ?? [];
    assert.match(err, new RegExp(`humanos token issue ${id}\n`));
    assert.match(err, why);
    assert.equal((await site.run(['token', 'issue', id])).code, 0);
  }
});

test('no file is left where there is no private key to write into it', async () => {
  const file = join(site.folder, 'cleo.key');
  const { id, env } = await site.participant('Cleo', '--kind', 'human');
  const forbidden = await site.run(['participants', 'key', file, 'passport_human_ana'], { env });
  assert.deepEqual([forbidden.code, existsSync(file)], [1, false]);
  assert.match(forbidden.err, /^No key was made\.\n[^]*code: forbidden/);
  const lost = await behind(/generate-key$/, 200, { privateKey: null }, (there) =>
    site.run(['participants', 'key', file], { env: { ...env, ...there } }),
  );
  assert.deepEqual([lost.code, lost.out, existsSync(file)], [1, '', false]);
  assert.match(
    lost.err,
    /^The private key cannot be written\. The public key of Cleo is another now\.\n[^]*code: secret_lost/,
  );
  assert.equal((await site.run(['participants', 'key', file], { env })).code, 0);
  const kept = readFileSync(file, 'utf8');
  assert.equal((await site.run(['participants', 'key', file], { env })).code, 1);
  assert.equal(readFileSync(file, 'utf8'), kept, 'what was there before is not touched');
  assert.equal((await site.run(['participants', 'prove', file, id], { env })).code, 0);
});
