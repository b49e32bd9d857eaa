import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folders } from '../../scripts/architecture.ts';
import { cases, TARGET, targets, type Case } from './cases.ts';

/** A copy of the project's rules around files that break them: what the tools say of each file. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['oxlint.config.ts', 'package.json', 'scripts', 'tsconfig.base.json', 'tsconfig.pure.json'];
let copy: string;

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
};

before(() => {
  copy = mkdtempSync(join(tmpdir(), 'walls-'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const configs = folders.map(([name]) => `src/${name}/tsconfig.json`);
  for (const path of [...COPIED, ...configs]) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  for (const path of targets()) put(path, TARGET);
  for (const { path, text } of cases()) put(path, text);
});
after(() => rmSync(copy, { recursive: true, force: true }));

const run = (tool: string, args: readonly string[]): string => {
  const { error, stdout } = spawnSync(join(ROOT, 'node_modules/.bin', tool), args, {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  return stdout;
};

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}
const WALLS = /no-restricted|no-async-await|no-cycle|max-lines/;

const lint = (): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  const { diagnostics } = JSON.parse(run('oxlint', ['-f', 'json', 'src'])) as { diagnostics: Diagnostic[] };
  for (const { code, filename } of diagnostics)
    if (WALLS.test(code)) found.set(filename, [...(found.get(filename) ?? []), code]);
  return found;
};

const describe = ({ path }: Case, found: readonly string[] | undefined): string =>
  `${path}: ${found?.join(', ') ?? 'nothing'}`;

test('each wall stops what it is there for, and nothing else', () => {
  const found = lint();
  const wrong = cases().filter(({ path, lint: expected }) => {
    const codes = found.get(path);
    return expected === null ? codes !== undefined : !codes?.some((code) => code.includes(`(${expected})`));
  });
  assert.deepEqual(
    wrong.map((it) => describe(it, found.get(it.path))),
    [],
  );
});

test('a folder that imports one which its references do not lead to fails to compile, and so does a clock in a pure one', () => {
  // Some packages bring the types of Node with them.
  for (const { path } of cases()) if (path.includes('/package-')) rmSync(join(copy, path));
  const output = run('tsc', ['-b', '--pretty', 'false', ...folders.map(([name]) => `src/${name}`)]);
  const refused = new Set([...output.matchAll(/^([^\s(]+)\(/gm)].map(([, path]) => path));
  const wrong = cases().filter(
    ({ path, compiles }) => compiles !== undefined && refused.has(path) === compiles,
  );
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  );
});
