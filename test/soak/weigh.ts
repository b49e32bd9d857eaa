/** Loaded into a node (`--import`, `--expose-gc`): on SIGUSR2 it writes down how much it holds once nothing is left to collect. */
import { renameSync, writeFileSync } from 'node:fs';

const path = process.env['HUMANOS_WEIGHT_FILE'];
let times = 0;
if (path !== undefined)
  process.on('SIGUSR2', () => {
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    times += 1;
    writeFileSync(`${path}.part`, JSON.stringify({ times, bytes: heapUsed + external }));
    renameSync(`${path}.part`, path);
  });
