import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createClient, type Client } from '../../src/client/index.ts';
import { ROOT } from '../e2e/cli-kit.ts';
import { NodeProcess } from '../nodes-kit/index.ts';
import { findDebian } from '../postgres/debian.ts';
import { PostgresServer, type User } from '../postgres/index.ts';
import { block } from '../postgres/guide.ts';

interface Shell {
  readonly env: NodeJS.ProcessEnv;
  readonly user?: User | null;
}
interface Told {
  readonly code: number | null;
  readonly said: string;
}

function run(name: string, { env, user }: Shell): Told {
  const { status, stdout, stderr, error } = spawnSync('sh', ['-e', '-c', block(name)], {
    cwd: '/',
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: '1', ...env },
    ...user,
  });
  return { code: status, said: `${stdout}${stderr}${error?.message ?? ''}` };
}

function must(name: string, shell: Shell): void {
  const { code, said } = run(name, shell);
  assert.equal(code, 0, said);
}

/** A folder with a `humanos` in it, as an installation has. */
function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-restore-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const program = join(folder, 'humanos');
  const start = `exec "${process.execPath}" --conditions=source "${join(ROOT, 'src/main/humanos.ts')}" "$@"`;
  writeFileSync(program, `#!/bin/sh\n${start}\n`, { mode: 0o755 });
  return folder;
}
const pathWith = (...folders: readonly string[]): string => [...folders, process.env['PATH']].join(':');

const DOCUMENT = {
  id: 'one',
  phases: [{ id: 'p', steps: [{ id: 'a', task: { requires: ['work'], by: 'agent' } }] }],
};

/** Work on a server, before and after the moment that is gone back to. */
class Office {
  readonly admin: Client;
  readonly token: string;
  readonly agentToken: string;

  private constructor(admin: Client, token: string, agentToken: string) {
    this.admin = admin;
    this.token = token;
    this.agentToken = agentToken;
  }

  static async open({ url, adminToken }: NodeProcess): Promise<Office> {
    const token = adminToken ?? '';
    const admin = createClient({ url, token });
    await admin.workflow.saveDefinition({ document: DOCUMENT });
    const owner = 'passport_human_admin';
    const capabilities = ['work'];
    const { id } = await admin.participant.register({ kind: 'agent', name: 'A', owner, capabilities });
    return new Office(admin, token, (await admin.token.issue({ passport: id })).secret ?? '');
  }

  async start(): Promise<string> {
    return (await this.admin.workflow.start({ definition: 'one' })).id;
  }

  /** Somebody works on what waits. */
  async work(url: string): Promise<void> {
    const agent = createClient({ url, token: this.agentToken });
    const { task } = await agent.task.claimNext({ waitSeconds: 20 });
    assert.ok(task);
    await agent.task.complete({ id: task.id, token: task.token, output: 1 });
  }
}

/** What is missing shows against the newer checkpoint alone; a server goes on with what there was. */
async function requireGoneBack(
  t: TestContext,
  { databaseUrl, path, office, early, late, run: id }: Restored,
): Promise<void> {
  const verify = (checkpoint: string): Told =>
    run('sh verify', { env: { PATH: path, DATABASE: databaseUrl, CHECKPOINT: checkpoint } });
  const [whole, gone] = [verify(early), verify(late)];
  assert.equal(whole.code, 0, whole.said);
  assert.equal(gone.code, 1, gone.said);
  const [, before = '', promised = '', missing = ''] =
    /log_truncated \(entry \d+\): The log has (\d+) entries, but .* is over (\d+): the last (\d+) were removed/.exec(
      gone.said,
    ) ?? [];
  const sizes = [early, late].map((note) => Number(readFileSync(note, 'utf8').split('\n')[1]));
  assert.ok(sizes[0]! <= Number(before) && Number(before) < sizes[1]!, gone.said);
  assert.deepEqual([Number(promised), Number(missing)], [sizes[1], sizes[1]! - Number(before)], gone.said);
  const node = await NodeProcess.start({ databaseUrl });
  t.after(() => node.stop('SIGKILL'));
  const admin = createClient({ url: node.url, token: office.token });
  assert.deepEqual(
    (await admin.workflow.listRuns()).rows.map((row) => [row.id, row.status]),
    [[id, 'running']],
    'it is as it was at that moment',
  );
  await office.work(node.url);
  assert.equal((await admin.workflow.getRun({ id })).status, 'completed');
  assert.equal(verify(early).code, 0);
  assert.equal((await node.stop())?.code, 0);
}

interface Restored {
  readonly databaseUrl: string;
  readonly path: string;
  readonly office: Office;
  readonly early: string;
  readonly late: string;
  readonly run: string;
}

/** Keeps a checkpoint under a name; where it is. */
const keeping =
  ({ url }: NodeProcess, { token }: Office, path: string) =>
  (CHECKPOINT: string): string => {
    must('sh keep', { env: { PATH: path, HUMANOS_URL: url, HUMANOS_TOKEN: token, CHECKPOINT } });
    return CHECKPOINT;
  };

const debian = findDebian();

test(
  'PostgreSQL is restored to a moment, and the ledger says what is missing since',
  { skip: 'reason' in debian ? debian.reason : false, timeout: 300_000 },
  async (t) => {
    assert.ok('program' in debian);
    const { program } = debian;
    const { user } = program;
    const folder = newFolder(t);
    const path = pathWith(folder, dirname(program.pgBasebackup));
    const ARCHIVE = join(folder, 'archive');
    mkdirSync(ARCHIVE);
    const backups = join(folder, 'backups');
    mkdirSync(backups);
    if (user) for (const one of [ARCHIVE, backups]) chownSync(one, user.uid, user.gid);
    const primary = await PostgresServer.create({ program, settings: archivingTo(ARCHIVE) });
    t.after(() => primary.remove());
    const node = await NodeProcess.start({ databaseUrl: await primary.newDatabase('humanos_test') });
    t.after(() => node.stop('SIGKILL'));
    const office = await Office.open(node);
    const BACKUP = join(backups, 'base');
    must('sh base-backup', { user, env: { PATH: path, PRIMARY: primary.administratorUrl, BACKUP } });

    const kept = await office.start();
    const keep = keeping(node, office, path);
    const early = keep(join(folder, 'early'));
    const MOMENT = String((await primary.query('SELECT clock_timestamp()::text AS now'))[0]?.['now']);
    await office.work(node.url);
    await office.start();
    const late = keep(join(folder, 'late'));
    await archived(primary);
    await primary.stop('SIGKILL');
    await node.stop('SIGKILL');

    const restored = await PostgresServer.create({
      program,
      fill: (RESTORED) => must('sh restore', { user, env: { BACKUP, RESTORED, ARCHIVE, MOMENT } }),
    });
    t.after(() => restored.remove());
    while ((await restored.query('SELECT pg_is_in_recovery() AS still'))[0]?.['still'] === true);
    const databaseUrl = restored.url('humanos_test');
    await requireGoneBack(t, { databaseUrl, path, office, early, late, run: kept });
  },
);

function archivingTo(archive: string): Record<string, string> {
  const lines = block('conf archive').replaceAll('$ARCHIVE', archive).trim().split('\n');
  const pairs = lines.map((line) => line.split(' = '));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value.replace(/^'|'$/g, '')]));
}

/** Resolves when all that has been committed is in the archive. */
async function archived(server: PostgresServer): Promise<void> {
  const [log] = await server.query('SELECT pg_walfile_name(pg_switch_wal()) AS name');
  const isDone = `SELECT last_archived_wal >= '${String(log?.['name'])}' AS done FROM pg_stat_archiver`;
  while ((await server.query(isDone))[0]?.['done'] !== true);
}

const withoutSqlite =
  spawnSync('sqlite3', ['--version']).status === 0 || process.env['CI'] !== undefined
    ? false
    : 'SQLite’s command line is not installed (apt-get install sqlite3)';

test(
  'a SQLite database is restored from a copy, and the ledger says what is missing since',
  { skip: withoutSqlite, timeout: 120_000 },
  async (t) => {
    const folder = newFolder(t);
    const path = pathWith(folder);
    const [FILE, BACKUP] = [join(folder, 'humanos.db'), join(folder, 'backup.db')];
    const databaseUrl = `sqlite:${FILE}`;
    const node = await NodeProcess.start({ databaseUrl });
    t.after(() => node.stop('SIGKILL'));
    const office = await Office.open(node);
    const kept = await office.start();
    const keep = keeping(node, office, path);
    const early = keep(join(folder, 'early'));
    must('sh sqlite-backup', { env: { PATH: path, FILE, BACKUP } });
    await office.work(node.url);
    await office.start();
    const late = keep(join(folder, 'late'));
    await node.stop('SIGKILL');
    must('sh sqlite-restore', { env: { FILE, BACKUP } });
    await requireGoneBack(t, { databaseUrl, path, office, early, late, run: kept });
  },
);
