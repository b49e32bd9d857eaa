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
   * Ends what waits, lets what is under way finish for at most `grace` ms, and closes. Resolves when the last connection is gone.
   */
  stop(grace?: number): Promise<void>;
}

const GRACE = 10_000;

/** @throws Error of the platform (`EADDRINUSE`, …) when the address cannot be had */
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
  const server = createServer((request, response) => {
    underWay.add();
    response.once('close', () => underWay.remove());
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
    stop: (grace = GRACE) => stop(server, app, underWay, grace),
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

/** Connections without a request under way are closed, whether or not the platform takes them for idle. */
function stop(server: Server, app: App, underWay: UnderWay, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    app.drain();
    underWay.onNone(() => server.closeAllConnections());
  });
}
