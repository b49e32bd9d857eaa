/** What the server refuses, as it says so (RFC 9457). */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly remediation?: string;
  readonly instance?: string;
  /** All that is wrong, where it is more than one thing. */
  readonly problems?: readonly { readonly path: string; readonly message: string }[];
  readonly [member: string]: unknown;
}

/**
 * A request that did not succeed. `code` is stable, and has a page under `docs/errors/`; `status` is that of HTTP, and 0 where no
 * answer came (`unreachable`).
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  /** What to do about it. */
  readonly remediation: string;
  readonly problem: Problem;
  /** Whether the server may have done what was asked all the same: an attempt may have reached it, and its answer is lost. */
  readonly mayBeDone: boolean;

  constructor(problem: Problem, cause?: unknown, mayBeDone = false) {
    super(problem.detail ?? problem.title ?? 'The request failed.', cause === undefined ? {} : { cause });
    this.code = problem.code ?? 'unknown';
    this.status = problem.status ?? 0;
    this.detail = this.message;
    this.remediation = problem.remediation ?? '';
    this.problem = problem;
    this.mayBeDone = mayBeDone;
  }
}

export const unreachable = (url: string, cause: unknown, mayBeDone = false): ProblemError =>
  isOfAddress(cause) ? badAddress(url, cause) : noAnswer(url, cause, mayBeDone);

/** What no request can be sent to, now or later. */
const OF_ADDRESS = new Set(['ERR_INVALID_URL', 'unknown scheme']);
export const isOfAddress = (fault: unknown): boolean => {
  const cause = fault instanceof Error ? fault.cause : null;
  return cause instanceof Error && OF_ADDRESS.has((cause as { code?: string }).code ?? cause.message);
};

const badAddress = (url: string, cause: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'address_invalid',
      status: 0,
      title: 'The address of the server is none',
      detail: `${url} is not an address that a server can be asked at.`,
      remediation: 'Write it as http://HOST:PORT (HUMANOS_URL, or --url).',
    },
    cause,
  );

const noAnswer = (url: string, cause: unknown, mayBeDone: boolean): ProblemError =>
  new ProblemError(
    {
      code: 'unreachable',
      status: 0,
      title: 'The server cannot be reached',
      detail: `There is no answer from ${url}: ${reasonOf(cause)}.`,
      remediation: 'Check that the server runs, and that its address is right (HUMANOS_URL, or --url).',
    },
    cause,
    mayBeDone,
  );

export const noAddress = (): ProblemError =>
  new ProblemError({
    code: 'unreachable',
    status: 0,
    title: 'The server cannot be reached',
    detail:
      'The address of the server has a user or a password in it, and no request can be sent to such a one.',
    remediation:
      'Leave them out of the address (HUMANOS_URL, or --url): a token says who you are (HUMANOS_TOKEN).',
  });

const GIVEN_WITH = { token: 'HUMANOS_TOKEN, or --token', delegation: '--delegation' } as const;
export const malformed = (what: keyof typeof GIVEN_WITH): ProblemError =>
  new ProblemError({
    code: `${what}_malformed`,
    status: 0,
    title: `The ${what} is none`,
    detail: `The ${what} cannot be sent: it is empty, or holds a space, or a character that is none of ASCII.`,
    remediation: `Give it as it was issued, without an ellipsis, quotation marks or a second one (${GIVEN_WITH[what]}).`,
  });

const reasonOf = (cause: unknown): string => {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if ((inner as { code?: string } | null)?.code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'what answers there speaks no TLS, so that its address may begin with http://';
  return inner instanceof Error ? inner.message || inner.name : String(inner);
};

/** The problem in an answer; where it holds none, what can be said of the status alone. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => '');
  if (isRedirection(response)) return redirected();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  const problem = isProblem ? parse(text) : null;
  return new ProblemError({
    title: response.statusText,
    detail: `The server answered ${response.status} ${response.statusText}.`.replace(' .', '.'),
    code: `http_${response.status}`,
    ...problem,
    status: response.status,
  });
}

/** Browsers do not tell its status. */
const isRedirection = ({ type, status }: Response): boolean =>
  type === 'opaqueredirect' || (status >= 300 && status < 400);

const redirected = (): ProblemError =>
  new ProblemError({
    code: 'unreachable',
    status: 0,
    title: 'The server cannot be reached',
    detail: 'The answer is a redirection, which the server never gives; it is not followed.',
    remediation:
      'Give the address of the server itself (HUMANOS_URL, or --url), and look at what stands before it.',
  });

const parse = (text: string): Problem | null => {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return null;
  }
};
