import { covers } from '../definition/tool-name.ts';
import type { Passport } from './passport.ts';

/** Tools that a passport may use, by name or by the beginning of the name and a `*`; null is any. */
export type Tools = readonly string[] | null;

/** What a passport does not name is none of its tools. */
export const hasTool = ({ tools = null }: Pick<Passport, 'tools'>, tool: string): boolean =>
  tools === null || tools.some((name) => covers(name, tool));

/** What both have: of two names of which one covers the other, that other. */
export const narrowTools = (own: Tools, theirs: Tools): Tools => {
  if (own === null || theirs === null) return own ?? theirs;
  const within = (some: readonly string[], others: readonly string[]): readonly string[] =>
    some.filter((name) => others.some((other) => covers(other, name)));
  return [...new Set([...within(own, theirs), ...within(theirs, own)])];
};
