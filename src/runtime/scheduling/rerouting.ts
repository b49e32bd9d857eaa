import type { Task } from '../../engine/index.ts';
import type { Absence } from './absence.ts';
import { bySystem } from '../authority.ts';
import { Loop, takeEach } from '../background.ts';
import type { Clock } from '../clock.ts';
import type { KnownTakers } from './known-takers.ts';
import { PRESENT_MS } from '../organisation/index.ts';
import { ReadyQueue, type GroupOf, type ReadyTask } from './ready-queue.ts';
import type { Reservations } from './reservations.ts';
import type { Runs } from '../runs.ts';
import { isOfRun, isOfStore, MOST_FAULTS, versionOf, type SetAside, type TaskVersion } from './set-aside.ts';

export interface ReroutingParts {
  readonly clock: Clock;
  readonly runs: () => Runs;
  readonly reservations: Reservations;
  /** What is not given out, as the store has it. */
  stored(): AsyncIterable<Task>;
  readonly absence: Pick<Absence, 'isAway' | 'isOut' | 'lapsesAfter' | 'whyNot'>;
  /** Whether somebody has as much as they can; and whether somebody still waits who may do what a group asks for. */
  isFull(participant: string): boolean;
  isWanted(group: GroupOf): boolean;
  readonly takers: Pick<KnownTakers, 'first'>;
  readonly aside: SetAside;
  onFault(fault: unknown): void;
}

const RETRY_MS = 1000;
/** What a policy says may change with time alone. */
const LOOK_MS = 300_000;
const EVERYBODY = '*';
/** Of a group so many are asked about in vain for one change: what differs from one to the next is little, and may be what counts. */
const MOST_UNCHANGED = 20;
/** In the place of a participant: what has been passed over, so many of each group, and again after a while. */
const PASSED_OVER = '>';
const PASSED_OVER_MS = 1000;

/**
 * Asks routing again about what nobody works on, when what it rests on has changed.
 *
 * REROUTE-1  What is held back goes to somebody as soon as somebody can take it: whoever has come, has less to do, or can do more.
 * REROUTE-2  What is reserved for somebody who cannot do it any more goes to somebody else: also where a claim of theirs has ended by
 *            its time, or what they are has changed just before the process ended.
 * REROUTE-3  A change costs what it concerns: the groups that the participant may do, and of each, until they are full, what moves
 *            and the first few that stay. What stands behind those is asked about a few at a time until the end has been seen once since
 *            the change, so that what cannot move starves no other.
 * REROUTE-4  What was held back before the start is read after it: nobody could do that then, so that no server is late for it.
 * REROUTE-5  It works where somebody waits for work, whatever else a node does: that they are there is known to it alone. What another
 *            node holds is asked about where somebody waits who can take it, each task by itself.
 * REROUTE-6  No change is missed by what it comes too early for: what a commit frees is looked at once all of it is followed, and what
 *            is freed while something that is held is being written, again after that.
 * REROUTE-7  As it lies, a task is moved once, however many nodes know that it should be (TASK-5). What another node has moved is looked
 *            at again for whoever was to have it, as soon as it is known where it lies now.
 * REROUTE-8  What cannot be worked on keeps nothing else where it is: it is set aside.
 */
export class Rerouting {
  #clock: Clock;
  #runs: () => Runs;
  #reservations: Reservations;
  #takers: ReroutingParts['takers'];
  #absence: ReroutingParts['absence'];
  #isFull: ReroutingParts['isFull'];
  #isWanted: ReroutingParts['isWanted'];
  #stored: ReroutingParts['stored'];
  #held = new ReadyQueue();
  /** While what is stored is read: what is known to be held back no more. */
  #dropped: Set<string> | null = null;
  #isRead = false;
  /** Participants who can take more than before, and those who may have lost what is reserved for them, with the reason. */
  #freer = new Set<string>();
  /** REROUTE-6: of those, whoever came while something that is held was being written, and how much is. */
  #early = new Set<string>();
  #underWay = 0;
  /** REROUTE-3: by group, the last one that was asked about, null where it is to be begun with the first; and whether it is to be again. */
  #passedOver = new Map<string, { last: ReadyTask | null; again: boolean }>();
  #cancelPassedOver: (() => void) | null = null;
  /** REROUTE-7: who was to have what lies elsewhere than is known here, by task. */
  #outrun = new Map<string, Set<string>>();
  #doubted = new Set<string>();
  /** REROUTE-5: tasks that are held by another node, and may go to somebody here. */
  #wanted = new Set<string>();
  #aside: SetAside;
  #onFault: (fault: unknown) => void;
  #loop: Loop;
  #cancel: (() => void) | null = null;
  /** When it is looked next. */
  #due = Infinity;
  /** Until when those are known who have something reserved by a claim that has ended. */
  #lapsed = -Infinity;

  constructor(parts: ReroutingParts) {
    this.#clock = parts.clock;
    this.#runs = parts.runs;
    this.#reservations = parts.reservations;
    this.#absence = parts.absence;
    this.#isFull = (participant) => parts.isFull(participant);
    this.#isWanted = (group) => parts.isWanted(group);
    this.#takers = parts.takers;
    this.#stored = () => parts.stored();
    this.#aside = parts.aside;
    this.#onFault = (fault) => parts.onFault(fault);
    this.#loop = new Loop(
      () => this.#work(),
      (fault) => {
        parts.onFault(fault);
        this.#look(RETRY_MS);
      },
    );
  }

  /** Once is enough. */
  start(): void {
    if (!this.#loop.isStopped) return;
    this.#loop.start();
    for (const one of this.#reservations.participants()) if (this.#absence.isOut(one)) this.#doubted.add(one);
    this.#lookAtClaims();
    this.#look(PRESENT_MS);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancelPassedOver?.();
    await this.#loop.stop();
  }

  /** It is held back, as it is now. */
  hold(task: Task): void {
    const outrun = this.#outrun.get(task.id);
    this.drop(task.id);
    this.#keep(task);
    for (const participant of outrun ?? []) this.freed(participant);
  }

  #keep(task: Task): void {
    this.#held.add(task);
    this.#look(LOOK_MS);
  }

  /** REROUTE-6: something is to be held; what is returned is called when that is written. */
  holding(): () => void {
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      if (this.#underWay > 0) return;
      for (const one of this.#early) this.freed(one);
      this.#early.clear();
    };
  }

  drop(task: string): void {
    this.#held.remove(task);
    this.#dropped?.add(task);
    this.#outrun.delete(task);
  }

  /** Somebody can take more than before; without a name that may be anybody. */
  freed(participant: string = EVERYBODY): void {
    this.#freer.add(participant);
    if (this.#underWay > 0) this.#early.add(participant);
    this.#loop.wake();
  }

  /** Somebody waits here who can take what another node holds. REROUTE-5 */
  want(task: string): void {
    this.#wanted.add(task);
    this.#loop.wake();
  }

  /** Something is reserved for somebody, who may not come for it, or come to wait for other work, or have it for a time. */
  reserved(participant: string): void {
    if (this.#mayLapse(participant)) this.#look(PRESENT_MS);
    this.#lookAsClaimsEnd(participant);
  }

  #lookAsClaimsEnd(participant: string): void {
    const now = this.#clock.now();
    this.#look(this.#absence.lapsesAfter(participant, now) - now);
  }

  /** Doubts whoever has had a claim that ended since this was asked last. */
  #lookAtClaims(): void {
    const [since, now] = [this.#lapsed, this.#clock.now()];
    this.#lapsed = now;
    for (const one of this.#reservations.participants()) {
      if (this.#absence.lapsesAfter(one, since) <= now) this.#doubted.add(one);
      this.#lookAsClaimsEnd(one);
    }
  }

  /** Whether they may lose something without anybody saying so. */
  #mayLapse(participant: string): boolean {
    return this.#reservations
      .of(participant)
      .some(({ requires, isLent }) => isLent || this.#absence.isAway(participant, requires));
  }

  /** Somebody may not be able to do any more what is reserved for them; without a name that may be anybody. */
  doubt(participant: string | null): void {
    const doubted = participant === null ? this.#reservations.participants() : [participant];
    for (const one of doubted)
      if (this.#reservations.of(one).length > 0) {
        this.#doubted.add(one);
        this.#lookAsClaimsEnd(one);
      }
    if (this.#doubted.size > 0) this.#loop.wake();
  }

  /** Unless it is looked sooner. */
  #look(ms: number): void {
    const due = this.#clock.now() + ms;
    if (this.#loop.isStopped || due >= this.#due) return;
    this.#cancel?.();
    this.#due = due;
    this.#cancel = this.#clock.after(ms, () => {
      this.#due = Infinity;
      this.#lookAround();
    });
  }

  /** Some things change without anybody saying so. */
  #lookAround(): void {
    const unsure = this.#reservations.participants().filter((one) => this.#mayLapse(one));
    for (const one of unsure) this.#doubted.add(one);
    this.#lookAtClaims();
    if (this.#held.size > 0) this.freed();
    this.#loop.wake();
    if (unsure.length > 0) this.#look(PRESENT_MS);
    else if (this.#held.size > 0) this.#look(LOOK_MS);
  }

  /** REROUTE-4 */
  async #read(): Promise<void> {
    const dropped = (this.#dropped = new Set());
    for await (const task of this.#stored()) {
      if (this.#loop.isStopped) return;
      if (task.assignee === null && !dropped.has(task.id)) this.#keep(task);
    }
    this.#dropped = null;
    this.#isRead = true;
    this.freed();
  }

  async #work(): Promise<void> {
    // REROUTE-6: rows of a commit are followed one by one, and nothing is awaited between them.
    await (this.#isRead ? Promise.resolve() : this.#read());
    await takeEach(this.#doubted, (participant) => this.#lookAtReserved(participant));
    await this.#tryWanted();
    await takeEach(this.#freer, (one) => (one === PASSED_OVER ? this.#tryPassedOver() : this.#tryHeld(one)));
    this.#goOn();
  }

  #goOn(): void {
    if (this.#passedOver.size === 0 || this.#cancelPassedOver || this.#loop.isStopped) return;
    this.#cancelPassedOver = this.#clock.after(PASSED_OVER_MS, () => {
      this.#cancelPassedOver = null;
      this.freed(PASSED_OVER);
    });
  }

  async #lookAtReserved(participant: string): Promise<void> {
    let faults = 0;
    for (const reservation of this.#reservations.of(participant)) {
      if (this.#aside.has(reservation.task)) continue;
      try {
        const found = await this.#absence.whyNot(reservation);
        if (found) await this.#route(found.row, found.reason);
      } catch (fault) {
        this.#setAside(versionOf(reservation, 'reserved'), fault, (faults += 1), () =>
          this.doubt(participant),
        );
      }
    }
  }

  async #tryWanted(): Promise<void> {
    const unchanged = new Map<string, number>();
    const faults: unknown[] = [];
    await takeEach(this.#wanted, async (task) => {
      const found = this.#held.get(task);
      if (!found || !isTried(unchanged, found) || !this.#isWanted(found)) return;
      if (await this.#tryOne(found, faults)) count(unchanged, found);
    });
  }

  /** REROUTE-3 */
  async #tryPassedOver(): Promise<void> {
    const faults: unknown[] = [];
    for (const [key, place] of [...this.#passedOver]) {
      const few = this.#held.behind(key, place.last, MOST_UNCHANGED);
      for (const found of few) if (this.#held.get(found.task) === found) await this.#tryOne(found, faults);
      place.last = few.at(-1) ?? null;
      if (few.length === MOST_UNCHANGED) continue;
      this.#passedOver.delete(key);
      if (place.again) this.#passedOver.set(key, { last: null, again: false });
    }
  }

  /** Whether it stays where it is. */
  async #tryOne(found: ReadyTask, faults: unknown[]): Promise<boolean> {
    try {
      return await this.#stays(found, EVERYBODY);
    } catch (fault) {
      if (!isOfStore(fault) && this.#held.get(found.task) === found) this.#held.remove(found.task);
      this.#setAside(versionOf(found, 'created'), fault, faults.push(fault), () => this.#comeBack(found));
      return false;
    }
  }

  async #tryHeld(participant: string): Promise<void> {
    if (this.#held.size === 0) return;
    const unchanged = new Map<string, number>();
    const left: ReadyTask[] = [];
    let faults = 0;
    try {
      for (;;) {
        const found = this.#isFull(participant) ? null : this.#first(participant, unchanged);
        if (!found) return;
        if (found instanceof Promise) {
          await found;
          continue;
        }
        left.push(found);
        try {
          if (!(await this.#stays(found, participant))) left.pop();
          else if (count(unchanged, found) === MOST_UNCHANGED) this.#passOver(found);
        } catch (fault) {
          if (!isOfStore(fault)) left.pop();
          this.#setAside(versionOf(found, 'created'), fault, (faults += 1), () => this.#comeBack(found));
        }
      }
    } finally {
      for (const entry of left) this.#held.putBack(entry);
    }
  }

  /** What stands behind it is asked about later. */
  #passOver(last: ReadyTask): void {
    const known = this.#passedOver.get(last.key);
    if (known) known.again = true;
    else this.#passedOver.set(last.key, { last, again: false });
  }

  /** REROUTE-8. @throws the fault where it may be of everything */
  #setAside(task: TaskVersion, fault: unknown, faults: number, back: () => void): void {
    if (isOfStore(fault)) throw fault;
    this.#aside.put(task, fault, back);
    if (faults === MOST_FAULTS || !isOfRun(fault)) throw fault;
    this.#onFault(fault);
  }

  #comeBack(entry: ReadyTask): void {
    this.#held.putBack(entry);
    this.freed();
  }

  async #stays(found: ReadyTask, participant: string): Promise<boolean> {
    const code = await this.#route({ ...found, id: found.task }, TAKEN);
    if (code === 'changed_meanwhile' && !this.#held.has(found.task)) this.#await(found.task, participant);
    return code === 'route_unchanged';
  }

  /** REROUTE-7 */
  #await(task: string, participant: string): void {
    const others = this.#outrun.get(task);
    if (others) others.add(participant);
    else this.#outrun.set(task, new Set([participant]));
  }

  /** Of the groups that are still tried the head, and for one participant the first that it may do. */
  #first(participant: string, unchanged: ReadonlyMap<string, number>): ReturnType<KnownTakers['first']> {
    const may = (group: GroupOf): boolean => isTried(unchanged, group);
    return participant === EVERYBODY
      ? this.#held.take({ may, fits: () => true })
      : this.#takers.first(this.#held, participant, may);
  }

  /** The code with which it was refused; null when it was moved. REROUTE-7 */
  async #route({ run, id: task, token, routed }: Known, reason: string): Promise<string | null> {
    const command = { type: 'task.route' as const, task, reason, seen: { token, routed } };
    const outcome = await this.#runs().execute(run, command, bySystem('routing'));
    return outcome.ok ? null : outcome.rejection.code;
  }
}

/** A task as this node knows it. */
type Known = Pick<Task, 'run' | 'id' | 'token' | 'routed'>;

const TAKEN = 'somebody can take it';

/** REROUTE-3 */
const isTried = (unchanged: ReadonlyMap<string, number>, { key }: GroupOf): boolean =>
  (unchanged.get(key) ?? 0) < MOST_UNCHANGED;
const count = (unchanged: Map<string, number>, { key }: GroupOf): number => {
  const now = (unchanged.get(key) ?? 0) + 1;
  unchanged.set(key, now);
  return now;
};
