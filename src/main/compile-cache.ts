import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Environment } from '../cli/index.ts';

/**
 * What Node has compiled is kept for the next start. It lies in the user's own folder for such things, and not in the temporary one that
 * Node would take, where another user may have put it: what lies there is run. `NODE_COMPILE_CACHE` names another folder,
 * `NODE_DISABLE_COMPILE_CACHE=1` has nothing kept; where nothing can be written, each start compiles anew.
 */
export function keepCompiled(env: Environment): void {
  const caches = cachesOf(env);
  if (caches !== null) enableCompileCache(join(caches, 'humanos', 'compiled'));
}

function cachesOf({ XDG_CACHE_HOME: named = '', LOCALAPPDATA: local = '' }: Environment): string | null {
  if (isAbsolute(named)) return named;
  if (process.platform === 'win32' && isAbsolute(local)) return local;
  const home = homeOf();
  return isAbsolute(home) && existsSync(home) ? join(home, '.cache') : null;
}

/** Not everybody has one: the user of a container may be a number, or be said to live where nothing is, which is not made. */
const homeOf = (): string => {
  try {
    return homedir();
  } catch {
    return '';
  }
};
