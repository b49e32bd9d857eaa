import { refuse, type Change } from '../answer.ts';
import { roundCents } from '../money.ts';
import type { Order, Records } from '../record.ts';
import { cannotPay, replaceable, type Replacement } from './replacement.ts';

/** Notes that items of a delivered order are to be exchanged. Items and money move later, when the old ones have come back. */
export const exchangeItems = (records: Records, asked: Replacement): Change => {
  const found = replaceable(records, asked, { status: 'delivered', otherwise: 'exchanged' });
  if (!found.ok) return found;
  const difference = roundCents(found.difference);
  if (cannotPay(found.method, difference))
    return refuse('insufficient gift card balance to pay for the price difference');
  const order: Order = {
    ...found.order,
    status: 'exchange requested',
    exchange_items: [...asked.item_ids].sort(),
    exchange_new_items: [...asked.new_item_ids].sort(),
    exchange_payment_method_id: asked.payment_method_id,
    exchange_price_difference: difference,
  };
  return { ok: true, order, output: order };
};
