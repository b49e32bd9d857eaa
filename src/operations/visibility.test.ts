import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const WORK = { id: 'a', task: { by: 'human', from: 'role:clerk' } };

test('lists show a task to whoever started its run or answers for it, and what an earlier release wrote as well', async () => {
  const owner = passport('owner');
  const starter = passport('starter', { kind: 'agent', owner: 'passport_owner', roles: ['operator'] });
  const other = passport('other');
  const bed = await Testbed.open(owner, starter, other, passport('worker', { roles: ['clerk'] }));
  await bed.ok('root', 'task.set_visibility', { unallocated: 'candidates', allocated: 'holder' });
  const definition = await bed.define(WORK);
  const of: Record<string, string> = {};
  for (const name of ['starter', 'root'])
    of[name] = (await bed.ok(name, 'workflow.start', { definition })).id;
  await bed.ok('root', 'workflow.approve', { id: of['starter'] ?? '' });
  const runsOf = async (name: string): Promise<string[]> =>
    (await bed.ok(name, 'task.list', {})).rows.map(({ run }) => run).toSorted();
  const shown = async (): Promise<string[][]> => Promise.all(['owner', 'other', 'worker'].map(runsOf));
  const expected = [[of['starter']], [], Object.values(of).toSorted()];
  assert.deepEqual(await shown(), expected);
  const { runsNamed } = bed.store;
  bed.store.runsNamed = async (ids) =>
    (await runsNamed.call(bed.store, ids)).map(({ summary: { accountable: _, ...summary }, ...row }) => ({
      ...row,
      summary,
    }));
  assert.deepEqual(await shown(), expected);
  const { events } = await bed.ok('owner', 'event.list', { limit: 1000 });
  const created = events.filter(({ type }) => type === 'task.created');
  assert.deepEqual(
    created.map(({ run, payload }) => [run, payload['hidden'] === true]),
    [
      [of['root'], true],
      [of['starter'], false],
    ],
  );
  await bed.close();
});
