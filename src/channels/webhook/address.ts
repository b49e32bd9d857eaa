import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Addresses that a server must not be talked into calling: itself, its network, and what cloud machines find out about themselves at.
 *
 * ADDR-1  Of IPv6 only global unicast is public; what carries an IPv4 address in it is judged by that.
 * ADDR-2  What cannot be read is refused.
 */
const PRIVATE_IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Within 2000::/3: protocol assignments (Teredo, ORCHID, …), documentation, 6to4. */
const PRIVATE_IPV6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const blockList = (): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of PRIVATE_IPV4) list.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of PRIVATE_IPV6) list.addSubnet(network, prefix, 'ipv6');
  return list;
};
const REFUSED = blockList();

/** Whether anybody on the internet has the address. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !REFUSED.check(address, 'ipv4');
  const groups = groupsOf(address);
  if (!groups) return false;
  const embedded = embeddedIpv4(groups);
  if (embedded !== null) return !REFUSED.check(embedded, 'ipv4');
  const [first = 0] = groups;
  return (first & 0xe000) === 0x2000 && !REFUSED.check(address, 'ipv6');
}

/** The eight groups of an IPv6 address; null for what is none, or has a zone. */
export function groupsOf(address: string): readonly number[] | null {
  if (!isIPv6(address) || address.includes('%')) return null;
  const [head = '', tail] = withoutDots(address).split('::');
  const front = parse(head);
  if (tail === undefined) return front;
  const back = parse(tail);
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
}

const parse = (part: string): number[] =>
  part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));

/** `::ffff:1.2.3.4` is `::ffff:102:304`. */
const withoutDots = (address: string): string =>
  address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a: string, b: string, c: string, d: string) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );

/** Of an IPv4-mapped address (`::ffff:0:0/96`) and of NAT64's well-known prefix (`64:ff9b::/96`). */
function embeddedIpv4(groups: readonly number[]): string | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, high = 0, low = 0] = groups;
  const middle = b + c + d + e;
  const isMapped = a + middle === 0 && f === 0xffff;
  const isNat64 = a === 0x64 && b === 0xff9b && c + d + e + f === 0;
  return isMapped || isNat64 ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : null;
}

/** Exceptions that an operator has made: names of hosts, addresses and networks. */
export interface Allowed {
  readonly hosts: ReadonlySet<string>;
  readonly addresses: BlockList;
}
export const NOTHING_ALLOWED: Allowed = { hosts: new Set(), addresses: new BlockList() };

/** `hooks.internal,10.1.0.0/16,::1`. @throws RangeError names what cannot be read */
export function parseAllowed(text: string): Allowed {
  const hosts = new Set<string>();
  const addresses = new BlockList();
  for (const item of text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)) {
    const [network = '', prefix, more] = item.split('/');
    const family = isIPv4(network) ? 'ipv4' : isIPv6(network) ? 'ipv6' : null;
    const most = family === 'ipv4' ? 32 : 128;
    if (family !== null && more === undefined && isPrefix(prefix, most))
      addresses.addSubnet(network, Number(prefix ?? most), family);
    else if (family === null && HOST.test(item)) hosts.add(item.toLowerCase());
    else throw new RangeError(`${item} is no host name, address or network`);
  }
  return { hosts, addresses };
}

const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;
const isPrefix = (prefix: string | undefined, most: number): boolean =>
  prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most);

/** Whether the server may call the address, by which it reaches `host`. */
export const mayCall = (host: string, address: string, { hosts, addresses }: Allowed): boolean =>
  hosts.has(host.toLowerCase()) || isPublic(address) || isNamed(address, { addresses });

/** Whether the operator has made an exception of the address. */
export const isNamed = (address: string, { addresses }: Pick<Allowed, 'addresses'>): boolean =>
  addresses.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
