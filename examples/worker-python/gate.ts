import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Site } from '../../test/e2e/cli-kit.ts';

/** Answers in place of the server. */
export type Answer = (response: ServerResponse) => void;

/** Stands before a server, and loses what it is told to lose. */
export class Gate {
  url = '';
  /** What has come by, by the last part of its path. */
  readonly seen: string[] = [];
  /** Whether a request gets through: it is lost without an answer where not, or has the answer of somebody between. */
  passes: (what: string) => boolean | Answer | Promise<boolean> = () => true;
  /** Whether its answer comes back. */
  returns: (what: string) => boolean | Promise<boolean> = () => true;
  readonly #site: Site;
  readonly #server: Server;
  #told: (() => void) | null = null;

  private constructor(site: Site) {
    this.#site = site;
    this.#server = createServer((request, response) => void this.#pass(request, response));
  }

  static async before(site: Site): Promise<Gate> {
    const gate = new Gate(site);
    await once(gate.#server.listen(0, '127.0.0.1'), 'listening');
    gate.url = `http://127.0.0.1:${(gate.#server.address() as AddressInfo).port}`;
    return gate;
  }

  /** Resolves when so many requests of a kind have come by. */
  async until(what: string, times = 1): Promise<void> {
    while (this.count(what) < times)
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
  }

  count(what: string): number {
    return this.seen.filter((one) => one === what).length;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const what = path.includes('/artifacts/') ? 'artifact' : (path.split('/').at(-1) ?? '');
    try {
      const body = await buffer(request);
      this.seen.push(what);
      this.#told?.();
      const passes = await this.passes(what);
      if (typeof passes === 'function') return passes(response);
      if (!passes) throw new Error('lost');
      const answer = await this.#ask(request, body, response);
      if (!(await this.returns(what))) throw new Error('lost');
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      response.destroy();
    }
  }

  #ask({ method = '', url = '', headers }: IncomingMessage, body: Buffer, response: ServerResponse) {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const { authorization = '', 'idempotency-key': key } = headers;
    return fetch(this.#site.url + url, {
      method,
      headers: {
        authorization,
        'content-type': 'application/json',
        ...(typeof key === 'string' && { 'idempotency-key': key }),
      },
      signal: gone.signal,
      ...(method === 'POST' && { body: new Uint8Array(body) }),
    });
  }
}
