import { after } from 'node:test';
import { PostgresServer } from './server.ts';

export { Pooler } from './pooler.ts';
export { Proxy } from './proxy.ts';
export { freePort, PostgresServer } from './server.ts';
export type { User } from './program.ts';

/** One server for all tests of this process; or the reason why there is none, which in CI is a failure. */
export type Availability = { readonly server: PostgresServer } | { readonly reason: string };

let shared: Promise<Availability> | null = null;

export const sharedPostgres = (): Promise<Availability> => (shared ??= start());

async function start(): Promise<Availability> {
  try {
    const server = await PostgresServer.create();
    after(() => server.remove());
    return { server };
  } catch (fault) {
    if (process.env['CI']) throw fault;
    return { reason: `PostgreSQL cannot be started here: ${(fault as Error).message}` };
  }
}

/** What tests of one server are skipped for: nothing, where there is one. */
export const skipWithout = (postgres: Availability): string | false =>
  'reason' in postgres ? postgres.reason : false;

/** @throws Error where tests run that should have been skipped. */
export function serverOf(postgres: Availability): PostgresServer {
  if ('server' in postgres) return postgres.server;
  throw new Error(postgres.reason);
}
