import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { main, type ArchiveReport, type LedgerReport, type Roots, type Streams } from './index.ts';

/** What commands tell people of the answers they get. */

/** A command, from its arguments to its end. */
async function tell(args: readonly string[], roots: Partial<Roots> = {}) {
  const told = { out: '', err: '' };
  const to = (name: keyof typeof told) =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        told[name] += chunk.toString();
        done();
      },
    });
  const streams = { input: {}, output: to('out'), errors: to('err') } as unknown as Streams;
  const code = await main(args, { roots: roots as Roots, env: { HUMANOS_TOKEN: 'x' }, streams });
  return { code, ...told };
}

/** A server that answers so. */
const serverOf = (t: TestContext, answer: (path: string) => object, status = 200) =>
  t.mock.method(globalThis, 'fetch', async (url: string | URL) => {
    const { pathname, search } = new URL(url);
    const type = status === 200 ? 'application/json' : 'application/problem+json';
    return new Response(JSON.stringify(answer(pathname + search)), {
      status,
      headers: { 'content-type': type },
    });
  });

const ARCHIVED: ArchiveReport = {
  before: 0,
  ended: 'all',
  files: [],
  runs: 0,
  entries: 0,
  heldBackBy: null,
};

test('an archive that did not come to its end says how it ended', async () => {
  const archive = (changes: Partial<ArchiveReport>) =>
    tell(['archive', '--older-than', '90d', '--to', 'x'], {
      archive: async () => ({ ...ARCHIVED, ...changes }),
    });
  const all = await archive({});
  assert.deepEqual([all.code, all.out.split('\n')[0]], [0, 'There was nothing to archive.']);
  const none = await archive({ ended: 'interrupted' });
  assert.equal(none.code, 130);
  assert.match(none.out, /^Interrupted: nothing is archived\.\n[^]*next: start the same command again/);
  const some = await archive({ ended: 'interrupted', runs: 7, files: ['x/1.jsonl'] });
  assert.equal(some.code, 130);
  assert.match(some.out, /^Interrupted: 7 runs are archived, and there are more\.\n/);
  const other = await archive({ ended: 'elsewhere' });
  assert.equal(other.code, 1);
  assert.match(other.out, /^Nothing is archived by this: another archives[^]*next: when the other is done/);
});

const GOOD: LedgerReport = {
  verified: true,
  entries: 90,
  pending: 0,
  archived: 0,
  part: false,
  absent: 0,
  runs: 3,
  checkpoint: null,
  problems: [],
  problemCount: 0,
};

test('a verified ledger is said to be what was looked at', async () => {
  const verify = async (changes: Partial<LedgerReport>, ...args: string[]) => {
    const report = async () => ({ ...GOOD, ...changes });
    const { out } = await tell(['ledger', 'verify', ...args], {
      verifyDatabase: report,
      verifyExport: report,
    });
    return out.split('\n')[0];
  };
  const problems = (...codes: string[]): Partial<LedgerReport> => ({
    verified: false,
    problems: codes.map((code) => ({ code, message: '' })),
    problemCount: codes.length,
  });
  const whole = 'The ledger is as it was written';
  assert.equal(await verify({}), `${whole}.`);
  const unread = `${whole}; the texts of 5 archived entries were not looked at`;
  assert.equal(await verify({ archived: 5 }), `${unread} (--archives FOLDER).`);
  assert.equal(await verify({ archived: 5 }, '--file', 'x'), `${unread}.`);
  assert.equal(await verify({ archived: 5 }, '--archives', 'x'), `${whole}.`);
  const good = 'Nothing wrong was found in the entries that were looked at.';
  const missing = await verify(problems('archive_missing', 'archive_missing'), '--archives', 'x');
  assert.match(missing ?? '', /^Not every archived text could be looked at: the folder .* names them\. Noth/);
  assert.ok(missing?.endsWith(good));
  const both = await verify(problems('archive_missing', 'key_unknown'), '--archives', 'x');
  assert.match(both ?? '', /^Not every .*It could not be compared with the checkpoint\. Nothing wrong/);
  const bad = 'The ledger is not as it was written.';
  assert.equal(await verify(problems('archive_missing', 'entry_altered'), '--archives', 'x'), bad);
  assert.equal(await verify({ ...problems('archive_missing'), problemCount: 2 }), bad);
});

test('archives are not asked for beside a file', async () => {
  const { code, err } = await tell(['ledger', 'verify', '--file', 'a', '--archives', 'b']);
  assert.equal(code, 2);
  assert.match(err, /--archives is for the files of a database/);
});

test('a page of the ledger says how to go on, and where it ends', async (t) => {
  const text = JSON.stringify({
    at: 0,
    run: 'run_1',
    type: 'run.created',
    actor: 'passport_1',
    onBehalfOf: null,
    authority: { kind: 'role', id: 'operator' },
  });
  serverOf(t, (path) => {
    const after = Number(/after=(\d+)/.exec(path)?.[1]);
    const limit = Number(/limit=(\d+)/.exec(path)?.[1]);
    const entries = [0, 1, 2]
      .filter((index) => index >= after)
      .slice(0, limit)
      .map((index) => ({ index, text, hash: 'a'.repeat(64) }));
    return { entries, next: (entries.at(-1)?.index ?? after - 1) + 1 };
  });
  assert.match((await tell(['ledger', '--limit', '2'])).out, /\nThere are more: --after 2\n$/);
  assert.doesNotMatch((await tell(['ledger', '--after', '1', '--limit', '2'])).out, /more/);
  const { out } = await tell(['ledger', '--after', '3']);
  assert.equal(out, 'There are no entries behind the first 3.\n');
});

test('a page without rows keeps its cursor, and says what it was asked for', async (t) => {
  const page = { rows: [], next: null as string | null };
  serverOf(t, () => page);
  for (const list of ['deliveries', 'delegations']) {
    page.next = null;
    assert.match((await tell([list])).out, new RegExp(`^There are no ${list}\\.`));
    const filter = list === 'deliveries' ? ['--dead'] : ['--status', 'revoked'];
    assert.equal((await tell([list, ...filter])).out, `There are no such ${list}.\n`);
    page.next = 'c1';
    assert.match(
      (await tell([list, ...filter])).out,
      /^None of the first .*\nThere are more: --cursor c1\n$/,
    );
  }
});

test('an address is no promise of mail', async (t) => {
  serverOf(t, () => ({ participant: 'passport_1', email: 'ada@example.com', updatedAt: 1 }));
  const { out } = await tell(['contact', '--email', 'ada@example.com']);
  assert.equal(out, "passport_1's address is ada@example.com.\n");
});

test('a server that answers and cannot work is no good server', async (t) => {
  const refusing = (code: string, status: number) =>
    serverOf(t, () => ({ code, detail: 'It is so.', remediation: 'Do this.' }), status);
  const examine = async () => {
    const migrate = async () => ({ status: 'latest', latest: 1 }) as const;
    const { code, out } = await tell(['doctor'], { migrate });
    return { code, out: stripVTControlCharacters(out) };
  };
  refusing('storage_unavailable', 503);
  const away = await examine();
  assert.equal(away.code, 1);
  assert.match(away.out, /failed {3}server: .* cannot be used: It is so\.\n +→ Do this\./);
  refusing('token_invalid', 401);
  assert.match((await examine()).out, /ok {7}server: .* answers\.\n.*failed {3}token: It is so\./);
});

test('what others wrote does not reach the terminal as it is', async (t) => {
  const clear = '\u001b[2J';
  const { err } = await tell(['worker', 'x.mjs'], {
    work: async ({ log }) => {
      log(`task_1 failed: x: ${clear}no\nworker stopped`, {}, `Error: ${clear}no\n    at x.mjs:1`);
      return { stop: async () => {}, ended: Promise.resolve(null) };
    },
  });
  assert.equal(err, 'task_1 failed: x: [2Jno worker stopped\nError: [2Jno\n    at x.mjs:1\n');
  const one = { id: 'd', version: 1, digest: 'x', name: `A${clear}\nB`, savedAt: 0, savedBy: 'p' };
  serverOf(t, () => ({ ...one, document: {} }));
  assert.match((await tell(['definitions', 'show', 'd'])).out, /^A\[2J B {2}d, version 1\n/);
});
