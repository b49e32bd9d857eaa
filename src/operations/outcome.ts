import { refuse, type Rejection } from '../engine/index.ts';
import type { Outcome } from '../runtime/index.ts';
import type { ErrorCode } from './errors.ts';

export type Refused = Extract<Outcome<never>, { ok: false }>;

export const done = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});

/** A refusal of these operations; its code is one that has a page. */
export const no = (code: ErrorCode, message: string, details?: Rejection['details']): Refused => ({
  ok: false,
  rejection: refuse(code, message, details),
});
