import { PostgresServer } from '../postgres/index.ts';
import { campaign, SERVER_SETTINGS } from './campaign.ts';

/**
 * `npm run faults -- --minutes 30 --seed N`: storms for so long, 30 minutes if absent. `--program PATH` starts another build of
 * `src/main/humanos.ts`.
 */
const options = new Map<string, string>();
for (let at = 2; at < process.argv.length; at += 2)
  options.set(process.argv[at] ?? '', process.argv[at + 1] ?? '');
const seed = Number(options.get('--seed') ?? Math.floor(Math.random() * 1e9));
const stormMs = Number(options.get('--minutes') ?? 30) * 60_000;
const program = options.get('--program');
console.log(`seed ${seed}`);
const server = await PostgresServer.create({ settings: SERVER_SETTINGS });
try {
  const { seen: _, ...report } = await campaign({
    seed,
    stormMs,
    server,
    log: console.log,
    ...(program !== undefined && { program: [process.execPath, '--conditions=source', program] }),
  });
  console.log(report);
  console.log('every promise held');
} finally {
  await server.remove();
}
