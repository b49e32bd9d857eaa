import { describe } from 'node:test';
import { ADAPTERS } from './adapters.ts';
import { runSuite } from './suite.ts';
import type { Suite } from './suite.ts';
import { chained } from './suites/chained.ts';
import { commit } from './suites/commit.ts';
import { documents } from './suites/documents.ts';
import { durability } from './suites/durability.ts';
import { forged } from './suites/forged.ts';
import { ledger } from './suites/ledger.ts';
import { premises } from './suites/premises.ts';
import { severalStores } from './suites/several-stores.ts';
import { retention } from './suites/retention.ts';
import { runs } from './suites/runs.ts';
import { tasks } from './suites/tasks.ts';
import { timers } from './suites/timers.ts';

const SUITES: readonly Suite[] = [
  commit,
  chained,
  ledger,
  runs,
  tasks,
  timers,
  premises,
  documents,
  forged,
  retention,
  durability,
  severalStores,
];

for (const adapter of ADAPTERS) {
  for (const suite of SUITES) {
    const reason = adapter.missing ?? adapter.skips[suite.name];
    describe(`${adapter.name}: ${suite.name}`, { skip: reason ?? false }, () => runSuite(adapter, suite));
  }
}
