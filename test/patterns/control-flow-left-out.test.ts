import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Flow, one } from './flow-kit.ts';

/** Each row of the catalogue has a test, or a line in the record that says why definitions do not have it and what to use instead. */
const CATALOGUE = new URL('../../../shared/patterns.md', import.meta.url);
const RECORD = new URL('../../docs/decisions/0038-control-flow-patterns.md', import.meta.url);

const textOf = (place: URL): string => readFileSync(place, 'utf8');
const TESTED = globSync('control-flow-*.test.ts', { cwd: import.meta.dirname })
  .toSorted()
  .flatMap((file) => [...textOf(new URL(file, import.meta.url)).matchAll(/'(WCP-\d\d [^']+)'/g)])
  .map(([, row = '']) => row);
const LEFT_OUT = [...textOf(RECORD).matchAll(/^\| (WCP-\d\d .+?) +\|/gm)].map(([, row = '']) => row);
const ROWS = [...TESTED, ...LEFT_OUT].toSorted();

test('each of the 43 control-flow patterns has a test, or a reason why not; none has both', () => {
  const numbers = Array.from({ length: 43 }, (_, at) => `WCP-${String(at + 1).padStart(2, '0')}`);
  assert.deepEqual(
    ROWS.map((row) => row.slice(0, 6)),
    numbers,
  );
});

test(
  'they are named as in the catalogue',
  { skip: !existsSync(CATALOGUE) && 'no ../shared/patterns.md' },
  () => {
    const named = [...textOf(CATALOGUE).matchAll(/^\| (WCP-\d\d) \| (.+?) \|/gm)];
    assert.deepEqual(
      ROWS,
      named.map(([, number, name]) => `${number} ${name}`),
    );
  },
);

/** What the record says to use instead, where no pattern that is tested is it already. */
const instances = { id: 'do', forEach: [1, 2, 3], task: { by: 'human', from: 'role:clerk' } };
const arrivals = (n: number) => ({
  id: 'arrived',
  forEach: Array.from({ length: n }, (_, at) => at),
  wait: { signal: 'arrived' },
});

test('instead of a partial join: so many waits for a signal beside the branches, which run on', async () => {
  for (const n of [1, 2]) {
    const flow = await Flow.open([
      { id: 'each', steps: [instances] },
      { id: 'join', steps: [arrivals(n)] },
      one('after', { needs: ['join'] }),
    ]);
    for (const [at, { id }] of (await flow.office.open(flow.run)).entries()) {
      assert.equal(await flow.times('after.do'), at < n ? 0 : 1, `after ${at} of 3, where it takes ${n}`);
      await flow.office.complete('clerk', id);
      await flow.signal('arrived');
    }
    assert.deepEqual(await flow.steps(), ['after.do'], 'the others ran on without effect');
    await flow.complete('after.do');
    await flow.ended();
  }
});

test('instead of a transient trigger: who sends it sees whether anything waits for it', async () => {
  const flow = await Flow.open([
    one('a'),
    { id: 'b', needs: ['a'], steps: [{ id: 'go', wait: { signal: 'go' } }] },
  ]);
  const waits = async () => (await flow.step('b.go')).waits.map(({ signal }) => signal);
  assert.deepEqual(await waits(), []);
  await flow.complete('a.do');
  assert.deepEqual(await waits(), ['go']);
  await flow.signal('go');
  assert.deepEqual(await waits(), []);
  await flow.ended();
});
