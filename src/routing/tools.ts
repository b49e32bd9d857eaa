import type { Passport } from './passport.ts';

/** Tools that a passport may use; null is any. */
export type Tools = readonly string[] | null;

/** What a passport does not name is none of its tools. */
export const hasTool = ({ tools = null }: Pick<Passport, 'tools'>, tool: string): boolean =>
  tools === null || tools.includes(tool);

/** What both have. */
export const narrowTools = (own: Tools, theirs: Tools): Tools =>
  own && theirs ? own.filter((tool) => theirs.includes(tool)) : (own ?? theirs);
