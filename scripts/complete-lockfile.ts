/**
 * Adds to package-lock.json the packages for other platforms that npm left out because the registry at hand does not hold them.
 * `npm ci` refuses a lockfile in which an optional dependency has no entry, also on platforms that would never install it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { absentOptionals, type Lockfile, type LockedPackage } from './lockfile.ts';

const CPUS: Readonly<Record<string, string>> = { arm: 'arm', arm64: 'arm64', x64: 'x64', ia32: 'ia32' };
const LIBC: Readonly<Record<string, string>> = {
  gnu: 'glibc',
  gnueabihf: 'glibc',
  musl: 'musl',
  musleabihf: 'musl',
};

/** What the name says of the platform: `…/binding-linux-arm64-musl`, `…/darwin-x64`. */
const platformOf = (name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> => {
  const [os = '', cpu = '', abi = ''] = name.replace(/^.*\//, '').replace('binding-', '').split('-');
  const libc = os === 'linux' ? LIBC[abi] : undefined;
  return { os: [os], cpu: [CPUS[cpu] ?? cpu], ...(libc ? { libc: [libc] } : {}) };
};

const file = new URL(process.argv[2] ?? '../package-lock.json', import.meta.url);
const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
for (const { name, version, dev } of absentOptionals(lockfile))
  lockfile.packages[`node_modules/${name}`] = {
    version,
    ...(dev ? { dev } : {}),
    optional: true,
    ...platformOf(name),
  };
const sorted = Object.entries(lockfile.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
lockfile.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`);
