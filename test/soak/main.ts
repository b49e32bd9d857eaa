import { PostgresServer } from '../postgres/index.ts';
import { checkFlat, soak } from './soak.ts';

/** `npm run soak -- --minutes 60`: half of peak load for so long, 60 minutes if absent. */
const at = process.argv.indexOf('--minutes');
const minutes = at < 0 ? 60 : Number(process.argv[at + 1]);
const server = await PostgresServer.create();
try {
  const report = await soak({ share: 1 / 2, seconds: minutes * 60, server, log: console.log });
  checkFlat(report, { slower: 1.3, busier: 1.3, heavier: 1.15 });
  console.log(
    `${report.finished} runs at half of peak, ${report.leftOut} starts left out: memory, latency and tables stayed as they were`,
  );
} finally {
  await server.remove();
}
