import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office, person } from './office.ts';

test('WRP-02 Role-Based Distribution: it reaches all members of the role, as they are when somebody looks, and nobody else', async () => {
  const office = await Office.open(...clerks('ann', 'bo'), person('carl'));
  const { id } = await office.task(await office.start(clerical('a')));
  const seeing = async (): Promise<boolean[]> =>
    Promise.all(['ann', 'bo', 'carl'].map((who) => office.sees(who, id)));
  assert.deepEqual(await seeing(), [true, true, false]);
  await office.refused('not_eligible', 403, 'carl', 'claim', id);
  await office.update('carl', { roles: ['clerk'] });
  await office.update('bo', { roles: [] });
  assert.deepEqual(await seeing(), [true, false, true], 'the role is followed, not what it was at the start');
  await office.refused('not_eligible', 403, 'bo', 'claim', id);
  await office.complete('carl', id);
  await office.close();
});
