import { simulate } from './simulate.ts';

/** `npm run simulate -- [SEEDS] [FIRST]`: that many worlds, from seed FIRST on. Stops at the first that breaks a promise. */
const seeds = Number(process.argv[2] ?? 10_000);
const first = Number(process.argv[3] ?? 1);
const began = Date.now();
let [runs, entries, crashes] = [0, 0, 0];
for (let seed = first; seed < first + seeds; seed += 1) {
  try {
    const told = await simulate(seed);
    runs += told.runs;
    entries += told.entries;
    crashes += told.crashes;
  } catch (fault) {
    console.error(`seed ${seed} broke a promise; repeat it with: npm run simulate -- 1 ${seed}`);
    throw fault;
  }
  if ((seed - first + 1) % 500 === 0)
    console.log(`${seed - first + 1} worlds, ${Math.round((Date.now() - began) / 1000)} s`);
}
console.log(
  `${seeds} worlds: ${runs} runs, ${entries} ledger entries, ${crashes} crashes; every promise held.`,
);
