/** The records of the shop as its JSON files hold them. Amounts are in US dollars. */

export interface Address {
  readonly address1: string;
  readonly address2: string;
  readonly city: string;
  readonly country: string;
  readonly state: string;
  readonly zip: string;
}

export type PaymentMethod =
  | { readonly source: 'gift_card'; readonly id: string; readonly balance: number }
  | {
      readonly source: 'credit_card';
      readonly id: string;
      readonly brand: string;
      readonly last_four: string;
    }
  | { readonly source: 'paypal'; readonly id: string };

export interface User {
  readonly name: { readonly first_name: string; readonly last_name: string };
  readonly address: Address;
  readonly email: string;
  readonly payment_methods: { readonly [id: string]: PaymentMethod };
  /** Ids of orders. */
  readonly orders: readonly string[];
}

type Options = { readonly [name: string]: string };

export interface Variant {
  readonly item_id: string;
  readonly options: Options;
  readonly available: boolean;
  readonly price: number;
}

export interface Product {
  readonly name: string;
  readonly product_id: string;
  /** By item id. */
  readonly variants: { readonly [id: string]: Variant };
}

export interface Item {
  readonly name: string;
  readonly product_id: string;
  readonly item_id: string;
  readonly price: number;
  readonly options: Options;
}

export interface Payment {
  readonly transaction_type: 'payment' | 'refund';
  readonly amount: number;
  readonly payment_method_id: string;
}

export type OrderStatus =
  | 'pending'
  | 'pending (item modified)'
  | 'processed'
  | 'delivered'
  | 'cancelled'
  | 'return requested'
  | 'exchange requested';

export interface Order {
  readonly order_id: string;
  readonly user_id: string;
  readonly address: Address;
  readonly items: readonly Item[];
  readonly fulfillments: readonly {
    readonly tracking_id: readonly string[];
    readonly item_ids: readonly string[];
  }[];
  readonly status: OrderStatus;
  readonly payment_history: readonly Payment[];
  readonly cancel_reason?: string;
  readonly return_items?: readonly string[];
  readonly return_payment_method_id?: string;
  readonly exchange_items?: readonly string[];
  readonly exchange_new_items?: readonly string[];
  readonly exchange_payment_method_id?: string;
  /** What the customer pays on top; negative is what comes back. */
  readonly exchange_price_difference?: number;
}

/** What the tools look things up in. */
export interface Records {
  order(id: string): Order | undefined;
  user(id: string): User | undefined;
  product(id: string): Product | undefined;
  /** Upper and lower case are the same. */
  userIdByEmail(email: string): string | undefined;
  userIdByNameAndZip(firstName: string, lastName: string, zip: string): string | undefined;
  productTypes(): readonly Pick<Product, 'name' | 'product_id'>[];
}
