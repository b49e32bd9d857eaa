import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
