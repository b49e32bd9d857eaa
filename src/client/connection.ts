import type { Prepared } from './request.ts';
import { isOfAddress, malformed, noAddress, problemOf, ProblemError, unreachable } from './problem.ts';

export interface ConnectionOptions {
  /** Where the server is, such as `http://127.0.0.1:4400`. */
  readonly url: string;
  /** The bearer token of a participant. */
  readonly token?: string | undefined;
  /** The delegation that the participant acts under; without one it acts as itself. */
  readonly delegation?: string | undefined;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch | undefined;
  /** How often a request is sent again when the connection is lost or the server is not ready; 4 by default. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first repetition, doubled at each further one up to five seconds; 100 by default. */
  readonly retryDelay?: number | undefined;
}

/** Requests that are safe to repeat: reads, and writes under an idempotency key. */
export class Connection {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #delegation: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #retries: number;
  readonly #delay: number;

  /** @throws ProblemError for an address with a user or a password in it, and what no header can hold: none of them is repeated */
  constructor({ url, token, delegation, fetch: own, retries = 4, retryDelay = 100 }: ConnectionOptions) {
    if (hasCredentials(url)) throw noAddress();
    this.#url = url.replace(/\/+$/, '');
    this.#token = asHeader('token', token?.trim() || undefined);
    this.#delegation = asHeader('delegation', delegation?.trim());
    this.#fetch = own ?? ((...given) => fetch(...given));
    this.#retries = retries;
    this.#delay = retryDelay;
  }

  /**
   * The answer to a request, as `read` takes it in; sent again while none comes. One that breaks off is none.
   * @throws ProblemError for every answer that is not a success, and `unreachable` where none came at all; `mayBeDone` goes by all
   * attempts and not by the last one alone
   */
  async send<Answer>(
    request: Prepared,
    read: (response: Response) => Answer | Promise<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const isWrite = 'idempotency-key' in request.headers;
    let mayBeDone = false;
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt >= this.#retries;
      try {
        const response = await this.once(request, signal);
        if (response.ok) return await read(response);
        const problem = await problemOf(response);
        mayBeDone = isWrite && leavesOpen(problem, mayBeDone);
        if (last || !isPassing(problem)) throw new ProblemError(problem.problem, undefined, mayBeDone);
        await this.pause(attempt, signal, secondsOf(response.headers.get('retry-after')));
      } catch (fault) {
        if (fault instanceof ProblemError || signal?.aborted) throw fault;
        mayBeDone ||= isWrite && !isUnsent(fault);
        if (last || isOfAddress(fault)) throw unreachable(this.#url, fault, mayBeDone);
        await this.pause(attempt, signal);
      }
    }
  }

  /** One attempt, whatever comes of it. */
  once({ method, path, headers, body }: Prepared, signal?: AbortSignal): Promise<Response> {
    return this.#fetch(`${this.#url}${path}`, {
      method,
      // Followed, a write would become a read, and what came of that its answer.
      redirect: 'manual',
      headers: {
        ...headers,
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(this.#delegation !== undefined && { delegation: this.#delegation }),
      },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
  }

  /** What a fault of `once` is told as. */
  problemOf(fault: unknown): ProblemError {
    return fault instanceof ProblemError ? fault : unreachable(this.#url, fault);
  }

  /** Waits before the next attempt, a little less or more each time so that many clients do not come at once. */
  pause(attempt: number, signal?: AbortSignal, least = 0): Promise<void> {
    const full = Math.min(this.#delay * 2 ** attempt, LONGEST);
    return pause(Math.max(least * 1000, full * (0.5 + Math.random() / 2)), signal);
  }
}

/** What the platform says of a header that it cannot send shows all of it. A delegation of nothing is not left out: one would act as oneself. */
function asHeader(name: 'token' | 'delegation', text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\x21-\x7e]+$/.test(text)) throw malformed(name);
  return text;
}

/** Also in what is badly written: no request can be sent to such an address, and what cannot be sent is told with its address. */
function hasCredentials(text: string): boolean {
  if (!text.includes('@')) return false;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return true;
  return url.username !== '' || url.password !== '';
}

const LONGEST = 5000;
/** Not ready, or somebody between here and there is not. */
const PASSING = new Set([429, 502, 503, 504]);
/** A participant's capacity is its own affair, and does not pass by waiting a moment. */
const isPassing = ({ status, code }: ProblemError): boolean =>
  PASSING.has(status) && code !== 'capacity_reached';

/** Who asks, and how often, is looked at before the key of a request: these say nothing of an earlier attempt, nor do redirections (0). */
const BEFORE_KEY = new Set([0, 401, 403, 408, 429]);
/** Whether a request may have been carried out, after this answer and what was so before it. The server's own 503 says that it was not. */
function leavesOpen({ status, code }: ProblemError, before: boolean): boolean {
  if (status === 503) return before || code === 'http_503' || code === 'storage_outcome_unknown';
  return status >= 500 || (before && BEFORE_KEY.has(status));
}

/** Nobody is there, or there is no such place. Several addresses that refuse are one fault with a code alone. */
const UNSENT = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'bad port']);
function isUnsent(fault: unknown): boolean {
  if (isOfAddress(fault)) return true;
  const cause = fault instanceof Error ? fault.cause : null;
  if (!(cause instanceof Error)) return false;
  const { code = cause.message, syscall } = cause as { code?: string; syscall?: string } & Error;
  return syscall === 'connect' || syscall === 'getaddrinfo' || UNSENT.has(code);
}

const secondsOf = (header: string | null): number => {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds), 60) : 0;
};

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  });
}
