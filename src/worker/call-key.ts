import { createHash } from 'node:crypto';
import type { Held } from './port.ts';

/** Keys have 255 characters at most, and ids of tasks in nested runs may have more. */
const LONGEST_ID = 180;

/** The idempotency key of the n-th call of its kind on a claim: a repetition has the same, and no other call has. */
export const callKey = (what: string, { id, token }: Held, call: number): string => {
  const name = id.length <= LONGEST_ID ? id : createHash('sha256').update(id).digest('hex');
  return `${what}/${name}/${token}/${call}`;
};
