import { refuse, type Refusal } from '../answer.ts';
import type { Order, OrderStatus, PaymentMethod, Records, User } from '../record.ts';

/** A member under a name that came from outside. */
export const own = <Value>(all: { readonly [name: string]: Value }, name: string): Value | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined;

/** The order, where it exists and has the status. */
export const orderIn = (
  records: Records,
  id: string,
  status: OrderStatus,
  otherwise: string,
): { readonly ok: true; readonly order: Order; readonly user: User } | Refusal => {
  const order = records.order(id);
  if (!order) return refuse('order not found');
  return order.status === status
    ? { ok: true, order, user: customerOf(records, order) }
    : refuse(`non-${status} order cannot be ${otherwise}`);
};

const customerOf = (records: Records, { order_id, user_id }: Order): User => {
  const user = records.user(user_id);
  if (!user) throw new Error(`order ${order_id} is of ${user_id}, who is not in the records`);
  return user;
};

export const methodOf = (user: User, id: string): PaymentMethod | undefined => own(user.payment_methods, id);

/** The first of these that the order does not hold as often as it is named here. */
export const missingItem = ({ items }: Order, ids: readonly string[]): string | undefined => {
  const held = items.map(({ item_id }) => item_id);
  const times = (all: readonly string[], id: string): number => all.filter((other) => other === id).length;
  return ids.find((id) => times(ids, id) > times(held, id));
};

/** The payment an order began with. */
export const originalPayment = ({ order_id, payment_history }: Order) => {
  const [first] = payment_history;
  if (!first) throw new Error(`order ${order_id} was never paid`);
  return first;
};
