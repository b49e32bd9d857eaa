import type { Command } from 'commander';
import type { Act } from '../act.ts';
import { databaseUrlOf, type Context } from '../context.ts';
import { notEmpty } from '../input.ts';
import { indent, moment, pairs } from '../layout.ts';
import type { ArchiveReport } from '../roots.ts';
import { EXIT } from '../trouble.ts';

export function archiveCommand(program: Command, act: Act): void {
  program
    .command('archive')
    .description('move runs that ended long ago out of the database, into files that verify by themselves')
    .requiredOption('--older-than <age>', 'what ended longer ago, such as 90d')
    .requiredOption('--to <folder>', 'where the files go', notEmpty('folder'))
    .option('--database <url>', 'such as sqlite:PATH or postgres://…; HUMANOS_DATABASE_URL, if left out')
    .action(act('Not everything was archived.', archive));
}

interface Options {
  readonly olderThan: string;
  readonly to: string;
  readonly database?: string;
}

async function archive(
  { terminal, roots, env, signal }: Context,
  { olderThan, to, database }: Options,
): Promise<number> {
  const report = await roots.archive({
    databaseUrl: databaseUrlOf(env, database),
    olderThan,
    folder: to,
    signal,
    onFault: (fault) => terminal.note(String(fault)),
  });
  const { ended, runs, entries, files, before, heldBackBy } = report;
  terminal.answer(report, () => [
    HEADLINES[ended](runs),
    ...indent(
      pairs([
        ['ended before', moment(before)],
        ['entries', String(entries)],
        ['files', files.length > 0 ? `${files.length}, in ${to}` : null],
        ['held back by', heldBackBy && `channel ${heldBackBy}, which has still to carry older entries`],
      ]),
    ),
    ...(files[0] === undefined ? [] : [`  verify one: humanos ledger verify --file ${files[0]}`]),
    ...NEXT[ended],
  ]);
  return EXITS[ended];
}

type ByEnd<Value> = Readonly<Record<ArchiveReport['ended'], Value>>;

const HEADLINES: ByEnd<(runs: number) => string> = {
  all: (runs) => (runs === 0 ? 'There was nothing to archive.' : `${runs} runs are archived.`),
  interrupted: (runs) =>
    runs === 0
      ? 'Interrupted: nothing is archived.'
      : `Interrupted: ${runs} runs are archived, and there are more.`,
  elsewhere: (runs) =>
    `${runs === 0 ? 'Nothing is' : `${runs} runs are`} archived by this: another archives the same database, and has the rest.`,
};

const NEXT: ByEnd<readonly string[]> = {
  all: [],
  interrupted: ['  next: start the same command again; it goes on with the rest.'],
  elsewhere: ['  next: when the other is done, start the same command again; it takes what is left.'],
};

const EXITS: ByEnd<number> = { all: EXIT.ok, interrupted: EXIT.interrupted, elsewhere: EXIT.failed };
