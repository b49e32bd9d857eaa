import type { Rejection } from '../engine/index.ts';
import { no as refused, type Refused } from '../runtime/index.ts';
import type { ErrorCode } from './errors/catalogue.ts';

export { done, type Refused } from '../runtime/index.ts';

/** A refusal of these operations; its code is one that has a page. */
export const no: (code: ErrorCode, message: string, details?: Rejection['details']) => Refused = refused;
