import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../e2e/cli-kit.ts';

/** What a server is started from: the program is run from its sources, with the packages of this checkout. */
const PARTS = ['package.json', 'src', 'docs/errors'];
const MIGRATIONS = 'src/store/postgres/migrations';
const SCHEMA = 'src/store/postgres/schema.sql';

/** A build of another release than this one, in a folder of its own. */
export interface Release {
  readonly root: string;
  /** What starts its command line. */
  readonly program: readonly [string, ...string[]];
  remove(): void;
}

function releaseIn(root: string): Release {
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const program = [process.execPath, '--conditions=source', join(root, 'src/main/humanos.ts')] as const;
  return { root, program, remove: () => rmSync(root, { recursive: true, force: true }) };
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'humanos-release-'));

const git = (...args: readonly string[]): string | null => {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};

/** The commit before the last change of the program; another with HUMANOS_BEFORE. Or why there is none to run beside this one. */
export function commitBefore(): { readonly commit: string } | { readonly reason: string } {
  const named = process.env['HUMANOS_BEFORE'];
  const commit = git('log', '-2', '--format=%H', '--', 'src')?.split('\n')[1];
  const found = named === undefined ? commit : git('rev-parse', named);
  if (!found) return { reason: 'this is no clone with a commit before the last change of src/' };
  const names = git('ls-tree', '--name-only', found, `${MIGRATIONS}/`)?.split('\n') ?? [];
  const isMigration = (name: string): boolean => /\d{4}_\w+\.ts$/.test(name);
  const [before, now] = [names, readdirSync(join(ROOT, MIGRATIONS))].map(
    (all) => all.filter(isMigration).length,
  );
  const isSame = git('show', `${found}:${SCHEMA}`) === readFileSync(join(ROOT, SCHEMA), 'utf8').trim();
  return before === now && !isSame
    ? {
        reason: `a migration that no release has was edited since ${found.slice(0, 10)}: its databases are others`,
      }
    : { commit: found };
}

export function releaseOf(commit: string): Release {
  const root = newFolder();
  const archive = spawnSync('git', ['archive', commit, ...PARTS], { cwd: ROOT, maxBuffer: 2 ** 28 });
  if (archive.status !== 0) throw new Error(archive.stderr.toString());
  const { status, stderr } = spawnSync('tar', ['-x'], { cwd: root, input: archive.stdout });
  if (status !== 0) throw new Error(stderr.toString());
  return releaseIn(root);
}

export interface LaterMigration {
  readonly sql: string;
  readonly least?: number;
}

/** This checkout with further migrations, as a later release has. */
export function laterRelease(migrations: readonly LaterMigration[]): Release {
  const root = newFolder();
  for (const part of PARTS) {
    mkdirSync(join(root, part, '..'), { recursive: true });
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  }
  const list = join(root, MIGRATIONS, 'index.ts');
  const before = readFileSync(list, 'utf8');
  const after = before.replace(
    /(export const MIGRATIONS[^;]*)\];/,
    (_all, all: string) => `${all}, ...${JSON.stringify(migrations)}];`,
  );
  if (after === before) throw new Error(`${list} has no list of migrations`);
  writeFileSync(list, after);
  return releaseIn(root);
}

/** What the schema of this release has. */
export const tableNames = (): string[] =>
  [...readFileSync(join(ROOT, SCHEMA), 'utf8').matchAll(/^CREATE TABLE (\w+)/gm)].map(
    ([, name]) => name ?? '',
  );
