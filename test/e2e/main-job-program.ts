import { join } from 'node:path';
import { ROOT, Running, type Ended } from './cli-kit.ts';

export const INBOX = join(ROOT, 'examples/invoices/inbox');

/** What the job prints with `--json`: these members, and no others. */
export interface Report {
  readonly run: string;
  readonly verdict: string;
  readonly summary: { readonly byCurrency: Readonly<Record<string, Sums>> };
  readonly invalid: Readonly<Record<string, readonly string[]>>;
  readonly duplicates: readonly {
    readonly seller: string;
    readonly number: string;
    readonly files: string[];
  }[];
  readonly ledger: { readonly entries: number; readonly verified: boolean };
}
export interface Sums {
  readonly count: number;
  readonly taxExclusive: string;
  readonly taxAmount: string;
  readonly taxInclusive: string;
  readonly payable: string;
}

const env = (): NodeJS.ProcessEnv => {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NO_COLOR: '1' };
};

/** The program in a process of its own, from start to end. */
export const humanos = (...args: readonly string[]): Promise<Ended> => startHumanos(...args).ended;

export const startHumanos = (...args: readonly string[]): Running =>
  new Running(process.execPath, ['--conditions=source', join(ROOT, 'src/main/humanos.ts'), ...args], {
    env: env(),
  });

/** As a program starts it that reads what it writes. */
export const npmRunDemo = (...args: readonly string[]): Promise<Ended> =>
  new Running('npm', ['run', '--silent', 'demo', '--', ...args], { env: env() }).ended;

/** The unattended job over a folder, which does not fail. */
export const jobOver = async (folder: string, database: string): Promise<Report> => {
  const { code, out, err } = await humanos(
    'demo',
    '--input',
    folder,
    '--yes',
    '--json',
    '--database',
    database,
  );
  if (code !== 0) throw new Error(`the job ended with ${code}: ${err}${out}`);
  return JSON.parse(out) as Report;
};
