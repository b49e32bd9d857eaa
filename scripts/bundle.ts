/**
 * Makes few files of many: `npm run build` puts the program, the client and the worker into `dist/bin/`, since a server that starts from
 * hundreds of files spends most of its start on finding and reading them. Dependencies stay what they are. What is loaded on demand stays
 * apart, and what several of them use is there once: an error that an agent throws is the one that the program knows.
 */
import { rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const PUBLISHED = {
  humanos: 'src/main/humanos.ts',
  client: 'src/client/index.ts',
  worker: 'src/worker/index.ts',
} as const;

/** `entries` by the names of the files they become. */
export async function bundle(
  folder: string,
  entries: Readonly<Record<string, string>> = PUBLISHED,
): Promise<void> {
  const bundled = await rolldown({
    cwd: ROOT,
    input: entries,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    onLog: (_, { message }) => {
      throw new Error(message);
    },
  });
  rmSync(folder, { recursive: true, force: true });
  await bundled.write({ dir: folder, format: 'esm', sourcemap: true, sourcemapExcludeSources: true });
  await bundled.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(join(ROOT, 'dist', 'bin'));
