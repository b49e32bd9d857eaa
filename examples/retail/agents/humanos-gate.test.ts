/** The agent under its policies, on a server with people who decide: over all cases of the shop where its data is here. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { worker } from 'humanos/worker';
import type { JsonObject } from '../../../src/definition/index.ts';
import { Site } from '../../../test/e2e/http-site.ts';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import { CASE_FILES, readCases, readExpected } from '../reference/cases.ts';
import { changesSince, shopsLike, tablesOf } from '../reference/replay.ts';
import type { Shop } from '../shop/shop.ts';
import { definitionSource, proposals } from '../office.ts';
import { missingFrom, readStock, SHARED } from '../source.ts';
import { humanosGate } from './humanos-gate.ts';
import { serveCustomer, type CaseInput } from './serve-customer.ts';

const skip = (missingFrom(SHARED) ?? missingFrom(SHARED, CASE_FILES)) || false;

async function office(shop: Shop): Promise<Testbed> {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('desk', { roles: ['customer-representative'] }),
    passport('robot', { kind: 'agent', capabilities: ['retail_service'] }),
  );
  const adopt = async (asked: JsonObject): Promise<void> => {
    const { change } = await bed.ok('root', 'policy.propose', asked);
    await bed.ok('officer', 'policy.approve', { id: change.id, digest: change.digest });
  };
  for (const proposal of proposals(shop.catalogue.entries)) await adopt(proposal);
  await bed.ok('root', 'workflow.save_definition', { source: definitionSource() });
  return bed;
}

/** Serves all cases, each decided by the desk as it is asked. Resolves with the number of decisions for each case. */
async function serveAll(
  outcome: 'approve' | 'reject',
  check: (index: number, shop: Shop, asked: number) => void,
) {
  const openCopy = shopsLike(readStock(SHARED));
  let shop = openCopy();
  const bed = await office(shop);
  const site = new Site(bed);
  const { url } = await site.listen();
  const robot = worker<CaseInput>(
    {
      name: 'robot',
      url,
      token: await site.tokenOf('robot'),
      signals: false,
      log: () => {},
      capabilities: ['retail_service'],
    },
    (task, context) => serveCustomer({ shop, gate: humanosGate(context) })(task, context),
  );
  for (const [index, { customer, request, actions }] of readCases(SHARED).entries()) {
    shop.close();
    shop = openCopy();
    const waiting = actions
      .map((one, at) => ({ ...one, at }))
      .filter(({ tool }) => shop.catalogue.entry(tool)?.class === 'consequential');
    let asked = 0;
    const { id } = await bed.ok('root', 'workflow.start', {
      definition: 'retail-case',
      input: { customer, request, actions: actions.map((one) => ({ ...one })) },
    });
    for (;;) {
      let end = (): void => {};
      const heard = new Promise<void>((resolve) => (end = bed.runtime.feed.subscribe(() => resolve())));
      const { rows } = await bed.ok('root', 'task.list', { run: id, open: true });
      const approval = rows.find(({ kind }) => kind === 'approval');
      const worked = !rows.some(({ step }) => step === 'work.case');
      if (approval) {
        const call = waiting[asked];
        assert.ok(call);
        assert.equal(
          shop.recall({ ...call, key: `${id}/work.case/0/${call.at}` }),
          undefined,
          'not made yet',
        );
        asked += 1;
        const subject = approval.approval?.subject ?? '';
        await bed.ok('desk', 'task.decide', { id: approval.id, outcome, subject });
      } else if (!worked) await heard;
      end();
      if (worked) break;
    }
    check(index, shop, asked);
  }
  await robot.stop();
  await site.close();
}

describe('the agent on all cases, under policy', { skip }, () => {
  if (skip) return;
  const expected = readExpected(SHARED);
  const openCopy = shopsLike(readStock(SHARED));

  it('with a yes to each request all is as the oracle says, and as many were asked for as change something', async () => {
    await serveAll('approve', (index, shop, asked) => {
      const { finalDelta, steps = [] } = expected[index] ?? {};
      const first = openCopy();
      assert.deepEqual(changesSince(tablesOf(first), shop), finalDelta, `case ${index}`);
      first.close();
      assert.equal(asked, steps.filter(({ cls }) => cls === 'consequential').length, `case ${index}`);
    });
  });

  it('with a no to each request nothing changes', async () => {
    await serveAll('reject', (index, shop) => {
      const first = openCopy();
      assert.deepEqual(changesSince(tablesOf(first), shop), {}, `case ${index}`);
      first.close();
    });
  });
});
