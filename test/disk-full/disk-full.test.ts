import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createClient, ProblemError } from '../../src/client/index.ts';
import { NodeProcess } from '../nodes-kit/index.ts';
import { PostgresServer } from '../postgres/index.ts';
import { humanos } from '../serving/command.ts';
import { Workload } from '../serving/workload.ts';
import { SmallDisk } from './small-disk.ts';

function diskOf(t: TestContext, megabytes: number): SmallDisk | null {
  const disk = SmallDisk.mount(megabytes);
  if ('reason' in disk) t.skip(disk.reason);
  else {
    t.after(() => disk.unmount());
    return disk;
  }
  return null;
}

/** What a server says to whoever wants to write while there is no room: asked until it can do nothing any more, and says why. */
async function refusal(url: string, token: string, isUp: () => boolean): Promise<ProblemError> {
  const admin = createClient({ url, token, retries: 0 });
  for (;;) {
    try {
      const content = new Uint8Array(20_000).map(() => Math.random() * 256);
      await admin.keep(content);
    } catch (fault) {
      assert.ok(fault instanceof ProblemError, String(fault));
      if (fault.code === 'storage_full' || !isUp()) return fault;
    }
  }
}

interface Bed {
  readonly databaseUrl: string;
  readonly nodes: readonly NodeProcess[];
  /** Whether there is a database to be asked. */
  isUp(): boolean;
  /** Takes all room, and gives it back. */
  fill(): void;
  makeRoom(): Promise<void>;
}

async function endure(t: TestContext, { databaseUrl, nodes, isUp, fill, makeRoom }: Bed): Promise<void> {
  const token = nodes[0]?.adminToken ?? '';
  const workload = new Workload(() => nodes.map(({ url }) => url), token);
  await workload.start();
  await workload.until(10);
  const folder = mkdtempSync(join(tmpdir(), 'humanos-full-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const checkpoint = join(folder, 'checkpoint');
  writeFileSync(checkpoint, (await workload.admin.ledger.checkpoint()).note);

  fill();
  for (const { url } of nodes) {
    const { status, code } = await refusal(url, token, isUp);
    t.diagnostic(`${status} ${code}`);
    assert.equal(status, 503);
    assert.match(code, /^storage_/);
    assert.equal((await fetch(`${url}/healthz`)).status, 200, 'the process is well');
  }
  await makeRoom();
  await workload.until(20);
  await workload.settle();
  const verify = ['ledger', 'verify', '--database', databaseUrl, '--checkpoint', checkpoint];
  const { code, out, err } = await humanos(verify);
  assert.equal(code, 0, out + err);
  for (const node of nodes) assert.equal((await node.stop())?.code, 0);
}

test(
  'the disk of PostgreSQL is full: servers say so, and go on by themselves when there is room',
  { timeout: 300_000 },
  async (t) => {
    const disk = diskOf(t, 160);
    if (!disk) return;
    const settings = { fsync: 'on', full_page_writes: 'on', min_wal_size: '32MB', max_wal_size: '32MB' };
    const server = await PostgresServer.create({ parent: disk.folder, settings });
    t.after(() => server.remove());
    const databaseUrl = await server.newDatabase();
    const first = await NodeProcess.start({ databaseUrl });
    const nodes = [first, await NodeProcess.start({ databaseUrl })];
    t.after(() => Promise.all(nodes.map((node) => node.stop('SIGKILL'))));
    const makeRoom = async (): Promise<void> => {
      disk.makeRoom();
      // Without room for its log it ends itself; who keeps it running starts it again.
      if (!server.isUp) await server.start();
    };
    await endure(t, { databaseUrl, nodes, isUp: () => server.isUp, fill: () => disk.fill(), makeRoom });
  },
);

test(
  'the disk of a SQLite file is full: the server says so, and goes on by itself when there is room',
  { timeout: 300_000 },
  async (t) => {
    const disk = diskOf(t, 24);
    if (!disk) return;
    const databaseUrl = `sqlite:${join(disk.folder, 'humanos.db')}`;
    const node = await NodeProcess.start({ databaseUrl });
    t.after(() => node.stop('SIGKILL'));
    const makeRoom = (): Promise<void> => Promise.resolve(disk.makeRoom());
    await endure(t, { databaseUrl, nodes: [node], isUp: () => true, fill: () => disk.fill(), makeRoom });
  },
);
