import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { SCENARIOS } from '../test/histories/scenarios.ts';

/**
 * Records what the engine does now, under the version in `package.json`: the events of each scenario as JSON lines, and the state
 * they fold to. What is there is never written again, since recorded events have to be understood for ever.
 */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const folder = new URL(`../test/histories/${version}/`, import.meta.url);
mkdirSync(folder, { recursive: true });

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const events = new URL(`${name}.events.jsonl`, folder);
  if (existsSync(events)) continue;
  const run = scenario();
  writeFileSync(events, run.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  writeFileSync(new URL(`${name}.state.json`, folder), `${JSON.stringify(run.current, null, 1)}\n`);
  console.log(`recorded ${version}/${name}: ${run.events.length} events`);
}
