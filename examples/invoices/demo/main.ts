import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunView } from 'humanos/client';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { Trouble } from '../../../src/cli/trouble.ts';
import { watch } from '../../../src/cli/watching.ts';
import { verifyDatabase } from '../../../src/main/database.ts';
import { openServer } from '../../../src/main/serve.ts';
import { atTerminal, unattended } from './answers.ts';
import { invoicesIn, NoInvoices } from './folder.ts';
import { follow, startOrResume, type Show } from './job.ts';
import { assemble, type Cast } from './organisation.ts';
import { reportLines, type Exceptions, type JobReport, type JobSummary } from './report.ts';

const INBOX = fileURLToPath(new URL('../inbox', import.meta.url));

export interface DemoOptions {
  /** The folder with the invoices; the fifty of the example if absent. */
  readonly input: string | undefined;
  /** The database file; a new one if absent. A job that was interrupted goes on where it was. */
  readonly database: string | undefined;
  /** Nobody is asked. */
  readonly yes: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** The main job: invoices in, a decision by people, a summary and its record out. The exit code. */
export const demo = async ({ input = INBOX, database, yes, terminal, signal }: DemoOptions): Promise<number> => {
  if (!yes && !terminal.isInteractive) throw nobodyThere();
  const files = await filesOf(input);
  const path = await pathOf(database);
  const server = await openServer({ databaseUrl: `sqlite:${path}`, port: 0 });
  const cast = await assemble(server, input);
  const shutDown = async (): Promise<void> => {
    await Promise.all(cast.agents.map((agent) => agent.stop()));
    await server.stop();
  };
  try {
    const id = await startOrResume(cast, files);
    const run = await follow(cast, id, yes ? unattended : atTerminal, showOn(terminal, cast, signal));
    if (!run) {
      terminal.note(`The run waits. Go on with it: npm run demo -- --database ${path}`);
      return 1;
    }
    const report = await reportOf(run, cast, `sqlite:${path}`);
    terminal.answer(report, () => [...reportLines(report), `The database is ${path}.`]);
    return report.verdict === 'ok' && report.ledger.verified ? 0 : 1;
  } finally {
    await shutDown();
  }
};

const showOn =
  (terminal: Terminal, { lead: client }: Cast, interrupted: AbortSignal): Show =>
  async (run, signal) => {
    if (!terminal.json) await watch({ client, terminal, signal: AbortSignal.any([signal, interrupted]) }, run);
  };

const reportOf = async (run: RunView, { administrator }: Cast, url: string): Promise<JobReport> => {
  const { note, verifierKey } = await administrator.ledger.checkpoint();
  const { verified, entries } = await verifyDatabase(url, { checkpoints: [note], keys: [verifierKey] });
  const output = ((await administrator.resolve(run.output)) ?? {}) as { summary?: JobSummary } & Partial<Exceptions>;
  const { summary = null, invalid = {}, duplicates = [] } = output;
  return { run: run.id, verdict: run.verdict.verdict, summary, invalid, duplicates, ledger: { entries, verified } };
};

const filesOf = async (folder: string): Promise<string[]> => {
  try {
    return await invoicesIn(folder);
  } catch (fault) {
    if (!(fault instanceof NoInvoices)) throw fault;
    throw new Trouble({
      what: 'The job did not start.',
      why: fault.message,
      next: 'Give a folder that holds invoices as XML files: npm run demo -- --input FOLDER',
      code: 'no_invoices',
    });
  }
};

const pathOf = async (database: string | undefined): Promise<string> => {
  if (database === undefined) return join(await mkdtemp(join(tmpdir(), 'humanos-demo-')), 'humanos.sqlite');
  await mkdir(dirname(database), { recursive: true });
  return database;
};

const nobodyThere = (): Trouble =>
  new Trouble({
    what: 'The job did not start.',
    why: 'It asks people for decisions, and here is no terminal to ask at.',
    next: 'Let it run unattended: npm run demo -- --yes',
    code: 'no_terminal',
  });
