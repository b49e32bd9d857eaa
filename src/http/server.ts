import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { no } from '../operations/index.ts';
import type { App } from './app.ts';
import { problemResponse } from './problem.ts';
import { faultResponse, type Log } from './shell.ts';

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
      fault instanceof RequestError
        ? problemResponse(no('request_invalid', `The request cannot be read: ${fault.message}.`).rejection)
        : faultResponse({ log }, fault, 'listener'),
  });
  const underWay = new UnderWay();
  const server = createServer({ keepAliveTimeout: KEPT_MS }, (request, response) => {
    underWay.add();
    response.once('close', () => underWay.remove());
    response.setTimeout(app.patience, () => {
      if (response.writableLength > 0) response.destroy();
    });
    void listener(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
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
