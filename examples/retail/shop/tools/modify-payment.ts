import { refuse, type Change } from '../answer.ts';
import { credit } from '../money.ts';
import type { Order, Records } from '../record.ts';
import { methodOf, orderIn, originalPayment } from './find.ts';
import { cannotPay } from './replacement.ts';

export interface OtherPayment {
  readonly order_id: string;
  readonly payment_method_id: string;
}

/** Has a pending order paid by another method, once; the first payment is refunded. */
export const modifyPayment = (records: Records, { order_id, payment_method_id }: OtherPayment): Change => {
  const found = orderIn(records, order_id, 'pending', 'modified');
  if (!found.ok) return found;
  const method = methodOf(found.user, payment_method_id);
  if (!method) return refuse('payment method not found');
  const first = originalPayment(found.order);
  if (found.order.payment_history.length > 1 || first.transaction_type !== 'payment')
    return refuse('there should be exactly one payment for a pending order');
  if (first.payment_method_id === payment_method_id)
    return refuse('the new payment method should be different from the current one');
  const { amount } = first;
  if (cannotPay(method, amount)) return refuse('insufficient gift card balance to pay for the order');
  const order: Order = {
    ...found.order,
    payment_history: [
      first,
      { transaction_type: 'payment', amount, payment_method_id },
      { transaction_type: 'refund', amount, payment_method_id: first.payment_method_id },
    ],
  };
  const user = credit(credit(found.user, payment_method_id, -amount), first.payment_method_id, amount);
  return { ok: true, order, user: { id: order.user_id, record: user }, output: order };
};
