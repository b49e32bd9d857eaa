import { createInterface } from 'node:readline';
import { openPostgres } from '../../src/store/postgres/index.ts';
import { agents, discard, now, openBed, prepare } from '../bed.ts';
import { runAll, sequence } from '../workloads/sequence.ts';

/** One node of several on a database: warms up, waits for a word, runs its share, and says how long that took. */
const [url = '', runs, warmUp, inFlight] = process.argv.slice(2);
const bed = await openBed(undefined, () => openPostgres(url), true);
await prepare(bed, sequence(5));
const workers = agents(bed, 2 * Number(inFlight));
await runAll(bed, Number(warmUp), Number(inFlight));
console.log('ready');
for await (const word of createInterface({ input: process.stdin })) {
  if (word !== 'go') break;
  const began = now();
  await runAll(bed, Number(runs), Number(inFlight));
  console.log(String(now() - began));
}
await workers.stop();
await bed.close();
discard(bed);
