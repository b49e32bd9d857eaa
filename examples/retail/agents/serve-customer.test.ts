/** The agent with a gate whose answers the test gives; over all cases of the shop where its data is here. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HandlerContext, WorkerTask } from 'humanos/worker';
import { CASE_FILES, readCases, readExpected } from '../reference/cases.ts';
import { changesSince, shopsLike, tablesOf } from '../reference/replay.ts';
import type { Call, KeyedCall, Shop } from '../shop/shop.ts';
import { missingFrom, readStock, SHARED } from '../source.ts';
import { openSmallShop, orderOf } from '../testing/small-shop.ts';
import { serveCustomer, type CaseInput, type CaseResult } from './serve-customer.ts';
import type { Permission, ToolGate } from './tool-gate.ts';

const taskOf = (actions: readonly Call[], attempt = 1): WorkerTask<CaseInput> => ({
  id: `run_1/work.case#${attempt}`,
  token: attempt,
  run: 'run_1',
  step: 'work.case',
  slot: 0,
  round: 1,
  attempt,
  kind: 'task',
  description: null,
  requires: ['retail_service'],
  priority: 5,
  deadline: null,
  reason: null,
  input: { customer: 'ada', request: '', actions },
});

const contextOf = (signal = new AbortController().signal): HandlerContext => ({
  signal,
  progress: () => {},
  usage: () => {},
  tool: () => Promise.reject(new Error('the gate of the test is asked instead')),
  confidence: () => {},
});

/** Answers each request by the tool, and remembers what was asked. */
const gateOf = (answer: (call: KeyedCall) => Permission): ToolGate & { readonly asked: KeyedCall[] } => {
  const asked: KeyedCall[] = [];
  return {
    asked,
    request: (call) => {
      asked.push(call);
      return Promise.resolve(answer(call));
    },
  };
};

const serve = async (
  desk: Parameters<typeof serveCustomer>[0],
  actions: readonly Call[],
  attempt?: number,
): Promise<CaseResult> => (await serveCustomer(desk)(taskOf(actions, attempt), contextOf())) as CaseResult;

const LOOK: Call = { tool: 'get_order_details', arguments: { order_id: '#1' } };
const CANCEL: Call = {
  tool: 'cancel_pending_order',
  arguments: { order_id: '#1', reason: 'ordered by mistake' },
};
const PAY: Call = {
  tool: 'modify_pending_order_payment',
  arguments: { order_id: '#4', payment_method_id: 'gift_card_bo0' },
};
const TRANSFER: Call = { tool: 'transfer_to_human_agents', arguments: { summary: 'wants a discount' } };

const outcomes = ({ steps }: CaseResult): string[] => steps.map(({ outcome }) => outcome);

describe('the agent', () => {
  it('asks for each call, and makes those that are allowed', async () => {
    const shop = openSmallShop();
    const gate = gateOf(() => ({ may: 'call' }));
    const result = await serve({ shop, gate }, [LOOK, CANCEL, PAY]);
    assert.deepEqual(outcomes(result), ['done', 'done', 'refused']);
    assert.equal(result.handOver, false);
    assert.deepEqual(
      gate.asked.map(({ tool, arguments: args, key }) => [tool, args, key]),
      [LOOK, CANCEL, PAY].map((one, index) => [one.tool, one.arguments, `run_1/work.case/0/${index}`]),
    );
    assert.equal(orderOf(shop, '#1').status, 'cancelled');
  });

  it('has made no call when it asks for it', async () => {
    const shop = openSmallShop();
    const gate = gateOf((call) => {
      assert.equal(shop.recall(call), undefined);
      assert.equal(orderOf(shop, '#1').status, 'pending');
      return { may: 'call' };
    });
    await serve({ shop, gate }, [CANCEL]);
    assert.equal(orderOf(shop, '#1').status, 'cancelled');
  });

  it('leaves what it may not, goes on with the rest, and hands over what is beyond it', async () => {
    const shop = openSmallShop();
    const gate = gateOf(({ tool }) => {
      if (tool === TRANSFER.tool) return { may: 'hand_over', reason: 'out of scope' };
      return tool === CANCEL.tool ? { may: 'not', reason: 'the customer said no' } : { may: 'call' };
    });
    const result = await serve({ shop, gate }, [CANCEL, TRANSFER, LOOK]);
    assert.deepEqual(outcomes(result), ['denied', 'handed_over', 'done']);
    assert.equal(result.handOver, true);
    assert.equal(orderOf(shop, '#1').status, 'pending');
  });

  it('makes no call when the gate cannot be asked', async () => {
    const shop = openSmallShop();
    const gate: ToolGate = { request: () => Promise.reject(new Error('unreachable')) };
    await assert.rejects(serve({ shop, gate }, [CANCEL]), /unreachable/);
    assert.equal(orderOf(shop, '#1').status, 'pending');
  });

  it('makes no call that was allowed when the task is no longer its own', async () => {
    const shop = openSmallShop();
    const task = new AbortController();
    const gate = gateOf(() => {
      task.abort(new Error('lost'));
      return { may: 'call' };
    });
    await assert.rejects(
      Promise.resolve(serveCustomer({ shop, gate })(taskOf([CANCEL]), contextOf(task.signal))),
      /lost/,
    );
    assert.equal(orderOf(shop, '#1').status, 'pending');
  });

  it('does nothing twice, and asks for nothing twice that was done, when it is interrupted around a call', async () => {
    for (const when of ['before', 'after']) {
      const shop = openSmallShop();
      const gate = gateOf(() => ({ may: 'call' }));
      const dying: Pick<Shop, 'call' | 'recall'> = {
        recall: (call) => shop.recall(call),
        call: (call) => {
          if (when === 'after') shop.call(call);
          throw new Error('interrupted');
        },
      };
      await assert.rejects(serve({ shop: dying, gate }, [CANCEL]), /interrupted/);
      const result = await serve({ shop, gate }, [CANCEL], 2);
      assert.deepEqual(outcomes(result), ['done']);
      assert.equal(orderOf(shop, '#1').payment_history.length, 2, 'one payment, one refund');
      const keys = gate.asked.map(({ key }) => key);
      assert.equal(new Set(keys).size, 1);
      assert.equal(keys.length, when === 'after' ? 1 : 2);
    }
  });
});

const skip = (missingFrom(SHARED) ?? missingFrom(SHARED, CASE_FILES)) || false;

describe('the agent on all cases of the shop', { skip }, () => {
  if (skip) return;
  const openCopy = shopsLike(readStock(SHARED));
  const cases = readCases(SHARED);
  const expected = readExpected(SHARED);

  it('with every request allowed, all is as the oracle says, and each call was asked for once', async () => {
    for (const [index, { actions, number }] of cases.entries()) {
      const shop = openCopy();
      const before = tablesOf(shop);
      const gate = gateOf(() => ({ may: 'call' }));
      const { steps } = await serve({ shop, gate }, actions);
      const { finalDelta, steps: wanted = [] } = expected[index] ?? {};
      assert.deepEqual(changesSince(before, shop), finalDelta, `case ${number}`);
      assert.deepEqual(
        steps.map((step) => (step.outcome === 'refused' ? step.reason : null)),
        wanted.map(({ error }) => error),
      );
      assert.equal(gate.asked.length, actions.length);
      shop.close();
    }
  });

  it('with every request denied, nothing changes', async () => {
    for (const { actions } of cases) {
      const shop = openCopy();
      const before = tablesOf(shop);
      const { steps } = await serve({ shop, gate: gateOf(() => ({ may: 'not', reason: 'no' })) }, actions);
      assert.deepEqual(tablesOf(shop), before);
      assert.equal(
        steps.every(({ outcome }) => outcome === 'denied'),
        true,
      );
      shop.close();
    }
  });
});
