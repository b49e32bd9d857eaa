import type { Prepared } from './request.ts';
import { problemOf, ProblemError, unreachable } from './problem.ts';

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

  constructor({ url, token, delegation, fetch: own, retries = 4, retryDelay = 100 }: ConnectionOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#delegation = delegation;
    this.#fetch = own ?? ((...given) => fetch(...given));
    this.#retries = retries;
    this.#delay = retryDelay;
  }

  /**
   * The answer to a request; sent again while none comes.
   * @throws ProblemError for every answer that is not a success, and `unreachable` where none came at all
   */
  async send(request: Prepared, signal?: AbortSignal): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt >= this.#retries;
      try {
        const response = await this.once(request, signal);
        if (response.ok) return response;
        const problem = await problemOf(response);
        if (last || !isPassing(problem)) throw problem;
        await this.pause(attempt, signal, secondsOf(response.headers.get('retry-after')));
      } catch (fault) {
        if (fault instanceof ProblemError || signal?.aborted) throw fault;
        if (last) throw unreachable(this.#url, fault);
        await this.pause(attempt, signal);
      }
    }
  }

  /** One attempt, whatever comes of it. */
  once({ method, path, headers, body }: Prepared, signal?: AbortSignal): Promise<Response> {
    return this.#fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(this.#delegation !== undefined && { delegation: this.#delegation }),
      },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
  }

  /** Waits before the next attempt, a little less or more each time so that many clients do not come at once. */
  pause(attempt: number, signal?: AbortSignal, least = 0): Promise<void> {
    const full = Math.min(this.#delay * 2 ** attempt, LONGEST);
    return pause(Math.max(least * 1000, full * (0.5 + Math.random() / 2)), signal);
  }
}

const LONGEST = 5000;
/** Not ready, or somebody between here and there is not. */
const PASSING = new Set([429, 502, 503, 504]);
/** A participant's capacity is its own affair, and does not pass by waiting a moment. */
const isPassing = ({ status, code }: ProblemError): boolean =>
  PASSING.has(status) && code !== 'capacity_reached';

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
