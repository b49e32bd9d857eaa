import { createInterface } from 'node:readline';
import { openPostgres } from '../../src/store/postgres/index.ts';
import { discard, openBed } from '../bed.ts';

/**
 * A node that has nothing to do but to follow others on its database. `begin` counts from now on; `until N` is answered once N entries
 * have been followed since, with how many those are and the processor's time that this process has had meanwhile, µs.
 */
const [url = ''] = process.argv.slice(2);
const bed = await openBed(undefined, () => openPostgres(url), true);
let followed = 0;
let heard = (): void => {};
bed.runtime.feed.subscribe((entries) => {
  followed += entries.length;
  heard();
});
const reached = (entries: number): Promise<void> =>
  new Promise((resolve) => {
    heard = () => followed >= entries && resolve();
    heard();
  });

let before = process.cpuUsage();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [word, entries] = line.split(' ');
  if (word === 'begin') {
    followed = 0;
    before = process.cpuUsage();
    console.log('begun');
  } else if (word === 'until') {
    await reached(Number(entries));
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ followed, cpu: user + system }));
  } else break;
}
await bed.close();
discard(bed);
