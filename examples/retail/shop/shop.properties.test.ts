/**
 * Whatever is called in whatever order: money moves as the payment history says, orders go one way, and a refusal changes nothing.
 * `HUMANOS_SEED` repeats a run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ORDERS, scenario, type Scenario } from '../testing/scenario.ts';
import { HOME, openSmallShop, orderOf, PRODUCTS, userOf } from '../testing/small-shop.ts';
import type { Answer } from './answer.ts';
import type { Item, Order, OrderStatus, User } from './record.ts';
import type { KeyedCall, Shop } from './shop.ts';

const seed = Number(process.env['HUMANOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const check = (holds: (given: Scenario) => void): void =>
  fc.assert(fc.property(scenario, holds), { seed, numRuns: 150 });

const { lamp, kettle } = PRODUCTS;

interface Moment {
  readonly order: Order;
  readonly user: User;
}
type Look = (of: {
  call: KeyedCall;
  answer: Answer;
  before: Moment[];
  after: Moment[];
  first: Moment[];
}) => void;

/** Makes the calls and looks at the records around each. */
const around = ({ stock, calls }: Scenario, look: Look): void => {
  const shop = openSmallShop(stock);
  const momentsOf = (): Moment[] =>
    ORDERS.map((id) => orderOf(shop, id)).map((one) => ({ order: one, user: userOf(shop, one.user_id) }));
  const first = momentsOf();
  let before = first;
  for (const one of calls) {
    const answer = shop.call(one);
    const after = momentsOf();
    look({ call: one, answer, before, after, first });
    before = after;
  }
  shop.close();
};

const toCents = (amount: number): number => Math.round(amount * 100);
const sumOf = (held: readonly Item[]): number => toCents(held.reduce((sum, { price }) => sum + price, 0));
const cardsOf = (moments: readonly Moment[]): Map<string, number> =>
  new Map(
    moments.flatMap(({ user }) =>
      Object.values(user.payment_methods).flatMap((one) =>
        one.source === 'gift_card' ? [[one.id, toCents(one.balance)] as const] : [],
      ),
    ),
  );
/** Payments less refunds, in cents. */
const paid = (moments: readonly Moment[], by?: string): number =>
  moments
    .flatMap(({ order: { payment_history } }) => payment_history)
    .filter(({ payment_method_id }) => by === undefined || payment_method_id === by)
    .reduce(
      (sum, { transaction_type, amount }) =>
        sum + (transaction_type === 'payment' ? 1 : -1) * toCents(amount),
      0,
    );

test(`a gift card holds what payment histories leave of it, whole cents, and never less than nothing (seed ${seed})`, () => {
  check((given) =>
    around(given, ({ before, after }) => {
      for (const [card, balance] of cardsOf(after)) {
        const was = cardsOf(before).get(card) ?? 0;
        assert.equal(balance - was, paid(before, card) - paid(after, card), card);
        assert.equal(balance >= 0, true, card);
      }
      for (const { user } of after)
        for (const one of Object.values(user.payment_methods))
          if (one.source === 'gift_card') assert.equal(one.balance, toCents(one.balance) / 100);
    }),
  );
});

test(`an open order is paid with what its items cost; a cancelled one is paid back (seed ${seed})`, () => {
  check((given) =>
    around(given, ({ after, first }) => {
      for (const [index, { order: one }] of after.entries()) {
        const was = first[index]?.order;
        if (one.status === was?.status && was.status === 'cancelled') continue;
        if (one.status !== 'cancelled') assert.equal(paid([{ order: one } as Moment]), sumOf(one.items));
        // With the payment method modified before, each of the three lines is refunded: see cancel-order.ts.
        else if (one.payment_history.length === 2) assert.equal(paid([{ order: one } as Moment]), 0);
      }
    }),
  );
});

const WAYS: { readonly [from in OrderStatus]: { readonly [tool: string]: OrderStatus } } = {
  pending: {
    cancel_pending_order: 'cancelled',
    modify_pending_order_items: 'pending (item modified)',
    modify_pending_order_payment: 'pending',
    modify_pending_order_address: 'pending',
  },
  delivered: {
    return_delivered_order_items: 'return requested',
    exchange_delivered_order_items: 'exchange requested',
  },
  'pending (item modified)': {},
  processed: {},
  cancelled: {},
  'return requested': {},
  'exchange requested': {},
};

test(`an order changes only as its status allows, and nothing else changes with it (seed ${seed})`, () => {
  check((given) =>
    around(given, ({ call: one, answer, before, after }) => {
      const { order_id, user_id } = one.arguments;
      for (const [index, { order: now, user }] of after.entries()) {
        const { order: was, user: whoWas } = before[index] as Moment;
        if (!answer.ok || was.order_id !== order_id) assert.deepEqual(now, was);
        else assert.equal(now.status, WAYS[was.status][one.tool], `${one.tool} on ${was.status}`);
        if (!answer.ok || (was.user_id !== user_id && !before.some(isOf(order_id, was.user_id))))
          assert.deepEqual(user, whoWas);
        if (was.user_id !== user_id)
          assert.deepEqual({ ...user, payment_methods: 0 }, { ...whoWas, payment_methods: 0 });
      }
    }),
  );
});
const isOf =
  (order_id: unknown, user_id: string) =>
  ({ order: one }: Moment): boolean =>
    one.order_id === order_id && one.user_id === user_id;

/** Whether the first holds each of the second as often as the second does. */
const holds = (all: readonly string[], some: readonly string[]): boolean => {
  const left = [...all];
  return some.every((id) => {
    const at = left.indexOf(id);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
};

test(`items are replaced by others of the same product that are to be had, and only if the order holds them (seed ${seed})`, () => {
  check((given) =>
    around(given, ({ call: { arguments: args, tool }, answer, before, after }) => {
      if (!answer.ok || !tool.endsWith('items')) return;
      const ids = args['item_ids'] as string[];
      const at = ORDERS.indexOf(args['order_id'] as '#1');
      const was = (before[at] as Moment).order;
      const now = (after[at] as Moment).order;
      assert.equal(
        holds(
          was.items.map(({ item_id }) => item_id),
          ids,
        ),
        true,
      );
      const news = (args['new_item_ids'] ?? []) as string[];
      for (const [index, id] of news.entries()) {
        const product = PRODUCTS[ids[index]?.startsWith('lamp') ? 'lamp' : 'kettle'];
        assert.equal(product.variants[id]?.available, true);
      }
      if (tool === 'modify_pending_order_items') {
        const products = (one: Order): string[] => one.items.map(({ product_id }) => product_id);
        assert.deepEqual(products(now), products(was));
        for (const one of now.items) {
          const { price, options } = PRODUCTS[one.product_id as 'lamp'].variants[one.item_id] ?? {};
          assert.deepEqual([one.price, one.options], [price, options]);
        }
      } else assert.deepEqual([now.items, now.payment_history], [was.items, was.payment_history]);
      if (tool === 'return_delivered_order_items') assert.deepEqual(now.return_items, [...ids].sort());
      if (tool === 'exchange_delivered_order_items')
        assert.equal(toCents(now.exchange_price_difference ?? Number.NaN), pricesOf(news) - pricesOf(ids));
    }),
  );
});
const pricesOf = (ids: readonly string[]): number =>
  toCents(ids.reduce((sum, id) => sum + ({ ...lamp.variants, ...kettle.variants }[id]?.price ?? 0), 0));

test(`the same calls again, in any order and at any time, have the same answers and no effect (seed ${seed})`, () => {
  check(({ stock, calls }) => {
    const shop = openSmallShop(stock);
    const all = (from: Shop) => [...from.texts('orders'), ...from.texts('users')];
    const answers = calls.map((one) => {
      const answer = shop.call(one);
      assert.deepEqual(shop.call(one), answer);
      return answer;
    });
    const records = all(shop);
    assert.deepEqual(
      calls.toReversed().map((one) => shop.call(one)),
      answers.toReversed(),
    );
    assert.deepEqual(all(shop), records);
    const once = openSmallShop(stock);
    for (const one of calls) once.call(one);
    assert.deepEqual(all(once), records, 'twice leaves what once leaves');
  });
});

test('what is generated reaches success and each kind of refusal', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(scenario, (given) =>
      around(given, ({ call: one, answer }) => {
        const kind = answer.ok ? one.tool : answer.error.replaceAll(/(?:lamp|kettle)-\d|constructor/g, 'X');
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }),
    ),
    { seed: 1, numRuns: 400 },
  );
  assert.deepEqual([...seen.keys()].sort(), [
    'Error: X not found',
    'Error: insufficient gift card balance to pay for the new item',
    'Error: insufficient gift card balance to pay for the order',
    'Error: insufficient gift card balance to pay for the price difference',
    'Error: invalid reason',
    'Error: new item X not found or available',
    'Error: non-delivered order cannot be exchanged',
    'Error: non-delivered order cannot be returned',
    'Error: non-pending order cannot be cancelled',
    'Error: non-pending order cannot be modified',
    'Error: order not found',
    'Error: payment method not found',
    'Error: payment method should be either the original payment method or a gift card',
    'Error: some item not found',
    'Error: the new payment method should be different from the current one',
    'Error: the number of items to be exchanged should match',
    'Error: there should be exactly one payment for a pending order',
    'Error: user not found',
    'cancel_pending_order',
    'exchange_delivered_order_items',
    'modify_pending_order_address',
    'modify_pending_order_items',
    'modify_pending_order_payment',
    'modify_user_address',
    'return_delivered_order_items',
  ]);
});

test('the address of a customer is where they are found by name from then on', () => {
  const shop = openSmallShop();
  const find = (zip: string): Answer =>
    shop.call({
      tool: 'find_user_id_by_name_zip',
      arguments: { first_name: 'ADA', last_name: 'strand', zip },
    });
  assert.deepEqual(find('5003'), { ok: true, output: 'ada' });
  shop.call({
    tool: 'modify_user_address',
    arguments: { user_id: 'ada', ...HOME, zip: '0150' },
    key: 'move',
  });
  assert.deepEqual(find('0150'), { ok: true, output: 'ada' });
  assert.deepEqual(find('5003'), { ok: false, error: 'Error: user not found' });
  assert.deepEqual(shop.call({ tool: 'find_user_id_by_email', arguments: { email: 'Bo@Example.com' } }), {
    ok: true,
    output: 'bo',
  });
});
