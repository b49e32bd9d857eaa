import { existsSync } from 'node:fs';
import type { Environment, Roots, Streams } from '../cli/index.ts';
import { keepCompiled } from './compile-cache.ts';
import { readManifest } from './manifest.ts';

/** The command line with everything it needs; parts are loaded by the commands that use them. The exit code. */
export async function start(
  argv: readonly string[],
  env: Environment = process.env,
  streams: Streams = { input: process.stdin, output: process.stdout, errors: process.stderr },
): Promise<number> {
  const { name, version } = readManifest();
  if (argv[0] === '--version' || argv[0] === '-V') {
    streams.output.write(`${name} ${version}\n`);
    return 0;
  }
  keepCompiled(env);
  // Faults are said to come from where they do in the source; reading the maps of it takes time from every start.
  if (env['HUMANOS_DEBUG']) process.setSourceMapsEnabled(true);
  const { main } = await import('../cli/index.ts');
  return main(argv, { roots: rootsOf(version, env), env, streams });
}

/** It belongs to the source, and is no part of the package. */
const DEMO = new URL('../../examples/invoices/demo/main.ts', import.meta.url);

const rootsOf = (version: string, env: Environment): Roots => ({
  version,
  serve: async (options) => (await import('./database.ts')).serve(options, env),
  move: async (options) => (await import('./move.ts')).moveDatabase(options),
  migrate: async (url, apply) => (await import('./database.ts')).migrateDatabase(url, apply),
  verifyDatabase: async (url, known, archives) =>
    (await import('./database.ts')).verifyDatabase(url, known, archives),
  verifyExport: async (path, known) => (await import('./ledger-check.ts')).verifyExportedFile(path, known),
  archive: async (options) => (await import('./archive.ts')).archiveDatabase(options, env),
  work: async (options) => (await import('./agent-program.ts')).work(options),
  ...(existsSync(DEMO) && {
    demo: async (options) =>
      ((await import(DEMO.href)) as { demo: NonNullable<Roots['demo']> }).demo(options),
  }),
});
