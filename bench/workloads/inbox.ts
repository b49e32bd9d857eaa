import type { JsonObject } from '../../src/definition/index.ts';
import { newId, newKeyPair, newSecret, Operations } from '../../src/operations/index.ts';
import { sha256 } from '../../src/main/sha256.ts';
import { verifySignature } from '../../src/main/ed25519.ts';
import { attribute, systemClock } from '../../src/runtime/index.ts';
import { discard, now, openBed, passport, prepare, start } from '../bed.ts';
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

/** Somebody's first page among many tasks that wait for people: the time of each of many reads. */
export const inbox = async (report: Report, tasks = 100_000): Promise<void> => {
  const bed = await openBed();
  const { runtime } = bed;
  await prepare(bed, work);
  const ann = passport('passport_human_ann', 'human', { roles: ['team_7', 'clerk'], groups: ['floor_1'] });
  const by = attribute(ann, { kind: 'role', id: 'administrator' });
  await runtime.organisation.register(ann, by);
  const teams = Array.from({ length: TASKS_A_RUN }, (_, at) => `role:team_${at % TEAMS}`);
  for (let run = 0; run < tasks / TASKS_A_RUN; run += 1) await start(bed, 'inbox', { teams });
  const keys = { newId, newSecret, newKeyPair, verify: verifySignature, sha256 };
  const named = { origin: 'humanos/bench', verifierKey: '', version: '0' };
  const operations = new Operations({ runtime, clock: systemClock, ...keys, ...named });
  const times: number[] = [];
  for (let read = 0; read < READS; read += 1) {
    const began = now();
    const answer = await operations.call('task.list', { mine: true }, ann);
    times.push(now() - began);
    if (!answer.ok || answer.value.rows.length !== 50) throw new Error(JSON.stringify(answer));
  }
  times.sort((a, b) => a - b);
  report(`inbox: ${tasks} open tasks, first page, median`, times[READS / 2] ?? 0, 'ms');
  report(`inbox: ${tasks} open tasks, first page, p99`, times[Math.floor(READS * 0.99)] ?? 0, 'ms');
  await bed.close();
  discard(bed);
};
