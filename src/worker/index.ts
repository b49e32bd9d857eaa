import { createClient } from '../client/index.ts';
import { clientPort } from './client-port.ts';
import type { Handler, Handlers } from './handler.ts';
import { startWorker, type Worker, type WorkerSettings } from './worker.ts';

export { describeEvent, type WorkerEvent } from './event.ts';
export { FinalError, RetryableError } from './failure.ts';
export type { FullHandler, Handle, Handler, HandlerContext, InvalidResult, WorkerTask } from './handler.ts';
export { TaskLost, type Loss } from './hold.ts';
export type { Json } from './json.ts';
export type { Refused, Usage } from './port.ts';
export type { GrantedCall, ToolPermission, WantedCall } from './tool-gate.ts';
export type { Worker, WorkerSettings } from './worker.ts';

export interface WorkerOptions extends WorkerSettings {
  /** Where the server is; `HUMANOS_URL` if absent, else `http://127.0.0.1:4400`. */
  readonly url?: string;
  /** The token of the worker's passport; `HUMANOS_TOKEN` if absent. */
  readonly token?: string;
  /** Reaches a server in the same process, as `fetch` of an open server does. */
  readonly fetch?: (request: Request) => Response | Promise<Response>;
  /** Whether SIGINT and SIGTERM stop the worker, and a refusal sets the exit code; true, but not where `fetch` is given. */
  readonly signals?: boolean;
}

/**
 * Starts an agent: claims tasks that ask for one of the capabilities, gives each to its handler, and answers with what that returns
 * or throws. Connections that are lost are made again; a claim is kept alive by heartbeats. It goes on until it is stopped.
 *
 *     worker({ name: 'invoice reader', capabilities: ['invoice_processing'] }, async (task) => ({ … }));
 *
 * Without a capability (`[]`) it takes whatever comes to its passport, as a system of record does: what it is to write asks for none.
 */
export function worker<Input = unknown>(
  options: WorkerOptions & { readonly capabilities: readonly string[] },
  handler: Handler<Input>,
): Worker;
/** With one handler for each capability. A task that asks for several goes to the handler of the first of them. */
export function worker(options: WorkerOptions, handlers: Readonly<Record<string, Handler<never>>>): Worker;
export function worker(
  options: WorkerOptions & { readonly capabilities?: readonly string[] },
  given: Handler<never> | Readonly<Record<string, Handler<never>>>,
): Worker {
  const { capabilities, url, token, fetch: own, signals = !own, log } = options;
  const client = createClient({
    url: url ?? (process.env['HUMANOS_URL'] || 'http://127.0.0.1:4400'),
    token: token ?? (process.env['HUMANOS_TOKEN'] || undefined),
    ...(own && {
      fetch: async (where: string | URL | Request, init?: RequestInit) => own(new Request(where, init)),
    }),
    retries: 0,
  });
  const handlers = handlersOf(capabilities, given);
  if (handlers.size === 0) throw new TypeError('A worker needs a handler.');
  const quiet = own && !log ? { log: () => {} } : {};
  const started = startWorker({ ...options, ...quiet }, handlers, {
    port: clientPort(client),
  });
  if (signals) followSignals(started);
  return started;
}

function handlersOf(
  capabilities: readonly string[] | undefined,
  given: Handler<never> | Readonly<Record<string, Handler<never>>>,
): Handlers<Handler> {
  const named = capabilities?.map((name) => [name, given]) ?? Object.entries(given);
  return new Map((capabilities?.length === 0 ? [[null, given]] : named) as [string | null, Handler][]);
}

/** The first signal stops within the grace, the second at once. */
function followSignals(started: Worker): void {
  const stop = (): void => void started.stop();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  void started.ended.then((refused) => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    if (refused) process.exitCode = 1;
  });
}
