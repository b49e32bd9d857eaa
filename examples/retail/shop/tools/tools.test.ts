/** What each tool takes and refuses, at the edges. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { customer, item, openSmallShop, order, PRODUCTS, stockOf } from '../../testing/small-shop.ts';
import type { Arguments } from '../catalogue.ts';
import type { Order, User } from '../record.ts';
import type { Shop } from '../shop.ts';

const { lamp, kettle } = PRODUCTS;
const shopWith = (...orders: readonly Order[]): Shop =>
  openSmallShop(stockOf({ ada: customer('ada', [4.36, 400], []) }, orders));
const pending = order(
  '#1',
  'ada',
  'pending',
  [item(lamp, 0), item(lamp, 0), item(kettle, 1)],
  'gift_card_ada1',
);
const delivered = order('#2', 'ada', 'delivered', [item(lamp, 0), item(kettle, 0)], 'paypal_ada');

let calls = 0;
/** The record that a call leaves, or its refusal. */
const call = (shop: Shop, tool: string, args: Arguments): Order | User | string => {
  calls += 1;
  const answer = shop.call({ tool, arguments: args, key: `call/${calls}` });
  return answer.ok ? (answer.output as unknown as Order | User) : answer.error;
};
const orderFrom = (shop: Shop, tool: string, args: Arguments): Order => {
  const made = call(shop, tool, args);
  if (typeof made === 'string') assert.fail(made);
  return made as Order;
};
const balances = (shop: Shop): number[] => {
  const { payment_methods } = call(shop, 'get_user_details', { user_id: 'ada' }) as User;
  return Object.values(payment_methods).flatMap((one) => (one.source === 'gift_card' ? [one.balance] : []));
};

const replace = (order_id: string, pairs: Readonly<Record<string, string>>, method: string): Arguments => ({
  order_id,
  item_ids: Object.keys(pairs),
  new_item_ids: Object.values(pairs),
  payment_method_id: method,
});

describe('modify_pending_order_items', () => {
  const tool = 'modify_pending_order_items';
  // 24.35 - 19.99, which a binary number holds as a little more than 4.36.
  const DEARER = { 'lamp-0': 'lamp-1' };

  it('takes the difference from a gift card, and changes one item where there are two', () => {
    const shop = shopWith(pending);
    const made = orderFrom(shop, tool, replace('#1', DEARER, 'gift_card_ada1'));
    assert.equal(made.status, 'pending (item modified)');
    assert.deepEqual(made.items, [item(lamp, 1), item(lamp, 0), item(kettle, 1)]);
    assert.deepEqual(made.payment_history.slice(1), [
      { transaction_type: 'payment', amount: 24.35 - 19.99, payment_method_id: 'gift_card_ada1' },
    ]);
    assert.deepEqual(balances(shop), [4.36, 395.64]);
  });

  it('gives back what the new items cost less; nothing is a refund of nothing', () => {
    const shop = shopWith(pending);
    const made = orderFrom(shop, tool, replace('#1', { 'kettle-1': 'kettle-1' }, 'paypal_ada'));
    assert.deepEqual(made.payment_history.at(-1), {
      transaction_type: 'refund',
      amount: 0,
      payment_method_id: 'paypal_ada',
    });
    assert.deepEqual(balances(shop), [4.36, 400]);
    const other = shopWith(pending);
    const cheaper = orderFrom(other, tool, replace('#1', { 'lamp-0': 'lamp-2' }, 'gift_card_ada0'));
    assert.equal(cheaper.payment_history.at(-1)?.transaction_type, 'refund');
    assert.deepEqual(balances(other), [17.25, 400]);
  });

  it('is for items that are to be had, of the same product, as many as the order holds, and once', () => {
    const shop = shopWith(pending, delivered);
    const refused = (pairs: Readonly<Record<string, string>>, method = 'paypal_ada') =>
      call(shop, tool, replace('#1', pairs, method));
    assert.equal(refused({ 'lamp-0': 'lamp-3' }), 'Error: new item lamp-3 not found or available');
    assert.equal(refused({ 'lamp-0': 'kettle-1' }), 'Error: new item kettle-1 not found or available');
    assert.equal(refused({ 'lamp-0': 'constructor' }), 'Error: new item constructor not found or available');
    assert.equal(refused({ 'lamp-1': 'lamp-0' }), 'Error: lamp-1 not found');
    assert.equal(refused(DEARER, 'toString'), 'Error: payment method not found');
    assert.equal(refused(DEARER, '__proto__'), 'Error: payment method not found');
    const thrice = {
      ...replace('#1', {}, 'paypal_ada'),
      item_ids: ['lamp-0', 'lamp-0', 'lamp-0'],
      new_item_ids: [],
    };
    assert.equal(call(shop, tool, thrice), 'Error: lamp-0 not found');
    const short = { ...replace('#1', DEARER, 'paypal_ada'), new_item_ids: [] };
    assert.equal(call(shop, tool, short), 'Error: the number of items to be exchanged should match');
    assert.equal(
      call(shop, tool, replace('#2', DEARER, 'paypal_ada')),
      'Error: non-pending order cannot be modified',
    );
    assert.deepEqual(orderFrom(shop, 'get_order_details', { order_id: '#1' }), pending);
    const both = {
      ...replace('#1', {}, 'paypal_ada'),
      item_ids: ['lamp-0', 'lamp-0'],
      new_item_ids: ['lamp-1', 'lamp-2'],
    };
    assert.deepEqual(orderFrom(shop, tool, both).items, [item(lamp, 1), item(lamp, 2), item(kettle, 1)]);
    assert.equal(call(shop, tool, both), 'Error: non-pending order cannot be modified');
    assert.equal(
      call(shop, 'cancel_pending_order', { order_id: '#1', reason: 'no longer needed' }),
      'Error: non-pending order cannot be cancelled',
    );
  });

  it('needs a gift card to hold the difference as it is, before it is rounded', () => {
    assert.equal(24.35 - 19.99 > 4.36, true);
    assert.equal(
      call(shopWith(pending), tool, replace('#1', DEARER, 'gift_card_ada0')),
      'Error: insufficient gift card balance to pay for the new item',
    );
  });
});

describe('exchange_delivered_order_items', () => {
  const tool = 'exchange_delivered_order_items';

  it('notes what is to be exchanged; neither items nor money move', () => {
    const shop = shopWith(delivered);
    const asked = replace('#2', { 'lamp-0': 'lamp-2', 'kettle-0': 'kettle-2' }, 'gift_card_ada0');
    assert.deepEqual(orderFrom(shop, tool, asked), {
      ...delivered,
      status: 'exchange requested',
      exchange_items: ['kettle-0', 'lamp-0'],
      exchange_new_items: ['kettle-2', 'lamp-2'],
      exchange_payment_method_id: 'gift_card_ada0',
      exchange_price_difference: -82.72,
    });
    assert.deepEqual(balances(shop), [4.36, 400]);
    assert.equal(call(shop, tool, asked), 'Error: non-delivered order cannot be exchanged');
  });

  it('needs a gift card to hold the rounded difference', () => {
    const dearer = replace('#2', { 'lamp-0': 'lamp-1' }, 'gift_card_ada0');
    assert.equal(orderFrom(shopWith(delivered), tool, dearer).exchange_price_difference, 4.36);
    const held = openSmallShop(stockOf({ ada: customer('ada', [4.35, 0], []) }, [delivered]));
    assert.equal(
      call(held, tool, dearer),
      'Error: insufficient gift card balance to pay for the price difference',
    );
  });
});

describe('return_delivered_order_items', () => {
  const tool = 'return_delivered_order_items';
  const asked = (payment_method_id: string, item_ids = ['lamp-0', 'kettle-0']): Arguments => ({
    order_id: '#2',
    item_ids,
    payment_method_id,
  });

  it('goes to the original payment method or to any gift card', () => {
    for (const method of ['paypal_ada', 'gift_card_ada0', 'gift_card_ada1']) {
      const shop = shopWith(delivered);
      assert.deepEqual(orderFrom(shop, tool, asked(method)), {
        ...delivered,
        status: 'return requested',
        return_items: ['kettle-0', 'lamp-0'],
        return_payment_method_id: method,
      });
      assert.deepEqual(balances(shop), [4.36, 400]);
      assert.equal(call(shop, tool, asked(method)), 'Error: non-delivered order cannot be returned');
    }
  });

  it('looks at the payment method before the items', () => {
    const shop = shopWith(delivered);
    const other = 'Error: payment method should be either the original payment method or a gift card';
    assert.equal(call(shop, tool, asked('credit_card_ada', ['lamp-9'])), other);
    assert.equal(call(shop, tool, asked('toString', ['lamp-9'])), 'Error: payment method not found');
    assert.equal(call(shop, tool, asked('paypal_ada', ['lamp-9'])), 'Error: some item not found');
    assert.equal(call(shop, tool, asked('paypal_ada', ['lamp-0', 'lamp-0'])), 'Error: some item not found');
  });
});

describe('modify_pending_order_payment', () => {
  const tool = 'modify_pending_order_payment';
  const small = order('#3', 'ada', 'pending', [item(lamp, 2)], 'gift_card_ada1');

  it('pays anew and refunds what was paid, at once where it is a gift card', () => {
    const shop = shopWith(small);
    const made = orderFrom(shop, tool, { order_id: '#3', payment_method_id: 'paypal_ada' });
    assert.equal(made.status, 'pending');
    assert.deepEqual(made.payment_history, [
      { transaction_type: 'payment', amount: 7.1, payment_method_id: 'gift_card_ada1' },
      { transaction_type: 'payment', amount: 7.1, payment_method_id: 'paypal_ada' },
      { transaction_type: 'refund', amount: 7.1, payment_method_id: 'gift_card_ada1' },
    ]);
    assert.deepEqual(balances(shop), [4.36, 407.1]);
    assert.equal(
      call(shop, tool, { order_id: '#3', payment_method_id: 'credit_card_ada' }),
      'Error: there should be exactly one payment for a pending order',
    );
  });

  it('takes a gift card that holds just enough, and no other', () => {
    const at = (balance: number) => {
      const shop = openSmallShop(stockOf({ ada: customer('ada', [balance, 0], []) }, [small]));
      const made = call(shop, tool, { order_id: '#3', payment_method_id: 'gift_card_ada0' });
      return typeof made === 'string' ? made : balances(shop);
    };
    assert.deepEqual(at(7.1), [0, 7.1]);
    assert.equal(at(7.09), 'Error: insufficient gift card balance to pay for the order');
  });

  it('is for another payment method', () => {
    const shop = shopWith(small, delivered);
    const refused = (order_id: string, payment_method_id: string) =>
      call(shop, tool, { order_id, payment_method_id });
    assert.equal(
      refused('#3', 'gift_card_ada1'),
      'Error: the new payment method should be different from the current one',
    );
    assert.equal(refused('#3', 'toString'), 'Error: payment method not found');
    assert.equal(refused('#2', 'gift_card_ada1'), 'Error: non-pending order cannot be modified');
    assert.equal(refused('#9', 'gift_card_ada1'), 'Error: order not found');
  });
});

describe('cancel_pending_order', () => {
  const cancel = (shop: Shop, reason = 'no longer needed') =>
    call(shop, 'cancel_pending_order', { order_id: '#1', reason });

  it('refunds what was paid, and changes nothing else of the order', () => {
    const shop = shopWith(pending);
    const [payment] = pending.payment_history;
    assert.deepEqual(cancel(shop), {
      ...pending,
      status: 'cancelled',
      cancel_reason: 'no longer needed',
      payment_history: [payment, { ...payment, transaction_type: 'refund' }],
    });
    assert.deepEqual(balances(shop), [4.36, 473.24]);
    assert.equal(cancel(shop), 'Error: non-pending order cannot be cancelled');
  });

  it('looks at the order before the reason', () => {
    assert.equal(cancel(shopWith(pending), 'a mood'), 'Error: invalid reason');
    assert.equal(
      cancel(shopWith({ ...pending, status: 'processed' }), 'a mood'),
      'Error: non-pending order cannot be cancelled',
    );
  });

  it('refunds each line of the history, as the reference does, after the payment method was modified', () => {
    const shop = shopWith(pending);
    orderFrom(shop, 'modify_pending_order_payment', { order_id: '#1', payment_method_id: 'paypal_ada' });
    assert.deepEqual(balances(shop), [4.36, 473.24]);
    const made = cancel(shop) as Order;
    assert.deepEqual(
      made.payment_history
        .slice(3)
        .map(({ transaction_type, payment_method_id }) => [transaction_type, payment_method_id]),
      [
        ['refund', 'gift_card_ada1'],
        ['refund', 'paypal_ada'],
        ['refund', 'gift_card_ada1'],
      ],
    );
    assert.deepEqual(balances(shop), [4.36, 619.72]);
  });
});

describe('addresses', () => {
  const address = {
    address1: '2 Pier',
    address2: '',
    city: 'Oslo',
    state: '',
    country: 'Norway',
    zip: '0150',
  };

  it('change in a pending order, or for the customer, each without the other', () => {
    const shop = shopWith(pending, delivered);
    const made = orderFrom(shop, 'modify_pending_order_address', { order_id: '#1', ...address });
    assert.deepEqual(made, { ...pending, address });
    assert.equal(
      call(shop, 'modify_pending_order_address', { order_id: '#2', ...address }),
      'Error: non-pending order cannot be modified',
    );
    const before = call(shop, 'get_user_details', { user_id: 'ada' }) as User;
    assert.notDeepEqual(before.address, address);
    assert.deepEqual(call(shop, 'modify_user_address', { user_id: 'ada', ...address }), {
      ...before,
      address,
    });
    assert.equal(call(shop, 'modify_user_address', { user_id: 'bo', ...address }), 'Error: user not found');
  });
});

describe('looking up', () => {
  it('gives a record, or says what is not there', () => {
    const shop = shopWith(pending);
    assert.deepEqual(call(shop, 'get_order_details', { order_id: '#1' }), pending);
    assert.deepEqual(call(shop, 'get_product_details', { product_id: 'lamp' }), lamp);
    assert.equal(call(shop, 'get_order_details', { order_id: '1' }), 'Error: order not found');
    assert.equal(call(shop, 'get_product_details', { product_id: 'lamp-0' }), 'Error: product not found');
    assert.equal(call(shop, 'get_user_details', { user_id: 'constructor' }), 'Error: user not found');
    assert.deepEqual(call(shop, 'list_all_product_types', {}), { Kettle: 'kettle', Lamp: 'lamp' });
    assert.equal(
      call(shop, 'find_user_id_by_email', { email: 'nobody@example.com' }),
      'Error: user not found',
    );
    assert.equal(call(shop, 'think', { thought: 'hm' }), '');
    assert.equal(call(shop, 'transfer_to_human_agents', { summary: 'help' }), 'Transfer successful');
  });
});
