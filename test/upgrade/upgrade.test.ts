import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MIGRATIONS } from '../../src/store/postgres/migrations/index.ts';
import { NodeProcess } from '../nodes-kit/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { humanos } from '../serving/command.ts';
import { Workload } from '../serving/workload.ts';
import { commitBefore, laterRelease, releaseOf, tableNames, type Release } from './releases.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 300_000 };

/** Servers of several releases on one database, under work. */
class Upgrade {
  readonly databaseUrl: string;
  readonly nodes = new Set<NodeProcess>();
  workload!: Workload;
  readonly #folder = mkdtempSync(join(tmpdir(), 'humanos-upgrade-'));
  readonly #checkpoint = join(this.#folder, 'checkpoint');

  constructor(databaseUrl: string, t: TestContext) {
    this.databaseUrl = databaseUrl;
    t.after(async () => {
      for (const node of this.nodes) await node.stop('SIGKILL');
      rmSync(this.#folder, { recursive: true });
    });
  }

  /** The first is asked to make the database. */
  static async open(t: TestContext, release?: Release): Promise<Upgrade> {
    const upgrade = new Upgrade(await serverOf(postgres).newDatabase(), t);
    const first = await upgrade.join(release);
    upgrade.workload = new Workload(
      () => [...upgrade.nodes].filter(({ isUp }) => isUp).map(({ url }) => url),
      first.adminToken ?? undefined,
    );
    await upgrade.workload.start();
    return upgrade;
  }

  async join(release?: Release): Promise<NodeProcess> {
    const { databaseUrl } = this;
    const node = await NodeProcess.start({ databaseUrl, ...(release && { program: release.program }) });
    this.nodes.add(node);
    return node;
  }

  async leave(node: NodeProcess): Promise<void> {
    this.nodes.delete(node);
    const ended = await node.stop();
    assert.equal(ended?.code, 0, ended?.err);
  }

  async keepCheckpoint(): Promise<void> {
    writeFileSync(this.#checkpoint, (await this.workload.admin.ledger.checkpoint()).note);
  }

  /** What was acknowledged is there, the record is whole, and nothing failed in the background of anybody. */
  async settle(...releases: readonly (Release | undefined)[]): Promise<void> {
    await this.workload.settle();
    for (const release of releases) {
      const verify = ['ledger', 'verify', '--database', this.databaseUrl, '--checkpoint', this.#checkpoint];
      const { code, out, err } = await humanos(verify, { ...(release && { program: release.program }) });
      assert.equal(code, 0, out + err);
    }
    for (const node of [...this.nodes]) {
      this.nodes.delete(node);
      const ended = await node.stop();
      assert.deepEqual([ended?.code, ended?.err], [0, '']);
    }
  }
}

const before = commitBefore();

test(
  'the program before its last change and this one serve one database at once',
  { ...needed, skip: 'reason' in before ? before.reason : needed.skip },
  async (t) => {
    assert.ok('commit' in before);
    t.diagnostic(`beside ${before.commit}`);
    const old = releaseOf(before.commit);
    t.after(old.remove);
    const upgrade = await Upgrade.open(t, old);
    const [first] = upgrade.nodes;
    await upgrade.workload.until(10);
    await upgrade.keepCheckpoint();
    await Promise.all([upgrade.join(), upgrade.join()]);
    await upgrade.workload.until(30);
    await upgrade.leave(first!);
    await upgrade.workload.until(10);
    await upgrade.join(old);
    await upgrade.workload.until(30);
    await upgrade.settle(undefined, old);
  },
);

const KNOWN = MIGRATIONS.length;
/** In every table, so that no statement of this release may depend on there being no further column. */
const EXPAND = [
  ...tableNames().map(
    (name) => `ALTER TABLE ${name} ADD COLUMN later text, ADD COLUMN later_count bigint NOT NULL DEFAULT 0;`,
  ),
  'CREATE TABLE later (id bigint PRIMARY KEY, body text);',
].join('\n');
const CONTRACT = tableNames()
  .map((name) => `ALTER TABLE ${name} DROP COLUMN later;`)
  .join('\n');

test(
  'a later release expands the schema while this one works, and this one may come back after it',
  needed,
  async (t) => {
    const later = laterRelease([{ sql: EXPAND }]);
    t.after(later.remove);
    const upgrade = await Upgrade.open(t);
    const [first] = upgrade.nodes;
    const second = await upgrade.join();
    await upgrade.workload.until(10);
    await upgrade.keepCheckpoint();
    await Promise.all([upgrade.join(later), upgrade.join(later), upgrade.join(later)]);
    const [schema] = await serverOf(postgres).query(
      'SELECT version FROM humanos_schema',
      upgrade.databaseUrl,
    );
    assert.deepEqual(schema, { version: KNOWN + 1 }, 'it was migrated once');
    await upgrade.workload.until(30);
    await upgrade.leave(first!);
    await upgrade.leave(second);
    await upgrade.workload.until(10);
    await upgrade.join();
    await upgrade.workload.until(30);
    await upgrade.settle(undefined, later);
  },
);

test(
  'a release that the schema declares too old is told so, and those that are not go on',
  needed,
  async (t) => {
    const later = laterRelease([{ sql: EXPAND }]);
    const latest = laterRelease([{ sql: EXPAND }, { sql: CONTRACT, least: KNOWN + 1 }]);
    t.after(() => [later, latest].forEach(({ remove }) => remove()));
    const upgrade = await Upgrade.open(t, later);
    await upgrade.workload.until(10);
    await upgrade.keepCheckpoint();
    await Promise.all([upgrade.join(latest), upgrade.join(latest)]);
    await upgrade.workload.until(10);
    await upgrade.join(later);
    const { databaseUrl } = upgrade;
    const { code, err } = await humanos(['serve', '--port', '0', '--database', databaseUrl]);
    assert.equal(code, 1);
    assert.match(err, /database_too_new/);
    await upgrade.settle(later, latest);
  },
);
