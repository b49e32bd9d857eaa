import { lookup as resolveName } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { isNamed, mayCall, type Allowed } from './address.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const systemResolve: Resolve = (host) => resolveName(host, { all: true });

const MOST_CHARACTERS = 2000;

/** What is wrong with the URL of a webhook, as far as can be told without asking for its address; null when nothing is. */
export function urlProblem(text: string, allowed: Allowed): string | null {
  if (text.length > MOST_CHARACTERS) return `The URL is longer than ${MOST_CHARACTERS} characters.`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return 'The URL is not of the form https://…';
  if (url.username !== '' || url.password !== '')
    return 'The URL holds a user or a password, which lists would show; the signature says who sends.';
  if (url.hash !== '') return 'The URL holds a fragment, which is never sent.';
  const host = hostOf(url);
  const isLiteral = isIP(host) !== 0;
  if (isLiteral && !mayCall(host, host, allowed)) return `The address ${host} is not public.`;
  const isExcepted = allowed.hosts.has(host) || (isLiteral && isNamed(host, allowed));
  return url.protocol === 'https:' || isExcepted
    ? null
    : 'The URL is not of the form https://…, and plain HTTP is for hosts that the server allows by name or address.';
}

/** As resolvers take it: without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** The server may not call where a name leads to. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/**
 * Finds the address that a connection is made to, so that what is checked is what is used: no second look-up, no rebinding. All
 * addresses of the name have to be allowed.
 */
export const pinnedLookup =
  (allowed: Allowed, resolve: Resolve): LookupFunction =>
  (host, options, call) => {
    resolve(host).then(
      (found) => {
        const refused = found.find(({ address }) => !mayCall(host, address, allowed));
        const [first] = found;
        if (refused) call(new AddressRefused(`${host} leads to ${refused.address}, which is not public`), '');
        else if (!first) call(new AddressRefused(`${host} has no address`), '');
        else if (options.all) call(null, [...found]);
        else call(null, first.address, first.family);
      },
      (fault: NodeJS.ErrnoException) => call(fault, ''),
    );
  };
