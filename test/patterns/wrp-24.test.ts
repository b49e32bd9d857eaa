import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-24 System-Determined Work Queue Content: the same total order in every reading, and through pages', async () => {
  const office = await Office.open(...clerks('ann'));
  const job = await office.define('ordered', clerical('a'));
  for (const priority of [3, 9, 5, 5, 9, 1, 5]) await office.run(job, {}, priority);
  const whole = await office.mine('ann');
  assert.deepEqual(
    whole.map(({ priority }) => priority),
    [9, 9, 5, 5, 5, 3, 1],
  );
  const ids = whole.map(({ id }) => id);
  assert.deepEqual(
    (await office.mine('ann')).map(({ id }) => id),
    ids,
  );
  const paged: string[] = [];
  let cursor = '';
  do {
    const page = await office.get<{ rows: { id: string }[]; next: string | null }>(
      'ann',
      `/v1/tasks?mine=true&limit=2${cursor}`,
    );
    paged.push(...page.rows.map(({ id }) => id));
    cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
  } while (cursor !== '');
  assert.deepEqual(paged, ids);
  await office.close();
});

test('WRP-24 System-Determined Work Queue Content: agents are given the first by priority and deadline, and nothing starves', async () => {
  const { agent } = await import('./office.ts');
  const office = await Office.open(agent('bot', ['read'], { capacity: 9 }));
  const step = { id: 'a', task: { requires: ['read'], by: 'agent' } };
  const [plain, soon] = [
    await office.define('plain', step),
    await office.define('soon', { ...step, timeout: '5m' }),
  ];
  const old = await office.run(plain, {}, 1);
  office.site.bed.clock.move(4 * 3_600_000);
  const [low, high, urgent] = [
    await office.run(plain, {}, 1),
    await office.run(plain, {}, 9),
    await office.run(soon, {}, 1),
  ];
  const order: (string | undefined)[] = [];
  for (let at = 0; at < 4; at += 1) order.push((await office.claimNext('bot'))?.run);
  assert.deepEqual(order, [old, urgent, high, low]);
  await office.close();
});
