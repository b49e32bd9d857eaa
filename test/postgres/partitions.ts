import { block } from './guide.ts';
import type { PostgresServer } from './server.ts';

/**
 * Divides the entries of a database as the guide says: what comes before the first of the runs, what lies between one and the next, and
 * what comes after the last.
 */
export async function partition(
  server: PostgresServer,
  url: string,
  [first = '', ...more]: readonly string[],
): Promise<void> {
  const say = (name: string, from: string, to: string): Promise<unknown> =>
    server.query(block(`sql ${name}`).replaceAll('$FROM', from).replaceAll('$TO', to), url);
  await say('partition', first, '');
  for (const [at, to] of more.entries()) await say('next-partition', at === 0 ? first : more[at - 1]!, to);
}

/** Where the runs begin that are started from a moment on, in milliseconds. */
export const runsFrom = (moment: number): string => `run_${moment.toString(16).padStart(12, '0')}`;
