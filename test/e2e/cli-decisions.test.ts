import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createClient } from '../../src/client/index.ts';
import { fromHex, leafHash, toHex, verifierKey as keyOf } from '../../src/ledger/index.ts';
import { sha256 } from '../../src/main/sha256.ts';
import { Site } from './cli-kit.ts';

const OTHERS_KEY = keyOf('humanos/other', new Uint8Array(32).fill(7), sha256);
const site = new Site();
before(() => site.serve());
after(() => site.close());

const path = (name: string): string => join(site.folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};
const parts = (err: string): string[] => err.split('\n').map((line) => line.trim().split(':')[0] ?? '');

interface Run {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly tasks: readonly { readonly id: string; readonly kind: string }[];
}

const REVIEW = `
id: review
name: Something to decide about
input: { type: object }
phases:
  - id: sign
    steps:
      - id: off
        approval: { subject: '\${ input.what }', from: ['role:manager'], description: Is this right? }
  - id: rest
    needs: [sign]
    steps:
      - id: pause
        wait: { signal: go }
output: { said: '\${ phases.rest.pause.output }' }
`;

describe('decisions and control', () => {
  let manager: { readonly id: string; readonly env: NodeJS.ProcessEnv };
  const start = (input = '{ "what": { "sum": "12.50" } }') =>
    site.json<Run>('run', write('review.yaml', REVIEW), '--input', input);
  const approvalOf = async ({ id }: Run): Promise<string> => {
    const { tasks } = await site.json<Run>('show', id);
    return tasks.find(({ kind }) => kind === 'approval')?.id ?? '';
  };

  before(async () => {
    manager = await site.participant('Mia Manager', '--kind', 'human', '--role', 'manager');
  });

  test('an approval shows its subject, and counts for exactly that', async () => {
    const run = await start();
    const task = await approvalOf(run);
    const wrong = await site.run(['approve', task, '--subject', 'a'.repeat(64)], { env: manager.env });
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /code: approval_stale/);
    const stranger = await site.participant('Sam Stranger', '--kind', 'human', '--role', 'operator');
    const refused = await site.run(['approve', task], { env: stranger.env });
    assert.equal(refused.code, 1);
    assert.deepEqual(parts(refused.err), ['It was not approved.', 'why', 'next', 'code', '']);
    const { code, out, err } = await site.run(['approve', task, '--reason', 'looks right'], {
      env: manager.env,
    });
    assert.equal(code, 0, err);
    assert.match(
      out,
      /Is this right\?[\s\S]*"sum": "12\.50"[\s\S]*Approved\. The approval is approved, the run running/,
    );
    const given = await site.run(['signal', run.id, 'go', '--payload', '"now"']);
    assert.equal(given.code, 0, given.err);
    assert.equal((await site.run(['watch', run.id])).code, 0);
    assert.equal((await site.json<Run>('show', run.id)).status, 'completed');
    const again = await site.run(['approve', task], { env: manager.env });
    assert.equal(again.code, 1);
    assert.match(again.err, new RegExp(`is approved already \\(${manager.id}: approve\\)`));
  });

  test('a reference to what is no JSON, or is not there, is shown as it is, and can be decided on', async () => {
    const client = createClient({ url: site.url, token: site.adminToken });
    const refs = [
      await client.keep(Buffer.from('%PDF-1.7\n\xff', 'latin1'), 'application/pdf'),
      await client.keep(Buffer.from('"\xe4"', 'latin1'), 'application/json'),
      { $artifact: 'a'.repeat(64), bytes: 9 },
    ];
    const run = await start(
      JSON.stringify({ what: { refs, large: await client.keep(Buffer.from('[17]')) } }),
    );
    const task = await approvalOf(run);
    const { approval } = await site.json<{ approval: { subject: string } }>('show', task);
    for (const command of ['show', 'approve']) {
      const { code, out, err } = await site.run([command, task], { env: manager.env });
      assert.equal(code, 0, err);
      for (const { $artifact } of refs) assert.ok(out.includes(`"$artifact": "${$artifact}"`), out);
      assert.match(out, /"large": \[\s+17\s+\]/);
      assert.ok(out.includes(approval.subject));
    }
    await site.json('cancel', run.id);
  });

  test('at a terminal somebody is asked before anything is decided', async () => {
    const run = await start();
    const task = await approvalOf(run);
    for (const [keys, code] of [
      ['n', 1],
      ['\r', 1],
      ['\u0003', 130],
    ] as const) {
      const declined = await site.atTerminal(['approve', task], keys, { env: manager.env });
      assert.equal(declined.code, code);
      assert.match(declined.out, /"sum": "12\.50"[\s\S]*Approve exactly this\?/);
      assert.match(declined.err, /Nothing was decided/);
    }
    const agreed = await site.atTerminal(['approve', task], 'y', { env: manager.env });
    assert.equal(agreed.code, 0, agreed.err);
    assert.match(agreed.out, /Approved\. The approval is approved/);
    await site.json('cancel', run.id);
  });

  test('the start of a run is approved as it is', async () => {
    const run = await start();
    const { env } = manager;
    const whole = await site.run(['approve', run.id, '--subject', 'x'], { env });
    assert.equal(whole.code, 2);
    assert.match(whole.err, /its start is approved as it is/);
    await site.json('cancel', run.id);
  });

  test('a rejection wants a reason, which goes into the record; the run ends, and watching it with 1', async () => {
    const run = await start();
    const task = await approvalOf(run);
    const watching = site.start(['watch', run.id]);
    await watching.until(/asks role:manager/);
    assert.equal((await site.run(['reject', task], { env: manager.env })).code, 2);
    const { code } = await site.run(['reject', task, '--reason', 'too much', '--json'], {
      env: manager.env,
    });
    assert.equal(code, 0);
    const ended = await watching.ended;
    assert.equal(ended.code, 1);
    assert.match(ended.out, /rejected: too much/);
  });

  test('the start of a run can wait for an approval too', async () => {
    const held = await site.json<Run>(
      'run',
      write('review.yaml', REVIEW),
      '--input',
      '{ "what": 1 }',
      '--hold',
    );
    assert.equal(held.status, 'pending_approval');
    const own = await site.run(['approve', held.id]);
    assert.equal(own.code, 1);
    const approver = await site.participant('Ada Approver', '--kind', 'human', '--role', 'administrator');
    assert.equal((await site.run(['approve', held.id], { env: approver.env })).code, 0);
    await site.json('cancel', held.id);
  });

  test('runs are paused, resumed, stopped and cancelled, and refuse what makes no sense', async () => {
    const { id } = await start();
    for (const [command, status] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['stop', 'stopped'],
      ['resume', 'running'],
      ['cancel', 'cancelled'],
    ] as const)
      assert.equal((await site.json<Run>(command, id)).status, status);
    const { code, err } = await site.run(['resume', id]);
    assert.equal(code, 1);
    assert.match(err, /code: run_status/);
  });

  test('a run is resumed with higher limits', async () => {
    const { id } = await start();
    await site.json('pause', id);
    const raised = ['--tasks', '500', '--tokens', '9000', '--concurrency', '12', '--cost', '20 EUR'];
    assert.equal((await site.json<Run>('resume', id, ...raised)).status, 'running');
    const { limits } = await site.json<{ readonly limits: object }>('show', id);
    assert.deepEqual(limits, {
      concurrency: 12,
      tasks: 500,
      tokens: 9000,
      cost: { amount: 20, currency: 'EUR' },
      duration: null,
    });
    assert.doesNotMatch((await site.run(['resume', '--help'])).out, /--reason/);
    await site.json('cancel', id);
  });

  test('watching ends when the user has enough, and the run goes on', async () => {
    const run = await start();
    const watching = site.start(['watch', run.id]);
    await watching.until(/asks role:manager/);
    assert.equal((await watching.stop('SIGINT')).code, 130);
    assert.equal((await site.json<Run>('show', run.id)).status, 'running');
    await site.json('cancel', run.id);
  });

  test('a definition with faults is refused with all of them', async () => {
    const file = write('bad.yaml', 'id: bad\nname: Bad\nphases:\n  - id: a\n    needs: [b]\n    steps: []\n');
    const checked = await site.run(['definitions', 'check', file]);
    assert.equal(checked.code, 1);
    assert.ok(checked.out.split('\n').filter((line) => line.startsWith('error:')).length >= 2);
    const refused = await site.run(['run', file]);
    assert.equal(refused.code, 1);
    assert.ok(refused.err.startsWith(`The run of ${file} was not started.\n`), refused.err);
    assert.match(refused.err, /code: definition_invalid/);
    const unfit = await site.run(['run', write('review.yaml', REVIEW), '--input', '[]']);
    assert.match(unfit.err, /^ +why: The input [^:]* input: [^\n.]*\.\n +next: /m);
    assert.equal((await site.run(['run', path('no-such.yaml')])).code, 1);
    assert.equal((await site.run(['run', 'no-such'])).code, 1);
    assert.match((await site.run(['run', write('latin.yaml', '')])).err, /code: /);
  });

  test('a token can be issued, and made worthless', async () => {
    const { token, secret } = await site.json<{ token: { id: string }; secret: string }>(
      'token',
      'issue',
      manager.id,
      '--label',
      'second',
    );
    const env = { HUMANOS_TOKEN: secret };
    assert.equal((await site.run(['inbox'], { env })).code, 0);
    await site.json('token', 'revoke', token.id);
    const { code, err } = await site.run(['inbox'], { env });
    assert.equal(code, 1);
    assert.match(err, /code: token_invalid/);
  });
});

/** An exported ledger that calls itself a part, with the hash of a leaf in place of the last entry of the run at this line. */
function takenOut(text: string, near: number): string {
  const lines = text.split('\n');
  const { run } = entryOf(lines[near] ?? '');
  const at = lines.findLastIndex((line) => line.startsWith('{"entry"') && entryOf(line).run === run);
  const [, hash = '', index = ''] = /"hash":"([0-9a-f]{64})","index":(\d+)\}$/.exec(lines[at] ?? '') ?? [];
  const leaf = toHex(leafHash(fromHex(hash)!, sha256));
  return lines
    .with(at, `{"hash":"${leaf}","index":${index},"leaves":1}`)
    .with(0, (lines[0] ?? '').replace(',"verifierKey"', ',"part":"archive","verifierKey"'))
    .join('\n');
}
const entryOf = (line: string) => (JSON.parse(line) as { readonly entry: { readonly run: string } }).entry;

describe('the ledger', () => {
  test('is verified from the database, while the server works on it', async () => {
    const report = await site.json<{ verified: boolean; entries: number }>('ledger', 'verify');
    assert.equal(report.verified, true);
    assert.ok(report.entries > 10);
  });

  test('is verified from an exported file, against a checkpoint and a key that were kept', async () => {
    const note = path('note.txt');
    const { verifierKey, size } = await site.json<{ verifierKey: string; size: number }>(
      'ledger',
      'checkpoint',
      '--out',
      note,
    );
    const key = write('key.txt', `${verifierKey}\n`);
    const file = path('ledger.ndjson');
    await site.json('ledger', 'export', '--out', file);
    const anchored = ['--checkpoint', note, '--key', key];
    const nobody = {
      env: { HUMANOS_URL: 'http://127.0.0.1:1', HUMANOS_TOKEN: undefined, HUMANOS_DATABASE_URL: undefined },
    };
    const verify = (...args: string[]) => site.run(['ledger', 'verify', ...args, '--json'], nobody);

    const good = await site.start(['ledger', 'verify', '--file', file, ...anchored, '--json'], nobody).ended;
    assert.equal(good.code, 0, good.out);
    assert.equal((JSON.parse(good.out) as { checkpoint: { size: number } }).checkpoint.size, size);

    const text = readFileSync(file, 'utf8');
    const lines = text.split('\n');
    const tampered = {
      altered: text.replace('looks right', 'looks wrong'),
      removed: lines.toSpliced(7, 1).join('\n'),
      truncated: lines.slice(0, 12).join('\n'),
      swapped: lines
        .with(5, lines[6] ?? '')
        .with(6, lines[5] ?? '')
        .join('\n'),
    };
    for (const [how, changed] of Object.entries(tampered)) {
      assert.notEqual(changed, text, how);
      assert.equal((await verify('--file', write('tampered.ndjson', changed), ...anchored)).code, 1, how);
    }
    const less = write('part.ndjson', takenOut(text, 7));
    const taken = await site.run(['ledger', 'verify', '--file', less, ...anchored], nobody);
    assert.equal(taken.code, 0, taken.out);
    assert.match(
      taken.out,
      /^What is in this part is as it was written; 1 position of the ledger is not in it\.$/m,
    );
    const { part, absent } = JSON.parse((await verify('--file', less)).out) as Record<string, unknown>;
    assert.deepEqual([part, absent], [true, 1]);

    const foreign = ['--file', file, '--checkpoint', note, '--key', OTHERS_KEY];
    const apart = await site.run(['ledger', 'verify', ...foreign], nobody);
    assert.equal(apart.code, 1);
    assert.match(
      apart.out,
      /^It could not be compared with the checkpoint\. Nothing wrong was found in the entries that were looked at\.$/m,
    );
    assert.match(apart.out, /^ +key_unknown: /m);
    const both = ['--file', path('tampered.ndjson'), ...foreign.slice(2)];
    assert.match(
      (await site.run(['ledger', 'verify', ...both], nobody)).out,
      /^The ledger is not as it was written\.$/m,
    );
    assert.equal((await verify('--file', path('no-such.ndjson'))).code, 1);
    assert.equal((await site.run(['ledger', 'verify', '--file', file, '--database', site.database])).code, 2);
  });

  test('shows in the database too that something was changed', async () => {
    const note = path('before.txt');
    const { verifierKey } = await site.json<{ verifierKey: string }>('ledger', 'checkpoint', '--out', note);
    await site.stop();
    const file = site.database.slice('sqlite:'.length);
    const bytes = readFileSync(file);
    const places = [...bytes.toString('latin1').matchAll(/looks right/g)];
    assert.ok(places.length > 0);
    for (const { index } of places) bytes.write('looks wrong', index);
    writeFileSync(file, bytes);
    const { code, out } = await site.run(['ledger', 'verify', '--checkpoint', note, '--key', verifierKey]);
    assert.equal(code, 1);
    assert.match(out, /not as it was written[\s\S]*entry_altered/);
  });
});
