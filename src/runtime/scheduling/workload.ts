import type { RunState, Task } from '../../engine/index.ts';

/**
 * How many tasks each participant has: those that are reserved for it or that it holds, with those that are being given to it.
 *
 * LOAD-1  What is being given out counts from the moment of the decision, so that decisions made side by side see each other.
 * LOAD-2  It follows what is committed; a gift that does not happen is taken back, unless something was committed of the task since: another
 *         node may have given it to the same.
 * LOAD-3  What is given out anew does not count against whoever had it.
 * LOAD-4  What somebody wishes for counts where others are asked what they could be given, and does not count beside another wish of theirs
 *         until it is decided: wishes side by side do not refuse each other.
 * LOAD-5  Of the run that is being decided on, its state says who has what: what has ended with that counts against nobody.
 */
export class Workload {
  #holder = new Map<string, string>();
  #count = new Map<string, number>();
  /** What has a holder by what was committed, by run. */
  #committed = new Map<string, Set<string>>();
  /** On their way: who had the task before. */
  #gifts = new Map<string, { readonly before: string | null }>();
  /** Of those, what is wished for and not decided, by whom. */
  #wishes = new Map<string, Set<string>>();
  #onChange: (participant: string, tasks: number) => void;

  constructor(onChange: (participant: string, tasks: number) => void) {
    this.#onChange = onChange;
  }

  count(participant: string): number {
    return this.#count.get(participant) ?? 0;
  }

  /** As `count`, but for one task, and for wishes; in a decision as that has it so far (LOAD-5). */
  beside(task: string, participant: string, state: Deciding | null = null): number {
    const ended = state ? this.#ended(task, state).filter((one) => one === participant).length : 0;
    const wishes = this.#wishes.get(participant);
    const isOwn = this.#holder.get(task) === participant && !wishes?.has(task);
    return this.count(participant) - (wishes?.size ?? 0) - (isOwn ? 1 : 0) - ended;
  }

  /** Its tasks. */
  *of(participant: string): Generator<string, void, void> {
    for (const [task, holder] of this.#holder) if (holder === participant) yield task;
  }

  /** What was committed: who has the task now, or nobody. Gives who has less with that, also where it was given away before (LOAD-1). */
  set(task: string, participant: string | null): readonly string[] {
    const had = this.#gifts.get(task)?.before ?? null;
    const before = this.#holder.get(task) ?? null;
    this.decided(task);
    this.#gifts.delete(task);
    if (before !== participant) {
      if (before !== null) this.#add(before, -1);
      if (participant === null) this.#holder.delete(task);
      else {
        this.#holder.set(task, participant);
        this.#add(participant, 1);
      }
    }
    this.#index(task, participant !== null);
    return [had, before].filter((one): one is string => one !== null && one !== participant);
  }

  /** Counts a gift that is on its way; what is returned takes it back. */
  expect(task: string, participant: string): () => void {
    const { before } = this.#gifts.get(task) ?? { before: this.#holder.get(task) ?? null };
    const gift = { before };
    this.set(task, participant);
    this.#index(task, false);
    this.#gifts.set(task, gift);
    return () => {
      if (this.#gifts.get(task) === gift) this.set(task, before);
    };
  }

  /** Counts what somebody asks for, until it is `decided` as a wish; what is returned takes it back. LOAD-4 */
  wish(task: string, participant: string): () => void {
    const takeBack = this.expect(task, participant);
    const wishes = this.#wishes.get(participant);
    if (wishes) wishes.add(task);
    else this.#wishes.set(participant, new Set([task]));
    return takeBack;
  }

  /** Where it is a wish, it is none any more. */
  decided(task: string): void {
    const participant = this.#holder.get(task) ?? '';
    const wishes = this.#wishes.get(participant);
    if (wishes?.delete(task) && wishes.size === 0) this.#wishes.delete(participant);
  }

  /** What is asked, without a pause, as though nobody had the task, nor anything that has ended by what is being decided. LOAD-3, LOAD-5 */
  without<Answer>(task: string, state: Deciding, ask: () => Answer): Answer {
    const less = this.#ended(task, state);
    const holder = this.#holder.get(task);
    if (holder !== undefined) less.push(holder);
    for (const one of less) this.#add(one, -1);
    try {
      return ask();
    } finally {
      for (const one of less) this.#add(one, 1);
    }
  }

  /** Who had what is nobody's or somebody else's now, beside one task, once for each. */
  #ended(but: string, { run, tasks }: Deciding): string[] {
    const ended: string[] = [];
    for (const task of this.#committed.get(run) ?? []) {
      const holder = this.#holder.get(task);
      if (task !== but && holder !== undefined && holderOf(tasks[task]) !== holder) ended.push(holder);
    }
    return ended;
  }

  #index(task: string, isCommitted: boolean): void {
    const run = task.slice(0, task.indexOf(':'));
    const tasks = this.#committed.get(run);
    if (!isCommitted) {
      if (tasks?.delete(task) && tasks.size === 0) this.#committed.delete(run);
    } else if (tasks) tasks.add(task);
    else this.#committed.set(run, new Set([task]));
  }

  /** Forgets a run but for these tasks: whatever of it may have ended unseen is not counted for ever. */
  dropRun(run: string, but: ReadonlySet<string>): void {
    for (const task of [...this.#holder.keys()])
      if (task.startsWith(`${run}:`) && !but.has(task)) this.set(task, null);
  }

  #add(participant: string, by: 1 | -1): void {
    const now = this.count(participant) + by;
    if (now > 0) this.#count.set(participant, now);
    else this.#count.delete(participant);
    this.#onChange(participant, now);
  }
}

/** A run as it is being decided on. */
type Deciding = Pick<RunState, 'run'> & {
  readonly tasks: Readonly<Record<string, Pick<Task, 'status' | 'assignee'> | undefined>>;
};

/** Against whom a task counts. */
export const holderOf = (task: Pick<Task, 'status' | 'assignee'> | undefined): string | null =>
  task?.status === 'reserved' || task?.status === 'in_progress' ? task.assignee : null;
