/** Random shops, and calls at them that succeed about as often as they are refused. */
import fc from 'fast-check';
import type { Order, OrderStatus } from '../shop/record.ts';
import type { KeyedCall } from '../shop/shop.ts';
import type { Stock } from '../shop/table.ts';
import { customer, item, order, PRODUCTS, stockOf } from './small-shop.ts';

export interface Scenario {
  readonly stock: Stock;
  readonly calls: readonly KeyedCall[];
}

export const ORDERS = ['#1', '#2', '#3', '#4', '#5'] as const;
const ownerOf = (index: number): 'ada' | 'bo' => (index < 3 ? 'ada' : 'bo');
const methodsOf = (user: string): string[] => [
  `gift_card_${user}0`,
  `gift_card_${user}1`,
  `paypal_${user}`,
  `credit_card_${user}`,
];

const { lamp, kettle } = PRODUCTS;
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const balance = fc.oneof(upTo(3000), upTo(60_000)).map((cents) => cents / 100);
const status = fc.constantFrom<OrderStatus>(
  'pending',
  'pending',
  'pending',
  'delivered',
  'delivered',
  'processed',
  'cancelled',
);
const items = fc.array(
  fc.tuple(fc.constantFrom(lamp, kettle), upTo(3)).map(([of, index]) => item(of, index)),
  { minLength: 1, maxLength: 4 },
);
const orders = fc.tuple(
  ...ORDERS.map((id, index) =>
    fc.tuple(status, items, upTo(3)).map(([is, held, method]) => {
      const user = ownerOf(index);
      return order(id, user, is, held, methodsOf(user)[method] ?? '');
    }),
  ),
);
const stock = fc.tuple(balance, balance, balance, balance, orders).map(([a, b, c, d, all]) =>
  stockOf(
    {
      ada: customer('ada', [a, b], ORDERS.slice(0, 3)),
      bo: customer('bo', [c, d], ORDERS.slice(3)),
    },
    all,
  ),
);

/** Now and then a value is another one, which may name nothing. */
const orOdd = <Value>(usual: fc.Arbitrary<Value>, ...odd: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

/** A call before it is known what the orders hold: places stand for items. */
const sketch = fc.record({
  tool: fc.constantFrom(
    'cancel_pending_order',
    'modify_pending_order_items',
    'modify_pending_order_items',
    'exchange_delivered_order_items',
    'exchange_delivered_order_items',
    'modify_pending_order_payment',
    'return_delivered_order_items',
    'modify_pending_order_address',
    'modify_user_address',
  ),
  at: upTo(ORDERS.length - 1),
  oddOrder: orOdd(fc.constant(''), '#9', '__proto__'),
  picks: fc.array(fc.tuple(upTo(3), orOdd(upTo(2), 3)), { maxLength: 3 }),
  unique: orOdd(fc.constant(true), false),
  oddItem: orOdd(fc.constant(''), 'lamp-3', 'kettle-9', 'constructor'),
  oddNew: orOdd(fc.constant(''), 'lamp-3', 'kettle-0', 'constructor'),
  oneMore: orOdd(fc.constant(false), true),
  method: upTo(3),
  oddMethod: orOdd(fc.constant(''), 'paypal_0', 'toString', 'paypal_ada', 'gift_card_bo0'),
  oddUser: orOdd(fc.constant(''), 'constructor'),
  reason: orOdd(fc.constantFrom('no longer needed', 'ordered by mistake'), ''),
  zip: fc.constantFrom('0150', '5003'),
});
type Sketch = typeof sketch extends fc.Arbitrary<infer Value> ? Value : never;

const itemsOf = (drawn: Sketch, { items: held }: Order) => {
  const picks = drawn.picks.map(([place, to]) => [place % held.length, to] as const);
  const chosen = drawn.unique ? [...new Map(picks)] : picks;
  const pairs = chosen.map(
    ([place, to]) => [held[place]?.item_id ?? '', `${held[place]?.product_id}-${to}`] as const,
  );
  const item_ids = pairs.map(([from]) => from);
  const new_item_ids = pairs.map(([, to]) => to);
  return {
    item_ids: drawn.oddItem ? [...item_ids, drawn.oddItem] : item_ids,
    new_item_ids: [
      ...new_item_ids.slice(0, drawn.oddNew ? -1 : undefined),
      ...(drawn.oddNew ? [drawn.oddNew] : []),
      ...(drawn.oddItem || drawn.oneMore ? ['lamp-0'] : []),
    ],
  };
};

const argumentsOf = (drawn: Sketch, orders: Stock['orders']): KeyedCall['arguments'] => {
  const user = ownerOf(drawn.at);
  const order_id = drawn.oddOrder || (ORDERS[drawn.at] ?? '');
  const payment_method_id = drawn.oddMethod || (methodsOf(user)[drawn.method] ?? '');
  const { item_ids, new_item_ids } = itemsOf(drawn, orders[ORDERS[drawn.at] ?? ''] as Order);
  const address = {
    address1: '2 Pier',
    address2: '',
    city: 'Oslo',
    state: '',
    country: 'Norway',
    zip: drawn.zip,
  };
  switch (drawn.tool) {
    case 'cancel_pending_order':
      return { order_id, reason: drawn.reason };
    case 'modify_pending_order_payment':
      return { order_id, payment_method_id };
    case 'return_delivered_order_items':
      return { order_id, item_ids, payment_method_id };
    case 'modify_pending_order_address':
      return { order_id, ...address };
    case 'modify_user_address':
      return { user_id: drawn.oddUser || user, ...address };
    default:
      return { order_id, item_ids, new_item_ids, payment_method_id };
  }
};

export const scenario: fc.Arbitrary<Scenario> = fc
  .tuple(stock, fc.array(sketch, { minLength: 1, maxLength: 12 }))
  .map(([given, drawn]) => ({
    stock: given,
    calls: drawn.map((one, index) => ({
      key: `call/${index}`,
      tool: one.tool,
      arguments: argumentsOf(one, given.orders),
    })),
  }));
