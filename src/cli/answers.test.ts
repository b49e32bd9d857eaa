import assert from 'node:assert/strict';
import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Writable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { serverOf, tell } from '../../test/cli-kit/index.ts';
import { moment } from './layout.ts';
import { main, type ArchiveReport, type LedgerReport, type Roots, type Streams } from './index.ts';

/** What commands tell people of the answers they get. */

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

test('an exported ledger has its name once all of it is there, and one of before stays until then', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-export-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [file, link] = [join(folder, 'ledger.ndjson'), join(folder, 'latest')];
  writeFileSync(file, 'of before', { mode: 0o600 });
  symlinkSync(file, link);
  const exported = async (...told: (string | Error)[]) => {
    t.mock.method(globalThis, 'fetch', async (_: unknown, { signal }: RequestInit) => {
      if (told[0] instanceof Error) throw told[0];
      const body = new ReadableStream<Uint8Array>({
        start: (to) => signal?.addEventListener('abort', () => to.error(signal.reason)),
        pull: (to) => {
          const next = told.shift();
          if (next instanceof Error) to.error(next);
          else if (next === undefined) to.close();
          else if (next === '') process.emit('SIGINT');
          else to.enqueue(new TextEncoder().encode(next));
        },
      });
      return new Response(body);
    });
    return tell(['ledger', 'export', '--out', link]);
  };
  const lost = new TypeError('terminated', { cause: new Error('other side closed') });
  for (const told of [[lost], ['half', lost]]) {
    const { code, err } = await exported(...told);
    assert.equal(code, 3, err);
    assert.match(
      err,
      /^The ledger could not be exported\.\n  why: There is no answer[^]*code: unreachable\n$/,
    );
    assert.equal(readFileSync(file, 'utf8'), 'of before');
  }
  assert.equal((await exported('half', '')).code, 130);
  assert.equal(readFileSync(file, 'utf8'), 'of before');
  const { code, err } = await exported('whole', ' ledger');
  assert.equal(code, 0, err);
  assert.equal(readFileSync(file, 'utf8'), 'whole ledger');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder).sort(), ['latest', 'ledger.ndjson']);
});

test('an address with a password in it is refused where it is used, and never told', async () => {
  const url = ['--url', 'http://user:secret@127.0.0.1:9'];
  for (const args of [['runs'], ['runs', '--json'], ['run', 'x']]) {
    const { code, out, err } = await tell([...args, ...url]);
    assert.equal(code, 3);
    assert.match(err, /has a user or a password in it/);
    assert.doesNotMatch(out + err, /secret/);
  }
  const verifyDatabase = async () => GOOD;
  assert.equal((await tell(['ledger', 'verify', ...url], { verifyDatabase })).code, 0);
});

/** What runs are asked to be started, by a server that has saved five versions of everything. */
const startsOf = (t: TestContext): unknown[] => {
  const starts: unknown[] = [];
  serverOf(t, (path, body) => {
    if (path === '/v1/definitions') return { definition: { id: 'hello', version: 5 }, problems: [] };
    starts.push(JSON.parse(body));
    return { id: 'run_1', status: 'running' };
  });
  return starts;
};

test('what is run of a file is the version that it was saved as', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-run-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hello.yaml');
  writeFileSync(file, 'id: hello\n');
  const starts = startsOf(t);
  assert.equal((await tell(['run', file])).code, 0);
  assert.deepEqual(starts, [{ definition: 'hello', version: 5, input: {} }]);
  const { code, err } = await tell(['run', file, '--version', '2']);
  assert.deepEqual([code, starts.length], [2, 1], err);
  assert.equal((await tell(['run', 'hello', '--version', '2'])).code, 0);
  assert.deepEqual(starts[1], { definition: 'hello', version: 2, input: {} });
});

test('a folder is no file, whatever asks for one', async (t) => {
  const starts = startsOf(t);
  const folder = relative(process.cwd(), import.meta.dirname);
  assert.equal((await tell(['run', folder])).code, 0);
  assert.deepEqual(starts, [{ definition: folder, input: {} }]);
  const verifyExport = async (path: string): Promise<LedgerReport> => {
    for await (const _ of createReadStream(path));
    return GOOD;
  };
  for (const [args, named] of [
    [['definitions', 'save', folder], import.meta.dirname],
    [['run', 'x', '--input', `@${folder}`], import.meta.dirname],
    [['ledger', 'verify', '--file', folder], 'What was named'],
  ] as const) {
    const { code, err } = await tell(args, { verifyExport });
    assert.equal(code, 1);
    assert.ok(err.includes(`\n  why: ${named} is a folder.\n`) && err.endsWith('code: file_unusable\n'), err);
  }
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

test('lists lose nothing, neither to programs nor at a narrow terminal', async (t) => {
  const token = {
    id: `token_${'1'.repeat(32)}`,
    passport: `passport_human_${'a'.repeat(20)}`,
    label: 'at work',
  };
  const [digest, at] = ['d'.repeat(64), Date.UTC(2026, 0, 5, 9)];
  const change = {
    id: `change_${'2'.repeat(32)}`,
    digest,
    name: 'l'.repeat(60),
    version: 3,
    what: 'save_policy',
  };
  serverOf(t, (path) =>
    path.startsWith('/v1/tokens')
      ? { rows: [{ ...token, createdAt: at, revokedAt: at + 1000 }], next: null }
      : { autonomy: 'guarded', policies: [], proposed: [{ ...change, status: 'proposed' }] },
  );
  for (const width of [undefined, 80]) {
    const { out: tokens } = await tell(['token', 'list'], {}, width);
    for (const text of [token.id, token.passport, token.label, moment(at), moment(at + 1000)])
      assert.ok(tokens.includes(text), tokens);
    const { out: policies } = await tell(['policies'], {}, width);
    for (const text of [`${change.name}@3`, 'proposed', change.id, digest])
      assert.ok(policies.includes(text), policies);
  }
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

test('wrong use is told in JSON where that is asked for', async () => {
  for (const [args, why] of [
    [['runs', '--nope'], /^unknown option '--nope'$/],
    [['runs', '--limt', '5'], /^unknown option '--limt' \(Did you mean --limit\?\)$/],
    [['runs', 'x'], /^too many arguments/],
    [['show'], /^missing required argument 'id'$/],
    [['nope'], /^unknown command 'nope'$/],
    [['runs', '--limit', 'x'], /^It has to be a whole number/],
    [[], /^No command is given\.$/],
    [['definitions', 'nope'], /./],
  ] as const) {
    const { code, out, err } = await tell([...args, '--json']);
    assert.deepEqual([code, out], [2, '']);
    const { error } = JSON.parse(err) as { error: Record<'code' | 'what' | 'why' | 'next', string> };
    assert.equal(error.code, 'usage');
    assert.match(error.why, why);
    assert.match(error.next, /\w/);
  }
  const { code, out, err } = await tell(['runs', '--nope']);
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /^error: unknown option '--nope'\n/);
});

test('what goes wrong is told in colour where it is read in a terminal, and nowhere else', async () => {
  delete process.env['FORCE_COLOR'];
  for (const [isTTY, first] of [
    [true, '--limit: x is not possible here.'],
    [false, '\u001b[31m--limit: x is not possible here.\u001b[39m'],
  ] as const) {
    let err = '';
    const errors = new Writable({ write: (chunk, _, done) => done(void (err += String(chunk))) });
    const output = Object.assign(new Writable(), { isTTY, columns: 80 });
    const streams = { input: {}, output, errors: Object.assign(errors, { isTTY: !isTTY }) };
    await main(['runs', '--limit', 'x'], {
      roots: {} as Roots,
      env: {},
      streams: streams as unknown as Streams,
    });
    assert.equal(err.split('\n')[0], first);
  }
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
