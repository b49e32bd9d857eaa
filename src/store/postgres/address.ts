import { StoreFault } from '../fault.ts';

/**
 * A database by its URL, `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?OPTION=…`. With several hosts the first that can be
 * written to is taken.
 */
export interface Address {
  /** One URL for each host. */
  readonly urls: readonly string[];
  /** To be shown: without the password. */
  readonly shown: string;
}

/** Scheme, user and password, hosts, and the rest. */
const FORM = /^(postgres(?:ql)?:\/\/)(?:([^/?]*)@)?([^/?@]*)(.*)$/i;

/** @throws StoreFault `database_unavailable` when it is no such URL */
export function readAddress(url: string): Address {
  const [, scheme, access, hosts = '', rest = ''] = FORM.exec(url) ?? [];
  // A password with a slash or a question mark in it would be taken for what follows it.
  if (scheme === undefined || /^[^?]*@|^\?[^=]*@/.test(rest)) throw unreadable();
  const before = access === undefined ? scheme : `${scheme}${access}@`;
  const urls = hosts.split(',').map((host) => `${before}${host}${rest}`);
  if (!urls.every((one) => URL.canParse(one.replace('@/', '@localhost/')))) throw unreadable();
  const user = access?.split(':')[0];
  return { urls, shown: `${scheme}${user ? `${user}@` : ''}${hosts}${rest.replace(/\?.*$/, '')}` };
}

const unreadable = (): StoreFault =>
  new StoreFault(
    'database_unavailable',
    'The URL of the database cannot be read. It is not repeated here, since it may hold a password.',
    'Write postgres://USER:PASSWORD@HOST:PORT/DATABASE; signs like @ and / in the password stand as %40 and %2F.',
  );
