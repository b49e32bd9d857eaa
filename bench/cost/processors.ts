import { readdirSync, readFileSync } from 'node:fs';
import type { PostgresServer } from '../../test/postgres/index.ts';

const TICK_US = 10_000;

/** Time of processors that the server and all its processes have had, µs, as the system counts it (in ticks of 10 ms). */
export function cpuOf({ pid }: PostgresServer): number {
  const all = new Map<number, readonly string[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      all.set(Number(name), stat.slice(stat.lastIndexOf(')') + 2).split(' '));
    } catch {
      continue;
    }
  }
  let ticks = 0;
  for (const [id, fields] of all) {
    if (id !== pid && Number(fields[1]) !== pid) continue;
    ticks += Number(fields[11]) + Number(fields[12]);
    if (id === pid) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks * TICK_US;
}
