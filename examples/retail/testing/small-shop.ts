/** A shop small enough that calls meet each other: two customers, two products, orders in every status. */
import Database from 'better-sqlite3';
import type { ToolEntry } from '../shop/catalogue.ts';
import type { Address, Item, Order, OrderStatus, Payment, Product, User } from '../shop/record.ts';
import { Shop } from '../shop/shop.ts';
import type { Stock } from '../shop/table.ts';
import { CHANGES, READS } from '../shop/tools/index.ts';

export const HOME: Address = {
  address1: '1 Quay',
  address2: '',
  city: 'Bergen',
  country: 'Norway',
  state: '',
  zip: '5003',
};

/** Any arguments: their shapes are those of the shop's own tools, which are not here. */
const ANYTHING = { type: 'object', additionalProperties: true };
const classOf = (name: string): ToolEntry['class'] => {
  if (name === 'transfer_to_human_agents') return 'escalate';
  return Object.hasOwn(CHANGES, name) ? 'consequential' : 'read';
};
export const TOOLS: ToolEntry[] = [...Object.keys(READS), ...Object.keys(CHANGES)].map((name) => ({
  name,
  description: name,
  class: classOf(name),
  parameters: ANYTHING,
}));

const product = (product_id: string, name: string, prices: readonly number[]): Product => ({
  name,
  product_id,
  variants: Object.fromEntries(
    prices.map((price, index) => {
      const item_id = `${product_id}-${index}`;
      // The last of each is sold out.
      return [
        item_id,
        { item_id, options: { size: String(index) }, available: index < prices.length - 1, price },
      ];
    }),
  ),
});

export const PRODUCTS = {
  lamp: product('lamp', 'Lamp', [19.99, 24.35, 7.1, 50]),
  kettle: product('kettle', 'Kettle', [158.9, 33.26, 89.07, 12.5]),
};

/** One of a variant, as an order holds it. */
export const item = (of: Product, index: number): Item => {
  const { item_id = '', price = 0, options = {} } = of.variants[`${of.product_id}-${index}`] ?? {};
  return { name: of.name, product_id: of.product_id, item_id, price, options };
};

export const order = (
  order_id: string,
  user_id: string,
  status: OrderStatus,
  items: readonly Item[],
  method: string,
): Order => {
  const amount = Number(items.reduce((sum, { price }) => sum + price, 0).toFixed(2));
  const payment: Payment = { transaction_type: 'payment', amount, payment_method_id: method };
  return {
    order_id,
    user_id,
    address: HOME,
    items,
    fulfillments: [{ tracking_id: [`T${order_id}`], item_ids: items.map(({ item_id }) => item_id) }],
    status,
    payment_history: [payment],
  };
};

export const customer = (id: string, balances: readonly number[], orders: readonly string[]): User => ({
  name: { first_name: id === 'ada' ? 'Ada' : 'Bo', last_name: 'Strand' },
  address: HOME,
  email: `${id.toUpperCase()}@example.com`,
  payment_methods: {
    ...Object.fromEntries(
      balances.map((balance, index) => {
        const card = `gift_card_${id}${index}`;
        return [card, { source: 'gift_card' as const, id: card, balance }];
      }),
    ),
    [`paypal_${id}`]: { source: 'paypal', id: `paypal_${id}` },
    [`credit_card_${id}`]: {
      source: 'credit_card',
      id: `credit_card_${id}`,
      brand: 'visa',
      last_four: '0000',
    },
  },
  orders,
});

export const stockOf = (users: { readonly [id: string]: User }, orders: readonly Order[]): Stock => ({
  tools: TOOLS,
  users,
  products: PRODUCTS,
  orders: Object.fromEntries(orders.map((one) => [one.order_id, one])),
});

const { lamp, kettle } = PRODUCTS;
export const STOCK = stockOf(
  {
    ada: customer('ada', [60, 400], ['#1', '#2', '#3']),
    bo: customer('bo', [5], ['#4', '#5', '#6']),
  },
  [
    order('#1', 'ada', 'pending', [item(lamp, 0), item(lamp, 0), item(kettle, 1)], 'gift_card_ada0'),
    order('#2', 'ada', 'delivered', [item(lamp, 1), item(kettle, 0)], 'paypal_ada'),
    order('#3', 'ada', 'processed', [item(lamp, 2)], 'credit_card_ada'),
    order('#4', 'bo', 'pending', [item(kettle, 2), item(lamp, 0)], 'credit_card_bo'),
    order('#5', 'bo', 'delivered', [item(lamp, 2), item(lamp, 2)], 'gift_card_bo0'),
    order('#6', 'bo', 'cancelled', [item(lamp, 1)], 'paypal_bo'),
  ],
);

export const openSmallShop = (stock: Stock = STOCK): Shop => new Shop(new Database(':memory:'), stock);

export const orderOf = (shop: Shop, id: string): Order =>
  JSON.parse(shop.texts('orders').get(id) ?? '') as Order;
export const userOf = (shop: Shop, id: string): User => JSON.parse(shop.texts('users').get(id) ?? '') as User;
