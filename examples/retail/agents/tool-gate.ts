import type { Json } from 'humanos/worker';
import type { Answer } from '../shop/answer.ts';
import type { KeyedCall } from '../shop/shop.ts';

/**
 * Where an agent asks whether it may call a tool. It asks before every call, and what needs a human's yes is decided there, by policy:
 * an agent that is told no, or that hears nothing, does not call.
 */
export interface ToolGate {
  /**
   * Resolves when it is settled, however long people take. A request repeated under its key is the same request. What is allowed is one
   * call, with exactly these arguments.
   */
  request(call: KeyedCall, signal: AbortSignal): Promise<Permission>;
  /** Told what came of a call that it has allowed. */
  made?(call: KeyedCall, answer: Answer): Promise<void>;
}

export type Permission =
  | { readonly may: 'call' }
  /** Somebody said no, or a policy does, or the time for an answer is over. */
  | { readonly may: 'not'; readonly reason: string }
  /** Beyond what an agent may do: a person takes it over. */
  | { readonly may: 'hand_over'; readonly reason: string };

/** What an agent does for a customer, in the words of its answer. */
export type Step = {
  readonly tool: string;
  readonly arguments: { readonly [name: string]: Json };
} & (
  | { readonly outcome: 'done'; readonly output: Json }
  /** The shop said no; nothing changed. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The gate said no; the shop was not asked. */
  | { readonly outcome: 'denied'; readonly reason: string }
  | { readonly outcome: 'handed_over'; readonly reason: string }
);
