import { createClient, type Client } from '../client/index.ts';
import { DEFAULT_HOST, DEFAULT_PORT } from './addresses.ts';
import type { Roots } from './roots.ts';
import { Terminal, type Streams } from './terminal.ts';

export interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
  readonly delegation?: string;
}
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set to nothing is one that is not set, as where another that it repeats is not there. */
export const variablesOf = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

/** What a command has to work with. */
export interface Context {
  readonly terminal: Terminal;
  readonly roots: Roots;
  readonly env: Environment;
  readonly url: string;
  readonly token: string | undefined;
  /** Aborts when the user interrupts; a command that does not ask for it is simply ended. */
  readonly signal: AbortSignal;
  readonly client: Client;
}

const DEFAULT_DATABASE = 'sqlite:.humanos/humanos.sqlite';

export function makeContext(
  options: GlobalOptions,
  means: {
    readonly roots: Roots;
    readonly env: Environment;
    readonly streams: Streams;
    readonly signal: AbortSignal;
  },
): Context {
  const { roots, env, streams } = means;
  const url = options.url ?? env['HUMANOS_URL'] ?? urlOf(env);
  const token = options.token ?? env['HUMANOS_TOKEN'];
  let client: Client | undefined;
  return {
    terminal: new Terminal(streams, options.json ?? false),
    roots,
    env,
    url,
    token,
    get signal() {
      return means.signal;
    },
    /** Made for commands that use it: an address that cannot be used is nothing to the others. */
    get client() {
      return (client ??= createClient({
        url,
        token,
        retries: 2,
        delegation: options.delegation,
      }));
    },
  };
}

/** Where a server would be that was started in the same environment. */
function urlOf(env: Environment): string {
  const host = env['HUMANOS_HOST'] ?? DEFAULT_HOST;
  const reachable = host === '0.0.0.0' || host === '::' ? DEFAULT_HOST : host;
  const named = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `http://${named}:${env['HUMANOS_PORT'] ?? DEFAULT_PORT}`;
}

export const databaseUrlOf = (env: Environment, given: string | undefined): string =>
  given ?? env['HUMANOS_DATABASE_URL'] ?? DEFAULT_DATABASE;
