import { Option, type Command } from 'commander';
import { wholeNumber } from './input.ts';

export interface Paged {
  readonly limit: number;
  readonly cursor?: string;
}

export const limit = (rows: number): Option =>
  new Option('-n, --limit <n>', 'rows').argParser(wholeNumber(1, 1000)).default(rows);

/** A command that gives so many rows at a time, if nothing else is said. */
export const paged = (command: Command, rows = 100): Command =>
  command.addOption(limit(rows)).option('--cursor <cursor>', 'go on where a page ended');

/** The page that is asked for: the options of a command hold the token as well. */
export const pageOf = ({ limit: rows, cursor }: Paged) => ({
  limit: rows,
  ...(cursor !== undefined && { cursor }),
});
