import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createClient } from '../../src/client/index.ts';
import { Proxy, serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { Site } from './cli-kit.ts';

/** A server is killed, everything moves from its file to PostgreSQL, and a server there goes on with all of it. */

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 180_000 };
const site = new Site();
after(() => site.close());

interface Run {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly tasks: readonly { readonly id: string; readonly kind: string }[];
}
interface Verified {
  readonly verified: boolean;
  readonly entries: number;
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: string };
}

const start = (id: string, step: object): Promise<Run> => {
  const file = join(site.folder, `${id}.json`);
  const output = { said: `\${ phases.first.${id}.output }` };
  writeFileSync(file, JSON.stringify({ id, phases: [{ id: 'first', steps: [{ id, ...step }] }], output }));
  return site.json<Run>('run', file);
};

test(
  'running runs go on where everything has been moved to, and the ledger is the same',
  needed,
  async () => {
    const to = await serverOf(postgres).newSchema();
    const there = { HUMANOS_DATABASE_URL: to };
    const note = join(site.folder, 'checkpoint.txt');
    await site.serve();
    const manager = await site.participant('Mia Manager', '--kind', 'human', '--role', 'manager');
    const agent = await site.participant(
      'Sorter',
      '--kind',
      'agent',
      '--owner',
      manager.id,
      '--capability',
      'sorting',
    );
    const agentToken = agent.env['HUMANOS_TOKEN'] ?? '';
    const worked = await start('work', { task: { requires: ['sorting'], by: 'agent', input: { n: 7 } } });
    const asked = await start('ask', { approval: { subject: { sum: '12.50' }, from: ['role:manager'] } });
    const waited = await start('rest', { wait: { for: '10s' } });
    const before = createClient({ url: site.url, token: agentToken });
    const { task: held } = await before.task.claimNext({ leaseSeconds: 600, waitSeconds: 20 });
    assert.ok(held);
    const signed = await site.json<{ verifierKey: string }>('ledger', 'checkpoint', '--out', note);
    const refused = await site.run(['migrate', '--from', site.database, '--to', to]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /code: database_in_use/);
    for (const { id } of [worked, asked, waited])
      assert.equal((await site.json<Run>('show', id)).status, 'running');
    await site.stop('SIGKILL');

    const moved = await site.run(['migrate', '--from', site.database, '--to', to]);
    assert.equal(moved.code, 0, moved.err);
    assert.match(moved.err, /^entries: (\d+) of \1$/m);
    assert.match(moved.out, /Everything is in postgres:\/\//);
    const [old, fresh] = [
      await site.json<Verified>('ledger', 'verify', '--checkpoint', note),
      await site.json<Verified>('ledger', 'verify', '--database', to, '--checkpoint', note),
    ];
    assert.deepEqual(fresh, old);
    assert.ok(fresh.verified && fresh.checkpoint.size > 0);

    await site.serve(there);
    const [task = assert.fail('there is no approval')] = (await site.json<Run>('show', asked.id)).tasks;
    const approved = await site.run(['approve', task.id], { env: manager.env });
    assert.equal(approved.code, 0, approved.err);
    const agentThere = createClient({ url: site.url, token: agentToken });
    await agentThere.task.complete({ id: held.id, token: held.token, output: { sorted: 7 } });
    for (const { id } of [worked, asked, waited]) assert.equal((await site.run(['watch', id])).code, 0, id);
    assert.deepEqual((await site.json<Run>('show', worked.id)).output, { said: { sorted: 7 } });
    const signedThere = await site.json<{ verifierKey: string }>('ledger', 'checkpoint');
    assert.equal(signedThere.verifierKey, signed.verifierKey);
    await site.stop();
    const proof = ['--checkpoint', note, '--key', signed.verifierKey];
    const verified = await site.json<Verified>('ledger', 'verify', '--database', to, ...proof);
    assert.ok(verified.verified && verified.entries > old.entries);
    assert.equal(verified.checkpoint.origin, old.checkpoint.origin);

    const again = await site.run(['migrate', '--from', site.database], { env: there });
    assert.match(again.out, /already, from a move before/);
    const outdated = await site.run(['serve', '--port', '0']);
    assert.equal(outdated.code, 1);
    assert.match(outdated.err, /code: database_moved/);
  },
);

test('a move that is interrupted or killed says what to do, and is started again', needed, async (t) => {
  const own = new Site();
  t.after(() => own.close());
  await own.serve();
  await own.stop();
  const url = await serverOf(postgres).newSchema();
  const proxy = await Proxy.to(serverOf(postgres).port);
  t.after(() => proxy.close());
  const move = ['migrate', '--from', own.database, '--to', proxy.url(url)];
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    proxy.holdAnswersTo('INSERT INTO streams');
    const running = own.start(move);
    await running.until(/^documents: \d+ of \d+$/m);
    running.child.kill(signal);
    proxy.delay(300);
    proxy.releaseAnswers();
    const { code, out } = await running.ended;
    assert.equal(code, signal === 'SIGINT' ? 130 : null);
    assert.match(
      out,
      signal === 'SIGINT' ? /nothing has been moved[\s\S]*start the same command again/ : /^$/,
    );
    proxy.delay(0);
  }
  const moved = await own.atTerminal(move, '');
  assert.equal(moved.code, 0, moved.err);
  assert.match(moved.out, /entries: (\d+) of \1\n[\s\S]*Everything is in/);
});

test('what cannot be moved is said', needed, async () => {
  const cases: [string[], number, RegExp][] = [
    [['--from', 'sqlite:nowhere.db', '--to', 'postgres://nobody@127.0.0.1:1/x'], 1, /database_unavailable/],
    [['--from', 'postgres://h/d', '--to', 'postgres://h/e'], 2, /move_unsupported/],
    [['--from', site.database, '--to', 'sqlite:other.db'], 2, /move_unsupported/],
    [['--to', 'postgres://h/d'], 2, /usage/],
    [['--from', site.database, '--check'], 2, /usage/],
  ];
  for (const [args, code, said] of cases) {
    const ended = await site.run(['migrate', ...args]);
    assert.equal(ended.code, code, args.join(' '));
    assert.match(ended.err, said);
  }
});
