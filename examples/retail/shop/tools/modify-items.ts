import { refuse, type Change } from '../answer.ts';
import { credit } from '../money.ts';
import type { Item, Order, Records, Variant } from '../record.ts';
import { cannotPay, replaceable, type Replacement } from './replacement.ts';

/** Replaces items of a pending order, once: after that, the order is neither modified nor cancelled. The difference is paid now. */
export const modifyItems = (records: Records, asked: Replacement): Change => {
  const found = replaceable(records, asked, { status: 'pending', otherwise: 'modified' });
  if (!found.ok) return found;
  const { method, difference, pairs } = found;
  if (cannotPay(method, difference)) return refuse('insufficient gift card balance to pay for the new item');
  const order: Order = {
    ...found.order,
    status: 'pending (item modified)',
    items: pairs.reduce((items, { from, to }) => replaceFirst(items, from, to), found.order.items),
    payment_history: [
      ...found.order.payment_history,
      {
        transaction_type: difference > 0 ? 'payment' : 'refund',
        // As floating point gives it, for the line of the reference is not rounded either; balances are.
        amount: Math.abs(difference),
        payment_method_id: asked.payment_method_id,
      },
    ],
  };
  const user = credit(found.user, asked.payment_method_id, -difference);
  return { ok: true, order, user: { id: order.user_id, record: user }, output: order };
};

const replaceFirst = (items: readonly Item[], id: string, { item_id, price, options }: Variant): Item[] => {
  const at = items.findIndex((item) => item.item_id === id);
  return items.map((item, index) => (index === at ? { ...item, item_id, price, options } : item));
};
