import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeProcess } from '../nodes-kit/index.ts';
import { findDebian, runTool } from '../postgres/debian.ts';
import { PostgresServer } from '../postgres/index.ts';
import { humanos } from '../serving/command.ts';
import { Workload } from '../serving/workload.ts';

const debian = findDebian();
const STANDBY = 'standby1';
/** As an operator sets them: everything that is acknowledged is on disk, and with a standby on two. */
const SAFE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

test(
  'the primary dies, its synchronous standby takes over, and nothing that was acknowledged is lost',
  { skip: 'reason' in debian ? debian.reason : false, timeout: 300_000 },
  async (t) => {
    assert.ok('program' in debian);
    const { program } = debian;
    const primary = await PostgresServer.create({ program, settings: SAFE });
    t.after(() => primary.remove());
    await primary.newDatabase('humanos_test');
    const standby = await PostgresServer.create({
      program,
      settings: SAFE,
      fill: (data) =>
        runTool(program, program.pgBasebackup, [
          ...['-d', `${primary.administratorUrl}?application_name=${STANDBY}`],
          ...['-D', data, '--write-recovery-conf', '--checkpoint=fast'],
        ]),
    });
    t.after(() => standby.remove());
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${STANDBY}'`);
    await primary.query('SELECT pg_reload_conf()');
    while ((await syncState(primary)) !== 'sync');

    const hosts = [primary, standby].map(({ port }) => `127.0.0.1:${port}`).join(',');
    const databaseUrl = `postgres://humanos@${hosts}/humanos_test?target_session_attrs=read-write`;
    const first = await NodeProcess.start({ databaseUrl });
    const nodes = [first, await NodeProcess.start({ databaseUrl })];
    t.after(() => Promise.all(nodes.map((node) => node.stop('SIGKILL'))));
    const workload = new Workload(() => nodes.map(({ url }) => url), first.adminToken ?? undefined);
    await workload.start();
    await workload.until(20);
    const folder = mkdtempSync(join(tmpdir(), 'humanos-standby-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const checkpoint = join(folder, 'checkpoint');
    writeFileSync(checkpoint, (await workload.admin.ledger.checkpoint()).note);
    await workload.until(10);

    await primary.stop('SIGKILL');
    const died = performance.now();
    await standby.query('SELECT pg_promote()');
    await workload.until(10);
    t.diagnostic(`work went on ${Math.round(performance.now() - died)} ms after the primary had died`);
    await workload.until(20);
    await workload.settle();
    const verify = ['ledger', 'verify', '--database', databaseUrl, '--checkpoint', checkpoint];
    const { code, out, err } = await humanos(verify);
    assert.equal(code, 0, out + err);
  },
);

const syncState = async (primary: PostgresServer): Promise<unknown> =>
  (
    await primary.query(`SELECT sync_state FROM pg_stat_replication WHERE application_name = '${STANDBY}'`)
  )[0]?.['sync_state'];
