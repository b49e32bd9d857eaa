import { answer, type Answer, type Change } from '../answer.ts';
import type { Records } from '../record.ts';
import { calculate } from './calculate.ts';
import { cancelOrder } from './cancel-order.ts';
import { exchangeItems } from './exchange-items.ts';
import {
  orderDetails,
  productDetails,
  productTypes,
  userDetails,
  userIdByEmail,
  userIdByNameAndZip,
} from './look-up.ts';
import { modifyOrderAddress, modifyUserAddress } from './modify-address.ts';
import { modifyItems } from './modify-items.ts';
import { modifyPayment } from './modify-payment.ts';
import { returnItems } from './return-items.ts';

/** Leave everything as it is. Arguments have the shape that the tool declares. */
export const READS: { readonly [name: string]: (records: Records, args: never) => Answer } = {
  calculate,
  find_user_id_by_email: userIdByEmail,
  find_user_id_by_name_zip: userIdByNameAndZip,
  get_order_details: orderDetails,
  get_product_details: productDetails,
  get_user_details: userDetails,
  list_all_product_types: productTypes,
  think: () => answer(''),
  transfer_to_human_agents: () => answer('Transfer successful'),
};

/** Say what becomes of the records; nothing is written here. */
export const CHANGES: { readonly [name: string]: (records: Records, args: never) => Change } = {
  cancel_pending_order: cancelOrder,
  exchange_delivered_order_items: exchangeItems,
  modify_pending_order_address: modifyOrderAddress,
  modify_pending_order_items: modifyItems,
  modify_pending_order_payment: modifyPayment,
  modify_user_address: modifyUserAddress,
  return_delivered_order_items: returnItems,
};
