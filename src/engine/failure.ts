import type { Layer } from '../definition/graph.ts';

/** Why a task, a step or a run did not succeed. `code` is stable; `message` is for people. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly step?: string;
  readonly slot?: number;
  readonly layer?: Layer;
}

/** Of an attempt, where it was made. */
export const failureOf = (
  { step, slot, layer }: Required<Pick<Failure, 'step' | 'slot' | 'layer'>>,
  code: string,
  message: string,
): Failure => ({ code, message, step, slot, layer });

export const CANCELLED = 'The run was cancelled.';
export const cancelledFor = (reason: string | null): Failure => ({
  code: 'cancelled',
  message: reason ?? CANCELLED,
  layer: 'decide',
});

/** A business refusal: a value, never an exception. Codes have a page each under `docs/errors/`. */
export interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly details?: { readonly [key: string]: unknown };
}
export const refuse = (code: string, message: string, details?: Rejection['details']): Rejection =>
  details ? { code, message, details } : { code, message };
