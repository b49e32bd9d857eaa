import { readFile } from 'node:fs/promises';
import type { Client, EventView, RunView, TaskDetailView, TaskView } from 'humanos/client';
import type { Answers, Subject } from './answers.ts';
import type { Cast } from './organisation.ts';
import type { Exceptions } from './report.ts';

const DEFINITION = new URL('../definition.yaml', import.meta.url);
const ID = 'invoice-processing';
const ENDED = ['completed', 'failed', 'rejected', 'cancelled'];

/** The job that an earlier process left unfinished reads files that are not in this folder. */
export class OtherFolder extends Error {}

export interface Begun {
  readonly run: string;
  readonly resumed: boolean;
}

/**
 * Starts the job over these files, or goes on with the one that an earlier process left unfinished.
 * @throws OtherFolder
 */
export const startOrResume = async ({ lead }: Cast, files: readonly string[]): Promise<Begun> => {
  await lead.workflow.saveDefinition({ source: await readFile(DEFINITION, 'utf8') });
  const { rows } = await lead.workflow.listRuns({ definition: ID, limit: 1 });
  const [last] = rows;
  if (last && !ENDED.includes(last.status)) {
    await checkFolder(lead, last.id, files);
    return { run: last.id, resumed: true };
  }
  const { id } = await lead.workflow.start({ definition: ID, input: { files: [...files] } });
  return { run: id, resumed: false };
};

const checkFolder = async (lead: Client, run: string, files: readonly string[]): Promise<void> => {
  const { input } = await lead.workflow.getRun({ id: run, results: 'none' });
  const wanted = ((await lead.resolve(input)) as { files: string[] }).files;
  const here = new Set(files);
  const missing = wanted.filter((file) => !here.has(file));
  if (missing.length > 0)
    throw new OtherFolder(
      `The run ${run} is unfinished in this database, and ${missing.length} of its ${wanted.length} files are not in this folder, such as ${missing[0]}.`,
    );
};

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
export const follow = async (cast: Cast, run: string, attendance: Attendance): Promise<RunView | null> => {
  const { answers, show, interrupted } = attendance;
  for (;;) {
    const task = await beside(show, run, () => nextForPeople(cast.lead, run, interrupted));
    if (interrupted.aborted) return null;
    if (!task) return cast.lead.workflow.getRun({ id: run });
    if (!(await answer(cast, task, answers))) return null;
  }
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
    const clarification = await answers.exceptions(input as Exceptions, task.reason);
    return clarification && { ...clarification };
  }
  const { file } = (input as { input: { file: string } }).input;
  return (await answers.unread(file, task.reason)) ? { file, broken: ['FILE'] } : null;
};

const decide = async (manager: Client, task: TaskDetailView, answers: Answers): Promise<boolean> => {
  const subject = (await manager.resolve(task.input)) as Subject;
  const decision = await answers.approval(subject, task.reason);
  if (!decision) return false;
  await manager.task.decide({ id: task.id, subject: task.approval?.subject ?? '', ...decision });
  return true;
};
