import type { Json } from '../definition/index.ts';
import type { Rejection, RunState, Task } from '../engine/index.ts';

/** A business refusal as a value, or what was asked for. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly rejection: Rejection };

/** What a command did, once it is durable. */
export interface Receipt {
  readonly run: string;
  readonly sequence: number;
  readonly status: RunState['status'];
  /** The tasks it touched, as they are now. */
  readonly tasks: readonly Task[];
  /** What the command was answered beside that. */
  readonly answer?: Json;
}
