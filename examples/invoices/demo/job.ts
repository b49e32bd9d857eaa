import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Client, EventView, InputOf, OutputOf, RunView, TaskDetailView, TaskView } from 'humanos/client';
import type { Answers, Clarification } from './answers.ts';
import type { Cast } from './organisation.ts';
import type { Exceptions, JobSummary } from './report.ts';

const CAPABILITIES = new URL('../capabilities.yaml', import.meta.url);
/** What is to be done, in words; the rest is planned. */
export const GOAL = 'Process all invoices and prepare a financial summary for approval';
const NAME = 'Process invoices and summarise them';
const ENDED = ['completed', 'failed', 'rejected', 'cancelled'];

/** The job that an earlier process left unfinished reads files that are not in this folder. */
export class OtherFolder extends Error {}

export interface Begun {
  readonly run: string;
  readonly plan: Plan;
  readonly resumed: boolean;
}
export type Plan = OutputOf<'plan.get'>;

/**
 * Submits the goal over these files, or goes on with the run of it that an earlier process left unfinished.
 * @throws OtherFolder
 */
export const submitOrResume = async (cast: Cast, files: readonly string[]): Promise<Begun> => {
  const { lead } = cast;
  const { rows } = await lead.workflow.listRuns({ limit: 1 });
  const [last] = rows;
  const plan = last && !ENDED.includes(last.status) ? await planOf(lead, last.definition.id) : null;
  if (last && plan?.name === NAME) {
    checkFolder(last.id, plan, files);
    return { run: last.id, plan, resumed: true };
  }
  await describeCapabilities(cast.administrator);
  const made = await lead.workflow.plan({
    goal: GOAL,
    name: NAME,
    requiredCapabilities: ['invoice_processing', 'financial_analysis'],
    humanInLoop: true,
    approvers: ['role:finance-manager'],
    input: { invoices: [...files] },
    planner: 'deterministic',
    start: true,
  });
  if (!made.run) throw new Error(`the plan ${made.id} was not started`);
  return { run: made.run.id, plan: made, resumed: false };
};

const planOf = async (lead: Client, definition: string): Promise<Plan | null> =>
  definition.startsWith('plan_') ? lead.plan.get({ id: definition }) : null;

/** What plans are made of. A document that is there already stays as it is. */
const describeCapabilities = async (administrator: Client): Promise<void> => {
  const documents = parse(await readFile(CAPABILITIES, 'utf8')) as InputOf<'capability.save'>[];
  for (const document of documents) {
    const { documented } = await administrator.capability.get({ id: document.id });
    if (!documented) await administrator.capability.save(document);
  }
};

const checkFolder = (run: string, { input }: Plan, files: readonly string[]): void => {
  const wanted = (input as { invoices: string[] }).invoices;
  const here = new Set(files);
  const missing = wanted.filter((file) => !here.has(file));
  if (missing.length > 0)
    throw new OtherFolder(
      `The run ${run} is unfinished in this database, and ${missing.length} of its ${wanted.length} files are not in this folder, such as ${missing[0]}.`,
    );
};

/** What comes of the plan, by kind. */
export interface Products {
  readonly financial_summary: JobSummary;
  readonly invoice_exceptions: Exceptions;
  /** Null where there was nothing to clarify. */
  readonly clarification: Clarification | null;
}

/** Shows the run until the signal aborts or it ends. */
export type Show = (run: string, signal: AbortSignal) => Promise<void>;

/** Shows the run while something else is done. */
export const beside = async <Value>(show: Show, run: string, work: () => Promise<Value>): Promise<Value> => {
  const stop = new AbortController();
  const shown = show(run, stop.signal);
  shown.catch(() => {});
  try {
    return await work();
  } finally {
    stop.abort();
    await shown;
  }
};

export interface Attendance {
  readonly answers: Answers;
  /** Used between two questions. */
  readonly show: Show;
  readonly interrupted: AbortSignal;
}

/**
 * Follows the run to its end, and asks people whenever it waits for one. Null when they do not want to answer, or interrupt: the
 * run goes on waiting, and the next start of the job comes back to it.
 */
export const follow = async (
  cast: Cast,
  { run, plan }: Pick<Begun, 'run' | 'plan'>,
  { answers, show, interrupted }: Attendance,
): Promise<RunView | null> => {
  if (!(await begin(cast, run, plan, answers))) return null;
  for (;;) {
    const task = await beside(show, run, () => nextForPeople(cast.lead, run, interrupted));
    if (interrupted.aborted) return null;
    if (!task) return cast.lead.workflow.getRun({ id: run });
    if (!(await answer(cast, task, answers))) return null;
  }
};

/** The start of the run is the manager's to decide. False when nobody wants to decide it now. */
const begin = async ({ manager }: Cast, id: string, plan: Plan, answers: Answers): Promise<boolean> => {
  const { status } = await manager.workflow.getRun({ id, results: 'none' });
  if (status !== 'pending_approval') return true;
  const decision = await answers.start(plan);
  if (!decision) return false;
  const { outcome, reason } = decision;
  await manager.workflow[outcome]({ id, ...(reason !== undefined && { reason }) });
  return true;
};

/** The next task that waits for a person; null when the run has ended, or the signal aborted. */
const nextForPeople = async (client: Client, run: string, signal: AbortSignal): Promise<TaskView | null> => {
  let after = 0;
  while (!signal.aborted) {
    const { status, sequence } = await client.workflow.getRun({ id: run, results: 'none' });
    const { rows } = await client.task.list({ run, open: true });
    const task = rows.find(({ by }) => by === 'human');
    if (task) return task;
    if (ENDED.includes(status)) return null;
    after = await nextEvent(client, run, Math.max(after, sequence), signal);
  }
  return null;
};

const ENDS = ENDED.map((status) => `run.${status}`);
/** Most events are about the work of agents, after which nobody is asked anything. */
const moves = ({ type, payload }: EventView): boolean =>
  type === 'task.created' ? payload['by'] !== 'agent' : ENDS.includes(type);

/** Waits until something happened after which a person may be asked, or the run may have ended. */
const nextEvent = async (
  client: Client,
  run: string,
  after: number,
  signal: AbortSignal,
): Promise<number> => {
  for await (const event of client.events({ run, after, signal })) if (moves(event)) return event.cursor;
  return after;
};

/** False when nobody wants to answer now. */
const answer = async (cast: Cast, task: TaskView, answers: Answers): Promise<boolean> => {
  if (task.kind === 'approval')
    return decide(cast.manager, await cast.manager.task.get({ id: task.id }), answers);
  const output = await outputOf(cast.clerk, task, answers);
  if (!output) return false;
  if (task.status === 'ready') await cast.clerk.task.start({ id: task.id });
  await cast.clerk.task.complete({ id: task.id, output });
  return true;
};

const outputOf = async (clerk: Client, task: TaskView, answers: Answers) => {
  const input = await clerk.resolve(task.input);
  if (task.kind !== 'escalation') {
    const { invoice_exceptions: found } = input as { invoice_exceptions: Exceptions };
    const clarification = await answers.exceptions(found, task.reason);
    return clarification && { ...clarification };
  }
  const { invoice: file } = (input as { input: { invoice: string } }).input;
  return (await answers.unread(file, task.reason)) ? { file, broken: ['FILE'] } : null;
};

const decide = async (manager: Client, task: TaskDetailView, answers: Answers): Promise<boolean> => {
  const decided = (await manager.resolve(task.input)) as Products;
  const { financial_summary: summary, invoice_exceptions: exceptions, clarification } = decided;
  const decision = await answers.approval({ summary, exceptions, clarification }, task.reason);
  if (!decision) return false;
  await manager.task.decide({ id: task.id, subject: task.approval?.subject ?? '', ...decision });
  return true;
};
