import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, Office, person } from './office.ts';

test('WRP-10 Organisational Distribution: by who leads whom and who holds a post, following the organisation', async () => {
  const office = await Office.open(
    person('mia'),
    person('max'),
    person('req', { manager: 'passport_mia' }),
    person('cfo', { posts: ['cfo'] }),
    person('next'),
  );
  const job = await office.define('relation', [
    clerical('lead', { from: 'manager_of:${ input.requester }' }),
    clerical('post', { from: 'post:cfo' }),
  ]);
  const run = await office.run(job, { requester: 'passport_req' });
  const [lead, post] = [await office.task(run, 'p0.lead'), await office.task(run, 'p0.post')];
  const seeing = async (id: string, ...people: string[]) =>
    Promise.all(people.map((who) => office.sees(who, id)));
  assert.deepEqual(await seeing(lead.id, 'mia', 'max'), [true, false]);
  assert.deepEqual(await seeing(post.id, 'cfo', 'next'), [true, false]);
  await office.update('req', { manager: 'passport_max' });
  await office.update('cfo', { posts: [] });
  await office.update('next', { posts: ['cfo'] });
  assert.deepEqual(await seeing(lead.id, 'mia', 'max'), [false, true]);
  assert.deepEqual(await seeing(post.id, 'cfo', 'next'), [false, true]);
  await office.complete('max', lead.id);
  await office.close();
});
