import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

const CLAIMERS = 50;
const ROUNDS = Number(process.env['HUMANOS_CLAIM_ROUNDS'] ?? 200);

test(`WRP-13 Distribution by Offer - Multiple Resources: of ${CLAIMERS} who claim at once one gets it, ${ROUNDS} times`, async () => {
  const names = Array.from({ length: CLAIMERS }, (_, at) => `clerk${at}`);
  const office = await Office.open(...clerks(...names));
  for (const name of names) await office.site.tokenOf(name);
  const job = await office.define('many', clerical('a'));
  for (let round = 0; round < ROUNDS; round += 1) {
    const { id } = await office.task(await office.run(job));
    const verb = round % 2 === 0 ? 'claim' : 'start';
    const statuses = await Promise.all(names.map(async (who) => (await office.act(who, verb, id)).status));
    assert.equal(statuses.filter((status) => status === 200).length, 1);
    assert.equal(statuses.filter((status) => status === 409).length, CLAIMERS - 1);
    const winner = names[statuses.indexOf(200)] as string;
    if (round % 50 === 0)
      for (const who of ['clerk0', 'clerk1', winner])
        assert.equal(await office.sees(who, id), who === winner);
    await office.complete(winner, id);
  }
  await office.close();
});
