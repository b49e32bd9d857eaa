import type { Json } from 'humanos/worker';
import type { Order, User } from './record.ts';

/** A tool says no in words for the customer, which begin with `Error: `. It has changed nothing. */
export interface Refusal {
  readonly ok: false;
  readonly error: string;
}
export type Answer = { readonly ok: true; readonly output: Json } | Refusal;

export const refuse = (why: string): Refusal => ({ ok: false, error: `Error: ${why}` });
export const answer = (output: unknown): Answer => ({ ok: true, output: output as Json });

/** What a call makes of the records: only what differs, each record whole. */
export interface Changes {
  readonly ok: true;
  readonly order?: Order;
  readonly user?: { readonly id: string; readonly record: User };
  /** The record that is shown as the answer. */
  readonly output: Order | User;
}
export type Change = Changes | Refusal;
