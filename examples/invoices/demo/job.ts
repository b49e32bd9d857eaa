import { readFile } from 'node:fs/promises';
import type { Client, RunView, TaskDetailView, TaskView } from 'humanos/client';
import type { Answers } from './answers.ts';
import type { Cast } from './organisation.ts';
import type { Exceptions, JobSummary } from './report.ts';

const DEFINITION = new URL('../definition.yaml', import.meta.url);
const ID = 'invoice-processing';
const ENDED = ['completed', 'failed', 'rejected', 'cancelled'];

/** Starts the job over these files, or goes on with the one that an earlier process left unfinished. The run's id. */
export const startOrResume = async ({ lead }: Cast, files: readonly string[]): Promise<string> => {
  await lead.workflow.saveDefinition({ source: await readFile(DEFINITION, 'utf8') });
  const { rows } = await lead.workflow.listRuns({ definition: ID, limit: 1 });
  const [last] = rows;
  if (last && !ENDED.includes(last.status)) return last.id;
  const run = await lead.workflow.start({ definition: ID, input: { files: [...files] } });
  return run.id;
};

/** Shows the run until the signal aborts or it ends. */
export type Show = (run: string, signal: AbortSignal) => Promise<void>;

/**
 * Follows the run to its end, and asks people whenever it waits for one. Null when they do not want to answer: the run goes on
 * waiting, and the next start of the job comes back to it.
 */
export const follow = async (cast: Cast, run: string, answers: Answers, show: Show): Promise<RunView | null> => {
  for (;;) {
    const task = await nextForPeople(cast.lead, run, show);
    if (!task) return cast.lead.workflow.getRun({ id: run });
    if (!(await answer(cast, task, answers))) return null;
  }
};

/** The next task that waits for a person; null when the run has ended. */
const nextForPeople = async (client: Client, run: string, show: Show): Promise<TaskView | null> => {
  const stop = new AbortController();
  const shown = show(run, stop.signal);
  try {
    let after = 0;
    for (;;) {
      const { status, sequence } = await client.workflow.getRun({ id: run, results: 'none' });
      const { rows } = await client.task.list({ run, open: true });
      const task = rows.find(({ by }) => by === 'human');
      if (task) return task;
      if (ENDED.includes(status)) return null;
      after = await nextEvent(client, run, Math.max(after, sequence));
    }
  } finally {
    stop.abort();
    await shown;
  }
};

const MOVES = /^(run\.(completed|failed|rejected|cancelled)|task\.created|task\.failed|run\.redone)$/;

/** Waits until something happened after which a person may be asked, or the run may have ended. */
const nextEvent = async (client: Client, run: string, after: number): Promise<number> => {
  for await (const event of client.events({ run, after })) if (MOVES.test(event.type)) return event.cursor;
  return after;
};

const answer = async (cast: Cast, task: TaskView, answers: Answers): Promise<boolean> => {
  if (task.kind === 'approval') return decide(cast.manager, await cast.manager.task.get({ id: task.id }), answers);
  const { clerk } = cast;
  const input = await clerk.resolve(task.input);
  const output =
    task.kind === 'escalation' ? unread(input as { input: { file: string } }) : await answers.exceptions(input as Exceptions);
  if (!output) return false;
  if (task.status === 'ready') await clerk.task.start({ id: task.id });
  await clerk.task.complete({ id: task.id, output });
  return true;
};

const decide = async (manager: Client, task: TaskDetailView, answers: Answers): Promise<boolean> => {
  const subject = (await manager.resolve(task.input)) as { summary: JobSummary };
  const verdict = await answers.approval(task, subject);
  if (!verdict) return false;
  await manager.task.decide({ id: task.id, subject: task.approval?.subject ?? '', ...verdict });
  return true;
};

/** A file that no agent could process counts as invalid. */
const unread = ({ input: { file } }: { input: { file: string } }) => ({ file, broken: ['FILE'] });
