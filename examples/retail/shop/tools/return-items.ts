import { refuse, type Change } from '../answer.ts';
import type { Order, Records } from '../record.ts';
import { methodOf, missingItem, orderIn, originalPayment } from './find.ts';

export interface Return {
  readonly order_id: string;
  readonly item_ids: readonly string[];
  readonly payment_method_id: string;
}

/** Notes that items of a delivered order come back. The refund is later, to the original payment method or a gift card. */
export const returnItems = (records: Records, { order_id, item_ids, payment_method_id }: Return): Change => {
  const found = orderIn(records, order_id, 'delivered', 'returned');
  if (!found.ok) return found;
  const method = methodOf(found.user, payment_method_id);
  if (!method) return refuse('payment method not found');
  if (method.source !== 'gift_card' && method.id !== originalPayment(found.order).payment_method_id)
    return refuse('payment method should be either the original payment method or a gift card');
  if (missingItem(found.order, item_ids) !== undefined) return refuse('some item not found');
  const order: Order = {
    ...found.order,
    status: 'return requested',
    return_items: [...item_ids].sort(),
    return_payment_method_id: payment_method_id,
  };
  return { ok: true, order, output: order };
};
