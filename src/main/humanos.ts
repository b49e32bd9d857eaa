#!/usr/bin/env node
/**
 * The command line. Nothing is imported before the version of Node is known to do: better-sqlite3 brings an older one down without a
 * word.
 */
const LEAST = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) {
  const { endWith, followReaders } = await import('./ending.ts');
  followReaders();
  const { start } = await import('./command-line.ts');
  await endWith(await start(process.argv.slice(2)));
} else {
  process.stderr.write(
    `HumanOS cannot run on this Node.\n` +
      `  why: it needs Node ${LEAST.join('.')} or newer, and this is ${process.versions.node}.\n` +
      `  next: in the source of HumanOS run it through npm (npm run humanos -- …), which brings its own Node; elsewhere install Node 24.\n` +
      `  code: node_too_old\n`,
  );
  process.exitCode = 1;
}
