import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { OutputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import { databaseUrlOf, type Context } from '../context.ts';
import { collect, isThere, readText, wholeNumber } from '../input.ts';
import { indent, moment, oneLine, pairs, table } from '../layout.ts';
import { limit } from '../paging.ts';
import type { LedgerReport } from '../roots.ts';
import { EXIT, misuse } from '../trouble.ts';
import { writeWhole } from '../whole-file.ts';

export function ledgerCommands(program: Command, act: Act): void {
  const ledger = program.command('ledger').description('the record of who did what, on whose authority');
  ledger
    .command('verify')
    .description('verify the ledger: of a database, or of an exported file, without a server')
    .option('--database <url>', 'the database, a file or postgres://…; HUMANOS_DATABASE_URL, if left out')
    .option(
      '--archives <folder>',
      'verify the files archived from the database as well, all of which are there',
    )
    .option('--file <path>', 'a file that "humanos ledger export" or "humanos archive" wrote')
    .option('--checkpoint <path>', 'a checkpoint known from before; may be given more than once', collect)
    .option('--key <key>', 'who signs checkpoints: name+id+key, or a file with that', collect)
    .action(act('The ledger could not be verified.', verify));
  ledger
    .command('checkpoint')
    .description('write a signed head of the ledger; keep it, to prove later what the ledger held')
    .option('-o, --out <path>', 'write it to a file')
    .action(act('There is no checkpoint.', checkpoint));
  ledger
    .command('export')
    .description('write the whole ledger, to be verified anywhere')
    .option('-o, --out <path>', 'write it to a file')
    .action(act('The ledger could not be exported.', exportLedger));
  ledger
    .command('entries', { isDefault: true })
    .description('list entries')
    .addOption(
      new Option('--after <n>', 'entries that are known already').argParser(wholeNumber(0, 1e15)).default(0),
    )
    .addOption(limit(50))
    .action(act('The entries could not be listed.', entries));
}

interface VerifyOptions {
  readonly database?: string;
  readonly file?: string;
  readonly archives?: string;
  readonly checkpoint?: string[];
  readonly key?: string[];
}

async function verify({ terminal, roots, env }: Context, options: VerifyOptions): Promise<number> {
  const { file, archives, checkpoint = [], key = [] } = options;
  if (file !== undefined && options.database !== undefined)
    throw misuse('Nothing was verified.', '--file and --database name two ledgers.', 'Give one of them.');
  if (file !== undefined && archives !== undefined)
    throw misuse(
      'Nothing was verified.',
      '--archives is for the files of a database, and --file is verified by itself.',
      'Give --archives with --database, or each file with --file.',
    );
  const known = {
    checkpoints: await Promise.all(checkpoint.map(readText)),
    keys: await Promise.all(key.map(readKey)),
  };
  const report =
    file === undefined
      ? await roots.verifyDatabase(databaseUrlOf(env, options.database), known, archives)
      : await roots.verifyExport(file, known);
  terminal.answer(report, () => describeReport(report, options));
  return report.verified ? EXIT.ok : EXIT.failed;
}

const readKey = async (given: string): Promise<string> =>
  isThere(given) ? (await readText(given)).trim() : given;

function describeReport(report: LedgerReport, options: VerifyOptions): string[] {
  const { verified, entries, pending, archived, runs, checkpoint, problems, problemCount } = report;
  return [
    verified ? goodLine(report, options) : badLine(report),
    ...indent(
      pairs([
        ['entries', `${entries}${pending > 0 ? `, ${pending} of them not in the tree yet` : ''}`],
        ['archived', archived > 0 ? `${archived} of them, whose texts are in files` : null],
        ['chains', String(runs)],
        ['checkpoint', checkpoint && `${checkpoint.size} entries, signed by ${checkpoint.keyName}`],
        ['problems', problemCount > 0 ? String(problemCount) : null],
      ]),
    ),
    ...indent(problems.map(problemLine)),
    ...(verified && !options.checkpoint
      ? [
          '  Whoever can rewrite the whole database can also rewrite its keys: to exclude that, give a checkpoint and a key that you',
          '  kept elsewhere (--checkpoint, --key). Get them with "humanos ledger checkpoint".',
        ]
      : []),
  ];
}

function goodLine({ part, absent, archived }: LedgerReport, { file, archives }: VerifyOptions): string {
  if (part) return partLine(absent);
  if (archived === 0 || archives !== undefined) return 'The ledger is as it was written.';
  const how = file === undefined ? ' (--archives FOLDER)' : '';
  return `The ledger is as it was written; the texts of ${archived} archived entries were not looked at${how}.`;
}

const NOT_COMPARED = 'It could not be compared with the checkpoint.';
const NO_EXPORT = 'The file is no exported ledger that this release can read.';
const NOT_READ =
  'Not every archived text could be looked at: the folder does not have all files as the ledger names them.';

/** Problems that say what could not be looked at, and nothing of the entries. */
const APART: Readonly<Record<string, string>> = {
  key_unknown: NOT_COMPARED,
  verifier_key_malformed: NOT_COMPARED,
  verifier_key_missing: NOT_COMPARED,
  origin_differs: NOT_COMPARED,
  checkpoint_uncovered: NOT_COMPARED,
  checkpoint_malformed: NOT_COMPARED,
  note_malformed: NOT_COMPARED,
  note_too_large: NOT_COMPARED,
  archive_missing: NOT_READ,
  export_version_unknown: NO_EXPORT,
};
const apartOf = ({ code, line }: LedgerReport['problems'][number]): string | undefined =>
  code === 'export_malformed' && line === 1 ? NO_EXPORT : APART[code];

function badLine({ problems, problemCount, entries }: LedgerReport): string {
  const apart = new Set(problems.map(apartOf));
  if (problems.length !== problemCount || apart.has(undefined)) return 'The ledger is not as it was written.';
  const rest = entries > 0 ? ['Nothing wrong was found in the entries that were looked at.'] : [];
  return [...apart, ...rest].join(' ');
}

const partLine = (absent: number): string =>
  'What is in this part is as it was written; ' +
  (absent === 1
    ? '1 position of the ledger is not in it.'
    : `${absent} positions of the ledger are not in it.`);

const problemLine = ({
  code,
  message,
  run,
  sequence,
  index,
  line,
}: LedgerReport['problems'][number]): string => {
  const where = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(index === undefined ? [] : [`entry ${index}`]),
    ...(run === undefined ? [] : [`${run}${sequence === undefined ? '' : `, event ${sequence}`}`]),
  ];
  return `${code}${where.length > 0 ? ` (${where.join('; ')})` : ''}: ${oneLine(message)}`;
};

async function checkpoint({ client, terminal }: Context, { out }: { readonly out?: string }): Promise<void> {
  const head = await client.ledger.checkpoint();
  if (out !== undefined) await writeFile(out, head.note);
  if (terminal.json) return terminal.answer(head, () => []);
  if (out === undefined) terminal.write(head.note);
  terminal.note(
    [
      `A checkpoint over ${head.size} entries${out === undefined ? '' : `, in ${out}`}. Keep it, and this key, where the server's operators cannot change them:`,
      `  ${head.verifierKey}`,
    ].join('\n'),
  );
}

async function exportLedger(context: Context, { out }: { readonly out?: string }): Promise<number | void> {
  const { client, terminal } = context;
  if (out === undefined) return terminal.stream(client.exportLedger());
  const { signal } = context;
  await writeWhole(out, client.exportLedger({ signal })).catch((fault: unknown) => {
    if (!signal.aborted) throw fault;
  });
  if (signal.aborted) return EXIT.interrupted;
  terminal.answer({ file: out }, () => [
    `The ledger is in ${out}.`,
    `  verify it: humanos ledger verify --file ${out} --checkpoint NOTE --key KEY`,
  ]);
}

async function entries(
  { client, terminal }: Context,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<void> {
  const page = await client.ledger.entries({ after, limit });
  if (terminal.json) return terminal.answer(page, () => []);
  if (page.entries.length === 0) return terminal.lines([`There are no entries behind the first ${after}.`]);
  // Long entries make a page shorter than its limit, so its length does not say whether it is the last.
  const behind = await client.ledger.entries({ after: page.next, limit: 1 });
  terminal.lines([
    ...table(
      ['entry', 'at', 'run', 'event', 'by', 'for', 'authority', 'hash'],
      page.entries.map(entryRow),
      terminal.columns,
    ),
    ...(behind.entries.length > 0 ? [`There are more: --after ${page.next}`] : []),
  ]);
}

function entryRow({ index, text, hash }: OutputOf<'ledger.entries'>['entries'][number]): string[] {
  const { at, run, type, actor, onBehalfOf, authority } = JSON.parse(text) as {
    readonly at: number;
    readonly run: string;
    readonly type: string;
    readonly actor: string;
    readonly onBehalfOf: string | null;
    readonly authority: { readonly kind: string; readonly id: string };
  };
  const ground = `${authority.kind}:${authority.id}`;
  return [String(index), moment(at), run, type, actor, onBehalfOf ?? '', ground, hash.slice(0, 12)];
}
