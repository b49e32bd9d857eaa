import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { App } from './app.ts';
import { secured } from './guard.ts';
import { respond } from './problem.ts';
import { faultResponse, type Log } from './shell.ts';
import { refuseExpectation, refuseUnreadable, unreadable } from './unreadable.ts';

export interface Listening {
  /** Where the server is: `http://127.0.0.1:4400`. */
  readonly url: string;
  /**
   * Ends what waits, and resolves when what is under way has finished, or after `grace` ms. Who asks meanwhile hears that the server is
   * stopping.
   */
  drain(grace?: number): Promise<void>;
  /** After draining, closes. Resolves when the last connection is gone. */
  stop(grace?: number): Promise<void>;
}

const GRACE = 10_000;
/** Longer than clients and load balancers keep a connection that rests: none is closed here while somebody asks on it. */
const KEPT_MS = 75_000;

/**
 * A connection that takes nothing of its answer for as long as `app.patience` is dropped. The platform looks at what has left, so that one
 * which takes little at a time is kept; where nothing is to be taken, as while somebody waits for a task, time does not count.
 *
 * @throws Error of the platform (`EADDRINUSE`, …) when the address cannot be had
 */
export async function listen(
  app: App,
  { host, port, log }: { host: string; port: number; log: Log },
): Promise<Listening> {
  const listener = getRequestListener(app.fetch, {
    errorHandler: (fault) =>
      secured(
        fault instanceof RequestError
          ? respond(unreadable(fault.message))
          : faultResponse({ log }, fault, 'listener'),
      ),
  });
  const name = host.includes(':') ? `[${host}]` : host;
  const underWay = new UnderWay();
  const latest = new WeakMap<Duplex, ServerResponse>();
  // What lacks its host is refused by the listener, with a problem.
  const settings = { keepAliveTimeout: KEPT_MS, requireHostHeader: false };
  const server = createServer(settings, (request, response) => {
    // Probes speak HTTP/1.0, which knows no host; browsers never do, so that no page of another site gains by it.
    if (request.httpVersion === '1.0') request.headers.host ??= name;
    latest.set(request.socket, response);
    underWay.add();
    response.once('close', () => underWay.remove());
    response.setTimeout(app.patience, () => {
      if (response.writableLength > 0) response.destroy();
    });
    void listener(request, response);
  });
  server.on('clientError', (fault, socket) => refuseUnreadable(fault, socket, latest.get(socket)));
  server.on('checkExpectation', (_, response) => refuseExpectation(response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${name}:${bound}`,
    drain: (grace = GRACE) => drain(app, underWay, grace),
    stop: async (grace = GRACE) => {
      await drain(app, underWay, grace);
      await close(server);
    },
  };
}

/** Requests that have not been answered yet. */
class UnderWay {
  #count = 0;
  #none: (() => void) | null = null;

  add(): void {
    this.#count += 1;
  }
  remove(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#none?.();
  }
  /** Calls whenever none is left, and now if that is so. */
  onNone(call: () => void): void {
    this.#none = call;
    if (this.#count === 0) call();
  }
}

async function drain(app: App, underWay: UnderWay, grace: number): Promise<void> {
  app.drain();
  let late: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    late = setTimeout(resolve, grace);
    underWay.onNone(resolve);
  });
  clearTimeout(late);
}

/** Connections without a request under way are closed, whether or not the platform takes them for idle; by now the others as well. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
