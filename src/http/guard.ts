import { no, type Operations, type Outcome, type Passport } from '../operations/index.ts';

/** What every answer carries: nothing of it is kept, guessed at, framed, or read by other sites. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A page that people use brings a policy of its own. */
const POLICY = 'content-security-policy';

/** The answer, with what every answer carries. */
export function secured(response: Response): Response {
  for (const [name, value] of Object.entries(SECURITY_HEADERS))
    if (name !== POLICY || !response.headers.has(name)) response.headers.set(name, value);
  return response;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

/**
 * A page of another site may reach a loopback address through a name of its own (DNS rebinding), but it cannot send another name
 * than that. Names are looked at where the server is bound to loopback, or where names are configured; null allows all.
 */
export function allowedHosts(bound: string, configured: readonly string[]): ReadonlySet<string> | null {
  if (!isLoopback(bound) && configured.length === 0) return null;
  return new Set([...(isLoopback(bound) ? LOOPBACK : []), ...configured.map((name) => name.toLowerCase())]);
}

export function hostProblem(url: string, allowed: ReadonlySet<string> | null) {
  const { hostname } = new URL(url);
  if (allowed === null || allowed.has(hostname)) return null;
  return no('host_not_allowed', `This server does not go by the name ${hostname}.`);
}

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** The participant that acts. A missing token takes the same way as a wrong one, so that neither can be told by its time. */
export async function authenticate(
  operations: Operations,
  header: string | null,
): Promise<Outcome<Passport>> {
  const secret = header === null ? undefined : BEARER.exec(header)?.[1];
  const passport = await operations.authenticate(secret ?? '');
  if (secret === undefined)
    return no('token_missing', 'The request has no token: send `Authorization: Bearer <token>`.');
  return passport
    ? { ok: true, value: passport }
    : no('token_invalid', 'The token is unknown or revoked, or its participant may not act.');
}
