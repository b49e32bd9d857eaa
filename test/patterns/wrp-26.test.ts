import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-26 Selection Autonomy: any task in any order, unless the step says that the queue is kept', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const free = await office.open(await office.start(clerical('a', {}, { forEach: [1, 2, 3] })));
  await office.does('ann', 'start', free[1]?.id ?? '');

  const strict = await office.define('strict', clerical('a', { assign: { order: 'queue' } }));
  const [first, second] = [await office.run(strict), await office.run(strict)];
  const [head, next] = [await office.task(first), await office.task(second)];
  await office.refused('not_first', 409, 'ann', 'start', next.id);
  await office.refused('not_first', 409, 'ann', 'claim', next.id);
  await office.does('bo', 'start', head.id);
  await office.does('ann', 'start', next.id);
  await office.close();
});
