import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createClient, type Client } from '../../src/client/index.ts';
import type { JsonObject } from '../../src/definition/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { MANAGER, median, now, prepare, start as startRun, type Bed } from '../bed.ts';
import type { Report } from '../report.ts';
import { BUILT, Server, SOURCE } from '../server.ts';

const RUNS = 10_000;
const AT_ONCE = 100;
const ROUNDS = 15;

const approval: JsonObject = {
  id: 'approval',
  name: 'A run that waits for a human',
  phases: [
    { id: 'p', steps: [{ id: 'approve', approval: { subject: '${ input }', from: 'role:manager' } }] },
  ],
};

interface Approval {
  readonly id: string;
  readonly subject: string;
}
interface Waiting {
  readonly databaseUrl: string;
  readonly token: string;
  readonly approvals: Approval[];
}
interface Way {
  readonly name: string;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * From the start of `humanos serve`, after kill -9 and among 10,000 runs that wait for a human, until a decision was honoured. Rounds go
 * round the ways to start it, so that what changes on the machine meanwhile meets all; `programs` are others to stand beside, such as
 * those of an earlier release.
 */
export async function start(report: Report, programs: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-start-'));
  try {
    const waiting = await park(`sqlite:${join(folder, 'humanos.sqlite')}`);
    const ways = waysOf(folder, programs);
    const took = new Map(ways.map(({ name }) => [name, [] as number[]]));
    const bare: number[] = [];
    // The round before the first fills what is kept from one start to the next.
    for (let round = -1; round < ROUNDS; round += 1) {
      if (round >= 0) bare.push(await bareStart());
      for (const way of ways) {
        const ms = await decideAfter(way, waiting);
        if (round >= 0) took.get(way.name)?.push(ms);
      }
    }
    const least = median(bare);
    report('start: Node alone', least, 'ms');
    for (const [name, times] of took) {
      report(`start: ${name}, to a decision honoured`, median(times), 'ms');
      report(`start: ${name}, beside Node alone`, median(times) / least, 'times');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function waysOf(folder: string, programs: readonly string[]): Way[] {
  const keeping = { ...process.env, NODE_ENV: 'production', NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const fresh = { ...process.env, NODE_ENV: 'production', NODE_DISABLE_COMPILE_CACHE: '1' };
  return [
    ...(existsSync(BUILT)
      ? [
          { name: 'as it is published', program: BUILT, env: keeping },
          { name: 'as it is published, nothing kept of what was compiled', program: BUILT, env: fresh },
        ]
      : []),
    { name: 'from the sources', program: SOURCE, env: keeping },
    ...programs.map((program) => ({ name: nameOf(program), program, env: fresh })),
  ];
}

const nameOf = (program: string): string => (basename(program) === 'humanos.js' ? dirname(program) : program);

/** Runs that wait, as a server on this database has left them. */
async function park(databaseUrl: string): Promise<Waiting> {
  const server = await openServer({ databaseUrl, port: 0 });
  const { runtime } = server;
  const bed = { runtime } as Bed;
  await prepare(bed, approval);
  const runs: string[] = [];
  const lane = async (): Promise<void> => {
    while (runs.length < RUNS) runs.push(await startRun(bed, 'approval', { amount: 1 }));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const approvals: Approval[] = [];
  for (const run of runs.slice(0, 1000)) {
    const task = Object.values((await runtime.runs.state(run))?.state.tasks ?? {})[0];
    if (!task?.approval) throw new Error('a run has lost its approval');
    approvals.push({ id: task.id, subject: task.approval.subject });
  }
  const admin = clientOf(server.url, server.adminToken ?? '');
  const { secret } = await admin.token.issue({ passport: MANAGER.id });
  await server.stop();
  return { databaseUrl, token: secret ?? '', approvals };
}

const clientOf = (url: string, token: string): Client => createClient({ url, token });

async function decideAfter(
  { program, env }: Way,
  { databaseUrl, token, approvals }: Waiting,
): Promise<number> {
  const next = approvals.pop();
  if (!next) throw new Error('nothing is left to be decided');
  const began = now();
  const server = await Server.start(databaseUrl, { program, env });
  await clientOf(server.url, token).task.decide({ ...next, outcome: 'approve' });
  const took = now() - began;
  await server.end('SIGKILL');
  return took;
}

/** The least that a process of Node takes, on this machine and now. */
async function bareStart(): Promise<number> {
  const began = now();
  await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'exit');
  return now() - began;
}
