import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, tell } from '../../test/cli-kit/index.ts';
import type { ServeOptions } from './index.ts';

/** What a server is started with, as its settings say; or what is told of them. */
async function servedWith(args: readonly string[], env: object = {}): Promise<object | string> {
  const asked: object[] = [];
  const serve = async ({ signal: _, ...settings }: ServeOptions) => {
    asked.push(settings);
    throw new Error('enough');
  };
  const { code, err } = await tell(['serve', ...args], { serve }, undefined, env);
  const [settings] = asked;
  if (settings) return settings;
  assert.equal(code, 2);
  return err;
}

const empty = (...names: string[]) => Object.fromEntries(names.map((name) => [`HUMANOS_${name}`, '']));
const OF_SERVER = ['DATABASE_URL', 'HOST', 'PORT', 'ROLE', 'ALLOW_HOSTS', 'ARCHIVE_OLDER_THAN', 'ARCHIVE_TO'];

test('a variable that is set to nothing is not set', async (t) => {
  const bare = await servedWith([]);
  assert.partialDeepStrictEqual(bare, { host: '127.0.0.1', port: 4400, role: 'all' });
  for (const name of OF_SERVER) assert.deepEqual(await servedWith([], empty(name)), bare, name);
  const fetched = serverOf(t, () => ({ rows: [], nextCursor: null }));
  const { code, err } = await tell(['runs'], {}, undefined, empty('URL', 'HOST', 'PORT', 'TOKEN'));
  assert.equal(code, 0, err);
  const [url = '', request] = fetched.mock.calls[0]?.arguments ?? [];
  assert.equal(new URL(url).origin, 'http://127.0.0.1:4400');
  assert.equal(new Headers(request?.headers).get('authorization'), null);
});

test('a server, a token or a delegation that is named by nothing is asked for', async () => {
  for (const [args, what] of [
    [['serve', '--host', ''], '--host: No host is named.'],
    [['runs', '--url', ''], '--url: No address is named.'],
    [['runs', '--token', ''], '--token: No token is named.'],
    [['runs', '--delegation', ''], '--delegation: No delegation is named.'],
  ] as const) {
    const { code, err } = await tell(args);
    assert.equal(code, 2);
    assert.ok(err.startsWith(what), err);
  }
});

test('further names of a server are written as requests have them, or refused', async () => {
  for (const [given, hosts] of [
    ['Humanos.Example.COM', ['humanos.example.com']],
    ['fd00::1, [FD00::2]', ['[fd00::1]', '[fd00::2]']],
    ['bücher.example,a_b', ['xn--bcher-kva.example', 'a_b']],
  ] as const) {
    assert.partialDeepStrictEqual(await servedWith(['--allow-host', given]), { hosts });
    assert.partialDeepStrictEqual(await servedWith([], { HUMANOS_ALLOW_HOSTS: given }), { hosts });
  }
  for (const bad of [
    'h.example:4481',
    'https://x.de/',
    'x.de/a',
    'a b c',
    '*.x.de',
    'u@x.de',
    'fd00::1%eth0',
  ]) {
    const told = await servedWith(['--allow-host', 'fine', '--allow-host', bad]);
    assert.ok(typeof told === 'string' && told.startsWith(`--allow-host: ${bad} is no name of a host.`), bad);
    const ambient = await servedWith([], { HUMANOS_ALLOW_HOSTS: `a,${bad}` });
    assert.ok(typeof ambient === 'string' && ambient.startsWith(`HUMANOS_ALLOW_HOSTS: ${bad} is`), bad);
  }
});
