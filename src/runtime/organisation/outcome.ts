import { refuse, type Rejection } from '../../engine/index.ts';
import type { Outcome } from '../runs.ts';

export type Refused = Extract<Outcome<never>, { ok: false }>;

export const done = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});

export const no = (code: string, message: string, details?: Rejection['details']): Refused => ({
  ok: false,
  rejection: refuse(code, message, details),
});
