/** Loaded into a node (`--import`, `--expose-gc`): on SIGUSR2 it writes down how much it holds once nothing is left to collect, and how long it has worked. */
import { renameSync, writeFileSync } from 'node:fs';

/** Bytes, and milliseconds of the processor without what weighing takes. */
export interface Weight {
  readonly bytes: number;
  readonly worked: number;
}

const path = process.env['HUMANOS_WEIGHT_FILE'];
const busy = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
let weighing = 0;
if (path !== undefined)
  process.on('SIGUSR2', () => {
    const began = busy();
    const worked = began - weighing;
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const weight: Weight = { bytes: heapUsed + external, worked };
    writeFileSync(`${path}.part`, JSON.stringify(weight));
    renameSync(`${path}.part`, path);
    weighing += busy() - began;
  });
