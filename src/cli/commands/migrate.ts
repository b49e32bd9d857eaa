import type { Command } from 'commander';
import type { Act } from '../act.ts';
import { DATABASE } from '../addresses.ts';
import { databaseUrlOf, type Context } from '../context.ts';
import { indent, pairs } from '../layout.ts';
import type { MoveReport, Roots } from '../roots.ts';
import type { Terminal } from '../terminal.ts';
import { EXIT, misuse } from '../trouble.ts';

export function migrateCommand(program: Command, act: Act): void {
  program
    .command('migrate')
    .description('bring the schema of a database up to date, or move everything in it to another')
    .option(...DATABASE)
    .option('--check', 'only say which version it has; 1 if it is not the latest')
    .option('--from <url>', 'move everything in this database, sqlite:FILE, to that of --to')
    .option('--to <url>', 'an empty database, postgres://…; HUMANOS_DATABASE_URL, if left out')
    .action(act('The database was not migrated.', migrate));
}

interface Options {
  readonly database?: string;
  readonly check?: boolean;
  readonly from?: string;
  readonly to?: string;
}

async function migrate(context: Context, options: Options): Promise<number> {
  const { check = false, database, from, to } = options;
  if (from !== undefined && database === undefined && !check)
    return move(context, from, databaseUrlOf(context.env, to));
  if (from !== undefined || to !== undefined)
    throw misuse(
      'Nothing was migrated.',
      'The schema of one database (--database, --check) and the move to another (--from, --to) are two things.',
      'Give --database URL, or --from sqlite:FILE --to postgres://….',
    );
  const { terminal, roots, env } = context;
  const report = await roots.migrate(databaseUrlOf(env, database), !check);
  terminal.answer(report, () => [SCHEMA[report.status](report.latest)]);
  return report.status === 'latest' ? EXIT.ok : EXIT.failed;
}

const SCHEMA = {
  latest: (latest: number) => `The database has schema version ${latest}, the latest.`,
  older: (latest: number) =>
    `The database has an older schema than version ${latest} of this release. Bring it up to date: humanos migrate`,
  absent: () => 'There is no such database yet. "humanos serve" or "humanos migrate" creates it.',
  empty: () => 'The database is empty. "humanos serve" or "humanos migrate" makes its tables.',
};

async function move({ terminal, roots, signal }: Context, from: string, to: string): Promise<number> {
  const report = await roots.move({ from, to, signal, onProgress: progressOn(terminal) });
  terminal.answer(report, () => linesOf(report));
  return report.status === 'interrupted' ? EXIT.interrupted : EXIT.ok;
}

/** One line that is drawn again where somebody looks on, else one for each table. */
function progressOn(terminal: Terminal): Parameters<Roots['move']>[0]['onProgress'] {
  return ({ table, moved, of }) => {
    if (terminal.json) return;
    const line = `${table}: ${count(moved)} of ${count(of)}`;
    const isWhole = moved === of;
    if (terminal.isLive) terminal.write(`\r${line}\u001b[K${isWhole ? '\n' : ''}`);
    else if (isWhole) terminal.note(line);
  };
}

function linesOf({ status, from, to, rows, entries, treeSize }: MoveReport): string[] {
  if (status === 'interrupted')
    return [
      'Interrupted: nothing has been moved, and the file is as it was.',
      '  next: start the same command again; it begins anew.',
    ];
  const moved = [
    ['entries', `${count(rows['entries'] ?? 0)}, up to position ${entries - 1}`],
    ['in the tree', count(treeSize)],
    ['tasks', count(rows['tasks'] ?? 0)],
    ['documents', count(rows['documents'] ?? 0)],
    ['artifacts', count(rows['artifacts'] ?? 0)],
  ] as const;
  return [
    status === 'moved'
      ? `Everything is in ${to} now.`
      : `Everything was in ${to} already, from a move before.`,
    ...indent(pairs(moved)),
    `  The file ${from} stays, to be read and not to be worked on.`,
    '  next: name it in HUMANOS_DATABASE_URL, and hold its ledger against a checkpoint that you keep:',
    '        humanos ledger verify --checkpoint FILE; then go on with humanos serve',
  ];
}

const count = (number: number): string => number.toLocaleString('en');
