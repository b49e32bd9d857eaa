import { refuse, type Change } from '../answer.ts';
import { credit } from '../money.ts';
import type { Order, Payment, Records } from '../record.ts';
import { orderIn } from './find.ts';

const REASONS = ['no longer needed', 'ordered by mistake'];

export interface Cancellation {
  readonly order_id: string;
  readonly reason: string;
}

/**
 * Cancels a pending order and gives the money back: to a gift card at once, else in some days.
 *
 * Each line of the payment history is answered by a refund, whatever kind of line it is: so the reference does, also after the payment
 * method was modified.
 */
export const cancelOrder = (records: Records, { order_id, reason }: Cancellation): Change => {
  const found = orderIn(records, order_id, 'pending', 'cancelled');
  if (!found.ok) return found;
  if (!REASONS.includes(reason)) return refuse('invalid reason');
  const refunds = found.order.payment_history.map(({ amount, payment_method_id }): Payment => ({
    transaction_type: 'refund',
    amount,
    payment_method_id,
  }));
  const order: Order = {
    ...found.order,
    status: 'cancelled',
    cancel_reason: reason,
    payment_history: [...found.order.payment_history, ...refunds],
  };
  const user = refunds.reduce(
    (to, { payment_method_id, amount }) => credit(to, payment_method_id, amount),
    found.user,
  );
  return { ok: true, order, user: { id: order.user_id, record: user }, output: order };
};
