import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { CATALOGUE, type OperationName } from './schema/index.ts';

/** Those that page by cursor, and need nothing else. */
const LISTS = (Object.keys(CATALOGUE) as OperationName[]).filter(
  (name) =>
    CATALOGUE[name].input.safeParse({ cursor: 'x' }).success &&
    !CATALOGUE[name].input.safeParse({ cursor: 0 }).success,
);

test('CURSOR-1 a cursor is one of the list that gave it, and of no other', async () => {
  const bed = await Testbed.open(passport('a'), passport('b'), passport('c'));
  const definition = await bed.define({ id: 'a', wait: { for: '1h' } });
  for (let at = 0; at < 3; at += 1) await bed.ok('root', 'workflow.start', { definition });
  assert.ok(LISTS.length >= 10, LISTS.join());
  const nextOf = async (name: 'participant.list' | 'workflow.list_runs') =>
    (await bed.ok('root', name, { limit: 1 })).next ?? '';
  const given = { participants: await nextOf('participant.list'), runs: await nextOf('workflow.list_runs') };
  for (const name of LISTS) {
    for (const cursor of ['nonsense', 'passport_a', 'WyJhIl0', 'WzFd'])
      assert.equal(await bed.no('root', name, { cursor }), 'cursor_invalid', `${name} ${cursor}`);
    for (const cursor of Object.values(given)) {
      const isOwn =
        (name === 'participant.list' && cursor === given.participants) ||
        (name === 'workflow.list_runs' && cursor === given.runs);
      if (isOwn) await bed.ok('root', name, { cursor });
      else assert.equal(await bed.no('root', name, { cursor }), 'cursor_invalid', `${name} ${cursor}`);
    }
  }
  await bed.close();
});

test('CURSOR-1 pages follow on each other, to the last', async () => {
  const bed = await Testbed.open(passport('a'), passport('b'), passport('c'));
  const seen: string[] = [];
  let next: string | null = null;
  do {
    const more: { cursor?: string } = next === null ? {} : { cursor: next };
    const page: { rows: { id: string }[]; next: string | null } = await bed.ok('root', 'participant.list', {
      limit: 1,
      ...more,
    });
    seen.push(...page.rows.map(({ id }) => id));
    next = page.next;
  } while (next !== null);
  assert.deepEqual(seen, ['passport_a', 'passport_b', 'passport_c', 'passport_root']);
  await bed.close();
});
