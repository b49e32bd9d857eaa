import { answer, refuse, type Answer } from '../answer.ts';
import type { Records } from '../record.ts';

const found = (record: unknown, what: string): Answer =>
  record === undefined ? refuse(`${what} not found`) : answer(record);

export const orderDetails = (records: Records, { order_id }: { readonly order_id: string }): Answer =>
  found(records.order(order_id), 'order');

export const productDetails = (records: Records, { product_id }: { readonly product_id: string }): Answer =>
  found(records.product(product_id), 'product');

export const userDetails = (records: Records, { user_id }: { readonly user_id: string }): Answer =>
  found(records.user(user_id), 'user');

export const userIdByEmail = (records: Records, { email }: { readonly email: string }): Answer =>
  found(records.userIdByEmail(email), 'user');

export const userIdByNameAndZip = (
  records: Records,
  name: { readonly first_name: string; readonly last_name: string; readonly zip: string },
): Answer => found(records.userIdByNameAndZip(name.first_name, name.last_name, name.zip), 'user');

/** Product ids by name, in the order of the names. */
export const productTypes = (records: Records): Answer =>
  answer(
    Object.fromEntries(
      records
        .productTypes()
        .map(({ name, product_id }) => [name, product_id] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
