import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventView, RunView } from 'humanos/client';
import type { Worker } from 'humanos/worker';
import { oneLine } from '../../../src/cli/layout.ts';
import { planTable } from '../../../src/cli/plan-lines.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { EXIT, Trouble } from '../../../src/cli/trouble.ts';
import { watch } from '../../../src/cli/watching.ts';
import { verifyDatabase } from '../../../src/main/database.ts';
import { openServer } from '../../../src/main/serve.ts';
import { atTerminal, unattended } from './answers.ts';
import { invoicesIn, NoInvoices } from './folder.ts';
import {
  beside,
  follow,
  GOAL,
  OtherFolder,
  submitOrResume,
  type Begun,
  type Products,
  type Show,
} from './job.ts';
import { assemble, nameOf, type Cast } from './organisation.ts';
import { placeOf, resumption, verification, type Place } from './place.ts';
import { decisionLines, inOrder, reportLines, type Exceptions, type JobReport } from './report.ts';

const INBOX = fileURLToPath(new URL('../inbox', import.meta.url));

export interface DemoOptions {
  /** The folder with the invoices; the fifty of the example if absent. */
  readonly input: string | undefined;
  /** The database: a file, or a URL; a new file if absent. A job that was interrupted goes on where it was. */
  readonly database: string | undefined;
  /** Whether the environment names that database to other commands as well. */
  readonly isAmbient: boolean;
  /** Nobody is asked. */
  readonly yes: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** The main job: invoices in, a decision by people, a summary and its record out. The exit code. */
export const demo = async (options: DemoOptions): Promise<number> => {
  const { input = INBOX, terminal, yes } = options;
  if (!yes && !terminal.isInteractive) throw nobodyThere();
  const files = await filesOf(input);
  const place = await placeOf(options.database, options.isAmbient);
  if (!terminal.json) terminal.lines(opening(files.length, input));
  const server = await openServer({ databaseUrl: place.url, port: 0 });
  let agents: readonly Worker[] = [];
  try {
    const cast = await assemble(server);
    const begun = await submitOrResume(cast, files).catch(otherFolder);
    if (!terminal.json) terminal.lines(planLines(begun, terminal.columns));
    agents = await cast.employ(input);
    const ended = await attend(options, cast, begun);
    if (ended) return await conclude(ended, cast, terminal, place);
    const command = resumption({ input: options.input, yes, json: terminal.json }, place);
    terminal.note(`The run waits. Go on with it:\n  ${command}`);
    return EXIT.interrupted;
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await server.stop();
  }
};

const opening = (count: number, folder: string): string[] => [
  `${count} ${count === 1 ? 'invoice' : 'invoices'} in ${oneLine(relative('.', folder)) || '.'}.`,
  'Agents read and check them, people decide, and all of it is recorded.',
];

/** What the goal has become. */
const planLines = ({ plan, run, resumed }: Begun, width: number): string[] =>
  resumed
    ? [`Going on with ${run}, which was not finished.`]
    : ['', `Goal: ${GOAL}.`, 'The plan:', ...planTable(plan, width, nameOf)];

/** The run when it has ended; null when it waits. */
const attend = async (
  { terminal, yes, signal: interrupted }: DemoOptions,
  cast: Cast,
  begun: Begun,
): Promise<RunView | null> => {
  const show: Show = async (id, until) => {
    if (terminal.json) return;
    terminal.lines(['']);
    await watch({ client: cast.lead, terminal, signal: interrupted }, id, { until, asks: false });
  };
  if (!yes) return follow(cast, begun, { answers: atTerminal(interrupted), show, interrupted });
  const unseen: Show = () => Promise.resolve();
  return beside(show, begun.run, () =>
    follow(cast, begun, { answers: unattended, show: unseen, interrupted }),
  );
};

/** Verifies the record, tells the result, and leaves beside the database what its ledger can be held against later. */
const conclude = async (run: RunView, cast: Cast, terminal: Terminal, place: Place): Promise<number> => {
  const { url, path } = place;
  const { note, verifierKey } = await cast.administrator.ledger.checkpoint();
  await writeFile(`${path}.checkpoint`, note);
  await writeFile(`${path}.key`, `${verifierKey}\n`);
  const { verified, entries } = await verifyDatabase(url, {
    checkpoints: [note],
    keys: [verifierKey],
  });
  const report = await reportOf(run, cast, { verified, entries });
  const decisions = terminal.json ? [] : decisionLines(await eventsOf(run, cast), nameOf);
  terminal.answer(report, () => [
    ...reportLines(report, decisions),
    'Verify it yourself, now or later:',
    `  ${verification(place)}`,
  ]);
  if (report.verdict === 'ok' && verified) return EXIT.ok;
  terminal.note(oneLine(run.verdict.reason));
  return EXIT.failed;
};

const reportOf = async (
  run: RunView,
  { administrator }: Cast,
  ledger: JobReport['ledger'],
): Promise<JobReport> => {
  const output = ((await administrator.resolve(run.output)) ?? {}) as Partial<Products>;
  const { financial_summary: summary = null, invoice_exceptions } = output;
  const { invalid = {}, duplicates = [] }: Partial<Exceptions> = invoice_exceptions ?? {};
  const { entries, verified } = ledger;
  return {
    run: run.id,
    verdict: run.verdict.verdict,
    summary: summary && inOrder(summary),
    invalid,
    duplicates,
    ledger: { entries, verified },
  };
};

const eventsOf = async ({ id }: RunView, { lead }: Cast): Promise<EventView[]> => {
  const events: EventView[] = [];
  for await (const event of lead.events({ run: id, untilEnd: true })) events.push(event);
  return events;
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

const otherFolder = (fault: unknown): never => {
  if (!(fault instanceof OtherFolder)) throw fault;
  throw new Trouble({
    what: 'The job did not go on.',
    why: fault.message,
    next: 'Name the folder with which the run was started: --input FOLDER. Or begin anew in another database: --database FILE.',
    code: 'other_folder',
    cause: fault,
  });
};

const nobodyThere = (): Trouble =>
  new Trouble({
    what: 'The job did not start.',
    why: 'It asks people for decisions, and here is no terminal to ask at.',
    next: 'Let it run unattended: npm run demo -- --yes',
    code: 'no_terminal',
  });
