import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { otherUser, type Program } from './program.ts';

/** A PostgreSQL with all its tools, as Debian packs it. */
export interface FullProgram extends Program {
  readonly pgBasebackup: string;
  readonly pgVerifybackup: string;
}

const VERSIONS = '/usr/lib/postgresql';

/** The newest that is installed, or why there is none. In CI there has to be one. */
export function findDebian(): { readonly program: FullProgram } | { readonly reason: string } {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const newest = versions
    .filter((version) => existsSync(join(VERSIONS, version, 'bin/pg_basebackup')))
    .toSorted((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) {
    const reason = 'Debian’s PostgreSQL is not installed (apt-get install postgresql)';
    if (process.env['CI']) throw new Error(reason);
    return { reason };
  }
  const tool = (name: string): string => join(VERSIONS, newest, 'bin', name);
  const [initdb, postgres] = [tool('initdb'), tool('postgres')];
  const [pgBasebackup, pgVerifybackup] = [tool('pg_basebackup'), tool('pg_verifybackup')];
  return { program: { initdb, postgres, pgBasebackup, pgVerifybackup, user: otherUser(), copied: null } };
}

/** Runs one of its tools, as the user that the server has. @throws Error with what it said */
export function runTool(program: FullProgram, tool: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(tool, args, {
    cwd: '/',
    encoding: 'utf8',
    timeout: 60_000,
    ...program.user,
  });
  if (status !== 0) throw new Error(`${tool} failed (${status}): ${error?.message ?? stderr}`);
}
