import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { PostgresServer, skipWithout, type Availability } from '../postgres/index.ts';
import { campaign, SERVER_SETTINGS, type CampaignReport } from './campaign.ts';
import { checkOperations } from './check.ts';
import type { Operation } from './history.ts';

/** `FAULTS_SEED=n` repeats the faults of one campaign; `FAULTS_SECONDS=n` makes it longer. `npm run faults` is the long one. */
const SEED = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 1e9));
const SECONDS = Number(process.env['FAULTS_SECONDS'] ?? 120);

/** A server of its own, since it is killed. */
async function open(): Promise<Availability> {
  try {
    const server = await PostgresServer.create({ settings: SERVER_SETTINGS });
    after(() => server.remove());
    return { server };
  } catch (fault) {
    if (process.env['CI']) throw fault;
    return { reason: `PostgreSQL cannot be started here: ${(fault as Error).message}` };
  }
}

const postgres = await open();
const needed = { skip: skipWithout(postgres), timeout: 600_000 };
let seen: CampaignReport['seen'] | null = null;

test(
  `whatever befalls three nodes and their database, every promise holds (seed ${SEED})`,
  needed,
  async (t) => {
    if ('reason' in postgres) return;
    const log = (line: string): void => t.diagnostic(line);
    const report = await campaign({ seed: SEED, stormMs: SECONDS * 1000, server: postgres.server, log });
    ({ seen } = report);
    const { seen: _, ...told } = report;
    t.diagnostic(JSON.stringify(told));
  },
);

test('the checker sees what may not be', needed, (t) => {
  if (!seen) return t.skip('there is nothing that could be forged: the campaign did not come to its end');
  const { operations, record } = seen;
  const isWork = ({ outcome, act, mark, token }: Operation): boolean =>
    outcome === 'done' && act === 'complete' && mark !== null && token !== null;
  const forge = (is: (one: Operation) => boolean, change: (one: Operation) => Partial<Operation>[]): void => {
    const at = operations.findIndex(is);
    const one = operations[at] as Operation;
    assert.ok(one, 'there is one to be forged');
    const forged = operations.toSpliced(at, 1, ...change(one).map((other) => ({ ...one, ...other })));
    saw(t, () => checkOperations(forged, record));
  };
  forge(isWork, () => [{ mark: '~lost~' }]);
  forge(isWork, () => [{ outcome: 'refused' }]);
  forge(isWork, ({ token }) => [{ token: (token ?? 0) + 1 }]);
  forge(isWork, () => [{ by: 'passport_m1' }]);
  forge(isWork, ({ answer }) => [{ answer: answer && { ...answer, sequence: 1 } }]);
  forge(isWork, ({ answer }) => [{ answer: answer && { ...answer, sequence: 1e6 } }]);
  const isClaim = ({ verb, outcome, answer }: Operation): boolean =>
    verb === 'claim' && outcome === 'done' && answer?.task != null;
  forge(isClaim, () => [{}, {}]);
  forge(isClaim, () => [{ by: 'passport_m1' }]);
  forge(isWork, () => [{ mark: null, outcome: 'refused', code: 'task_closed', returnedAt: 0 }]);
  // Read before the operations that had led there, after somebody had heard of them.
  forge(
    ({ verb, outcome, answer }) => verb === 'read' && outcome === 'done' && (answer?.sequence ?? 0) > 3,
    ({ answer }) => [{}, { invoked: 1e9, returned: 1e9 + 1, answer: answer && { ...answer, sequence: 1 } }],
  );
});

function saw(t: TestContext, check: () => void): void {
  try {
    check();
  } catch (fault) {
    assert.match((fault as Error).message, /SEEN-\d/);
    return t.diagnostic((fault as Error).message.slice(0, 60));
  }
  assert.fail('it did not see it');
}
