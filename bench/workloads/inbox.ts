import type { JsonObject } from '../../src/definition/index.ts';
import { newId, newKeyPair, newSecret, Operations, type Outcome } from '../../src/operations/index.ts';
import type { InputOf, OutputOf } from '../../src/operations/schema/index.ts';
import { sha256 } from '../../src/main/sha256.ts';
import { verifySignature } from '../../src/main/ed25519.ts';
import { attribute, systemClock } from '../../src/runtime/index.ts';
import { openPostgres } from '../../src/store/postgres/index.ts';
import { PostgresServer } from '../../test/postgres/index.ts';
import { discard, now, openBed, passport, prepare, start, type Bed } from '../bed.ts';
import type { Report } from '../report.ts';

const TEAMS = 100;
const TASKS_A_RUN = 100;
const READS = 1000;

const work: JsonObject = {
  id: 'inbox',
  name: 'Work for the people of many teams',
  limits: { concurrency: 1000, tasks: 1_000_000 },
  phases: [
    {
      id: 'p',
      steps: [
        {
          id: 'do',
          forEach: '${ input.teams }',
          task: { by: 'human', from: ['${ item }'], input: { what: 'something to look at' } },
        },
      ],
    },
  ],
};

/** Somebody's pages among many tasks that wait for people: the time of each of many reads. */
export const inbox = async (report: Report, tasks = 100_000): Promise<void> => {
  await inboxOn('sqlite', await openBed(), report, tasks);
  const { server, why } = await postgres();
  if (!server) return report(`inbox on postgres: ${why}`, 0, 'reads');
  const url = await server.newSchema();
  await inboxOn('postgres', await openBed(undefined, () => openPostgres(url)), report, tasks);
  await server.stop();
};

/** A server of its own, flushing each commit as it would in production. */
const postgres = async () => {
  try {
    return { server: await PostgresServer.create({ settings: { fsync: 'on' } }), why: '' };
  } catch (fault) {
    return { server: null, why: String(fault) };
  }
};

async function inboxOn(store: string, bed: Bed, report: Report, tasks: number): Promise<void> {
  const { runtime } = bed;
  await prepare(bed, work);
  const ann = passport('passport_human_ann', 'human', { roles: ['team_7', 'clerk'], groups: ['floor_1'] });
  const by = attribute(ann, { kind: 'role', id: 'administrator' });
  await runtime.organisation.register(ann, by);
  const teams = Array.from({ length: TASKS_A_RUN }, (_, at) => `role:team_${at % TEAMS}`);
  for (let run = 0; run < tasks / TASKS_A_RUN; run += 1) await start(bed, 'inbox', { teams });
  const keys = { newId, newSecret, newKeyPair, seal: () => '', verify: verifySignature, sha256 };
  const named = { origin: 'humanos/bench', verifierKey: '', version: '0' };
  const operations = new Operations({ runtime, clock: systemClock, ...keys, ...named });
  const times: Record<'first page' | 'later page', number[]> = { 'first page': [], 'later page': [] };
  for (let read = 0; read < READS; read += 1) {
    let cursor: string | null = null;
    for (const page of ['first page', 'later page'] as const) {
      const began = now();
      const wanted: InputOf<'task.list'> = { mine: true, ...(cursor !== null && { cursor }) };
      const answer: Outcome<OutputOf<'task.list'>> = await operations.call('task.list', wanted, ann);
      times[page].push(now() - began);
      if (!answer.ok || answer.value.rows.length !== 50) throw new Error(JSON.stringify(answer));
      cursor = answer.value.next;
    }
  }
  for (const [page, all] of Object.entries(times)) {
    all.sort((a, b) => a - b);
    const what = `inbox on ${store}: ${tasks} open tasks, ${page}`;
    report(`${what}, median`, all[READS / 2] ?? 0, 'ms');
    report(`${what}, p99`, all[Math.floor(READS * 0.99)] ?? 0, 'ms');
  }
  await bed.close();
  discard(bed);
}
