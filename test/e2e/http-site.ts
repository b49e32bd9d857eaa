import assert from 'node:assert/strict';
import { createApp, listen, Metrics, type App, type Limits, type Listening } from '../../src/http/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { Testbed } from './http-testbed.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of a JSON body. */
  readonly body: Readonly<Record<string, unknown>> & {
    readonly id?: string;
    readonly code?: string;
    readonly detail?: string;
  };
}

/** The HTTP interface of a testbed, with a token for everybody; without a socket unless `listen` is called. */
export class Site {
  readonly bed: Testbed;
  readonly app: App;
  readonly logged: { what: object; message: string }[] = [];
  readonly #tokens = new Map<string, string>();
  readonly #metrics = new Metrics();
  #listening: Listening | null = null;

  constructor(bed: Testbed, options: { limits?: Partial<Limits>; host?: string; hosts?: string[] } = {}) {
    this.bed = bed;
    const note = (what: object, message: string): void => void this.logged.push({ what, message });
    this.app = createApp({
      operations: bed.operations,
      metrics: this.#metrics,
      log: { debug: note, error: note },
      version: '0.0.0',
      host: '127.0.0.1',
      ...options,
    });
  }

  static async open(
    passports: readonly Passport[] = [],
    options: { limits?: Partial<Limits>; hosts?: string[] } = {},
  ): Promise<Site> {
    return new Site(await Testbed.open(...passports), options);
  }

  async tokenOf(who: string): Promise<string> {
    const known = this.#tokens.get(who);
    if (known !== undefined) return known;
    const { secret } = await this.bed.ok('root', 'token.issue', { passport: `passport_${who}` });
    this.#tokens.set(who, secret ?? '');
    return secret ?? '';
  }

  async request(who: string | null, method: string, path: string, init: RequestInit = {}): Promise<Request> {
    const headers = new Headers(init.headers);
    if (who !== null) headers.set('authorization', `Bearer ${await this.tokenOf(who)}`);
    const { url } = this.#listening ?? { url: 'http://localhost' };
    return new Request(`${url}${path}`, { ...init, method, headers });
  }

  async ask(who: string | null, method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const request = await this.request(who, method, path, init);
    return read(await (this.#listening ? fetch(request) : this.app.fetch(request)));
  }

  async json(
    who: string | null,
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.ask(who, method, path, {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  async listen(): Promise<Listening> {
    const note = (what: object, message: string): void => void this.logged.push({ what, message });
    this.#listening = await listen(this.app, {
      host: '127.0.0.1',
      port: 0,
      log: { debug: note, error: note },
    });
    return this.#listening;
  }

  async close(): Promise<void> {
    this.app.drain();
    await this.#listening?.stop(1000);
    this.#metrics.stop();
    await this.bed.close();
  }
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
  const body = (isJson && !text.includes('\n') ? JSON.parse(text) : {}) as Answer['body'];
  return { status: response.status, headers: response.headers, text, body };
}

/** A problem as RFC 9457 and this project want it. */
export function assertProblem({ status, headers, body }: Answer, expected: number, code: string): void {
  assert.deepEqual([status, body.code], [expected, code], JSON.stringify(body));
  assert.equal(headers.get('content-type'), 'application/problem+json');
  assert.equal(body['status'], expected);
  assert.equal(body['type'], `/docs/errors/${code}.md`);
  assert.match(String(body['instance']), /^urn:uuid:/);
  for (const member of ['title', 'detail', 'remediation']) assert.ok(body[member], member);
}
