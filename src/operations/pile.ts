import type { Task } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { TaskRow } from '../store/index.ts';
import { oversteppedInOne } from './acting.ts';
import type { Context } from './context.ts';
import { isWith, unsuited } from './tasks/access.ts';
import { execute } from './tasks/tasks.ts';

/**
 * Piles: people who take the tasks of a step one after the other, of whatever run.
 *
 * PILE-1  A pile is the task that was begun with it last, and over when its holder is not at work on that any more.
 * PILE-2  One person at a time has the pile of a step, at whatever node they come to: whose it is is written in the commit that begins
 *         a task with it.
 * PILE-3  What was completed is followed by one task at most, also where that is asked for again since no answer came.
 */
interface Pile {
  readonly holder: string;
  readonly task: string;
}

interface Known {
  /** `definition/step`. */
  readonly id: string;
  readonly revision: number;
  readonly holder: string | null;
  readonly last: TaskRow | null;
}

async function read({ runtime: { store } }: Context, { run, step }: Task): Promise<Known> {
  const id = `${(await store.run(run))?.definition ?? ''}/${step}`;
  const stored = await store.document('pile', id);
  const { holder = null, task = '' } = (stored?.body ?? {}) as Partial<Pile>;
  return { id, revision: stored?.revision ?? 0, holder, last: stored ? await store.task(task) : null };
}

const isOpen = ({ holder, last }: Known): boolean =>
  last?.status === 'in_progress' && last.assignee === holder;

/** The task that is the pile of the task's step (PILE-1); null where nobody has it. */
export async function pileOf(context: Context, task: Task): Promise<Task | null> {
  const pile = await read(context, task);
  return isOpen(pile) ? pile.last : null;
}

/** What follows the completed task for whoever completed it, begun with that; null where there is nothing. */
export async function goOnWithPile(
  context: Context,
  completed: Task,
  caller: Passport,
): Promise<Task | null> {
  const pile = await read(context, completed);
  if (hasFollowed(pile, completed, caller)) return isOpen(pile) ? pile.last : null;
  return isOpen(pile) && pile.holder !== caller.id ? null : begin(context, pile, completed, caller);
}

/** PILE-3: nothing is begun in a pile between the end of a task and what follows it. */
const hasFollowed = ({ holder, last }: Known, { id, endedAt }: Task, caller: Passport): boolean =>
  holder === caller.id && last !== null && last.id !== id && (last.startedAt ?? 0) >= (endedAt ?? 0);

const MOST_LOOKED_AT = 500;
/** Somebody else has the pile now, or whoever has it can begin no more. */
const ENDING = ['changed_meanwhile', 'capacity_reached'];

/** The first in the queue that they may do. */
async function begin(context: Context, pile: Known, { step }: Task, caller: Passport): Promise<Task | null> {
  const { store } = context.runtime;
  const { rows } = await store.tasks(
    { step, status: ['ready', 'reserved'], open: true, order: 'queue' },
    { limit: MOST_LOOKED_AT },
  );
  for (const row of rows) {
    if (row.assignee !== null && !isWith(row, caller)) continue;
    const definition = (await store.run(row.run))?.definition;
    if (`${definition}/${step}` !== pile.id || unsuited(context, row, caller)) continue;
    if (await oversteppedInOne(context, caller, 'task.start', { id: row.id })) continue;
    const start = { type: 'task.start', task: row.id, assignee: caller.id } as const;
    const body = { holder: caller.id, task: row.id };
    const document = { kind: 'pile', id: pile.id, expected: pile.revision, body } as const;
    const begun = await execute(context, row, start, { caller }, { document, unless: unsuited });
    const started = begun.ok ? begun.value.tasks.find(({ id }) => id === row.id) : null;
    if (started) return started;
    if (!begun.ok && ENDING.includes(begun.rejection.code)) return null;
  }
  return null;
}
