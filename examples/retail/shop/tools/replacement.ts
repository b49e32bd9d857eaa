import { refuse, type Refusal } from '../answer.ts';
import type { Item, Order, PaymentMethod, Records, User, Variant } from '../record.ts';
import { methodOf, missingItem, orderIn, own } from './find.ts';

/** Items of an order for others of the same product, in pairs by position. */
export interface Replacement {
  readonly order_id: string;
  readonly item_ids: readonly string[];
  readonly new_item_ids: readonly string[];
  readonly payment_method_id: string;
}

export interface Replaceable {
  readonly ok: true;
  readonly order: Order;
  readonly user: User;
  readonly pairs: readonly { readonly from: string; readonly to: Variant }[];
  /** What the new items cost more, in dollars; not rounded. */
  readonly difference: number;
  readonly method: PaymentMethod;
}

/** What can be replaced in an order, up to the question whether the difference can be paid. */
export const replaceable = (
  records: Records,
  { order_id, item_ids, new_item_ids, payment_method_id }: Replacement,
  expected: { readonly status: 'pending' | 'delivered'; readonly otherwise: string },
): Replaceable | Refusal => {
  const found = orderIn(records, order_id, expected.status, expected.otherwise);
  if (!found.ok) return found;
  const { order, user } = found;
  const missing = missingItem(order, item_ids);
  if (missing !== undefined) return refuse(`${missing} not found`);
  if (item_ids.length !== new_item_ids.length)
    return refuse('the number of items to be exchanged should match');
  const pairs: { from: string; to: Variant }[] = [];
  let difference = 0;
  for (const [index, from] of item_ids.entries()) {
    const item = itemOf(order, from);
    const wanted = new_item_ids[index] ?? '';
    const to = own(variantsOf(records, item), wanted);
    if (!to?.available) return refuse(`new item ${wanted} not found or available`);
    difference += to.price - item.price;
    pairs.push({ from, to });
  }
  const method = methodOf(user, payment_method_id);
  return method ? { ok: true, order, user, pairs, difference, method } : refuse('payment method not found');
};

const itemOf = ({ items, order_id }: Order, id: string): Item => {
  const item = items.find(({ item_id }) => item_id === id);
  if (!item) throw new Error(`order ${order_id} does not hold ${id}`);
  return item;
};

const variantsOf = (records: Records, { product_id }: Item): { readonly [id: string]: Variant } => {
  const product = records.product(product_id);
  if (!product) throw new Error(`product ${product_id} is not in the records`);
  return product.variants;
};

/** Only a gift card has a balance that may not do. */
export const cannotPay = (method: PaymentMethod, amount: number): boolean =>
  method.source === 'gift_card' && method.balance < amount;
