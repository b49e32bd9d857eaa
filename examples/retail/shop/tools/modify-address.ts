import { refuse, type Change } from '../answer.ts';
import type { Address, Order, Records, User } from '../record.ts';
import { orderIn } from './find.ts';

/** The shipping address of a pending order. */
export const modifyOrderAddress = (
  records: Records,
  { order_id, ...address }: Address & { readonly order_id: string },
): Change => {
  const found = orderIn(records, order_id, 'pending', 'modified');
  if (!found.ok) return found;
  const order: Order = { ...found.order, address: addressOf(address) };
  return { ok: true, order, output: order };
};

/** The default address of a customer; orders keep theirs. */
export const modifyUserAddress = (
  records: Records,
  { user_id, ...address }: Address & { readonly user_id: string },
): Change => {
  const user = records.user(user_id);
  if (!user) return refuse('user not found');
  const record: User = { ...user, address: addressOf(address) };
  return { ok: true, user: { id: user_id, record }, output: record };
};

const addressOf = ({ address1, address2, city, state, country, zip }: Address): Address => ({
  address1,
  address2,
  city,
  state,
  country,
  zip,
});
