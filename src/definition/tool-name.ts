/** Tools by their names, or by the beginning of their names and a `*`: `mcp:shop/*`. */
import { z } from 'zod';

/** A star alone would be everything. */
export const toolPattern = z
  .string()
  .regex(/^[^*\s]{1,199}\*?$/, { error: 'Name a tool, or the beginning of its name and a `*`.' });

export const covers = (pattern: string, tool: string): boolean =>
  pattern.endsWith('*') ? tool.startsWith(pattern.slice(0, -1)) : tool === pattern;
