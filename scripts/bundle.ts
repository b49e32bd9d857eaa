/**
 * Makes few files of many: `npm run build` puts the program, the client and the worker into `dist/bin/`, since a server that starts from
 * hundreds of files spends most of its start on finding and reading them. What is loaded on demand stays apart, and what several of them
 * use is there once: an error that an agent throws is the one that the program knows.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const PUBLISHED = {
  humanos: 'src/main/humanos.ts',
  client: 'src/client/index.ts',
  worker: 'src/worker/index.ts',
} as const;

/**
 * Dependencies of many files, which every start would read. They have none of their own, and their versions are pinned, so what is in the
 * bundle is what would be installed; all others stay outside.
 */
const INSIDE = ['@marcbachmann/cel-js', 'commander', 'hono', 'yaml', 'zod'];

const isInside = (id: string): boolean => INSIDE.some((name) => id === name || id.startsWith(`${name}/`));

/** `entries` by the names of the files they become. */
export async function bundle(
  folder: string,
  entries: Readonly<Record<string, string>> = PUBLISHED,
): Promise<void> {
  const bundled = await rolldown({
    cwd: ROOT,
    input: entries,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id) && !isInside(id),
    onLog: (_, { message }) => {
      throw new Error(message);
    },
  });
  rmSync(folder, { recursive: true, force: true });
  await bundled.write({ dir: folder, format: 'esm', sourcemap: true, sourcemapExcludeSources: true });
  await bundled.close();
  writeFileSync(join(folder, 'licenses.txt'), INSIDE.map(licence).join('\n'));
}

/** Whoever passes the bundle on passes on theirs as well. */
function licence(name: string): string {
  const [manifest = '', text = ''] = ['package.json', 'LICENSE'].map((file) =>
    readFileSync(join(ROOT, 'node_modules', name, file), 'utf8'),
  );
  const { version, dependencies } = JSON.parse(manifest) as { version: string; dependencies?: object };
  if (Object.keys(dependencies ?? {}).length > 0)
    throw new Error(`${name} has dependencies: leave it outside`);
  return `${name} ${version}\n\n${text}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(join(ROOT, 'dist', 'bin'));
