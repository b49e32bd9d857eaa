import type { Task } from '../engine/index.ts';
import { bySystem } from './authority.ts';
import { Loop } from './background.ts';
import type { Clock } from './clock.ts';
import type { KnownTakers } from './known-takers.ts';
import { ReadyQueue, type GroupOf, type ReadyTask } from './ready-queue.ts';
import type { Reservation, Reservations } from './reservations.ts';
import type { Runs } from './runs.ts';

export interface ReroutingParts {
  readonly clock: Clock;
  readonly runs: () => Runs;
  readonly reservations: Reservations;
  /** What is not given out, as the store has it. */
  stored(): AsyncIterable<Task>;
  /** Why somebody cannot begin what is reserved for them; null when they can. */
  isUnable(reservation: Reservation): Promise<string | null>;
  readonly takers: Pick<KnownTakers, 'first'>;
  onFault(fault: unknown): void;
}

const RETRY_MS = 1000;
/** What a policy says may change with time alone. */
const LOOK_MS = 300_000;
const EVERYBODY = '*';

/**
 * Asks routing again about what nobody works on, when what it rests on has changed.
 *
 * REROUTE-1  What is held back goes to somebody as soon as somebody can take it: whoever has come, has less to do, or can do more.
 * REROUTE-2  What is reserved for somebody who cannot do it any more goes to somebody else.
 * REROUTE-3  A change costs what it concerns: the groups that the participant may do, and of each the first task for it alone while
 *            that stays.
 * REROUTE-4  What was held back before the start is read after it: nobody could do that then, so that no server is late for it.
 */
export class Rerouting {
  #clock: Clock;
  #runs: () => Runs;
  #reservations: Reservations;
  #takers: ReroutingParts['takers'];
  #isUnable: ReroutingParts['isUnable'];
  #stored: ReroutingParts['stored'];
  #held = new ReadyQueue();
  /** While what is stored is read: what is known to be held back no more. */
  #dropped: Set<string> | null = null;
  #isRead = false;
  /** Participants who can take more than before, and those who may have lost what is reserved for them, with the reason. */
  #freer = new Set<string>();
  #doubted = new Set<string>();
  #loop: Loop;
  #cancel: (() => void) | null = null;

  constructor(parts: ReroutingParts) {
    this.#clock = parts.clock;
    this.#runs = parts.runs;
    this.#reservations = parts.reservations;
    this.#isUnable = (reservation) => parts.isUnable(reservation);
    this.#takers = parts.takers;
    this.#stored = () => parts.stored();
    this.#loop = new Loop(
      () => this.#work(),
      (fault) => {
        parts.onFault(fault);
        this.#cancel?.();
        this.#cancel = null;
        this.#look(RETRY_MS);
      },
    );
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.#loop.stop();
  }

  hold(task: Task): void {
    this.#held.add(task);
    this.#look(LOOK_MS);
  }

  drop(task: string): void {
    this.#held.remove(task);
    this.#dropped?.add(task);
  }

  /** Somebody can take more than before; without a name that may be anybody. */
  freed(participant: string = EVERYBODY): void {
    if (this.#held.size === 0) return;
    this.#freer.add(participant);
    this.#loop.wake();
  }

  /** Somebody may not be able to do any more what is reserved for them; without a name that may be anybody. */
  doubt(participant: string | null): void {
    const doubted = participant === null ? this.#reservations.participants() : [participant];
    for (const one of doubted) if (this.#reservations.of(one).length > 0) this.#doubted.add(one);
    if (this.#doubted.size > 0) this.#loop.wake();
  }

  /** Unless it is looked sooner. */
  #look(ms: number): void {
    if (this.#loop.isStopped) return;
    this.#cancel ??= this.#clock.after(ms, () => {
      this.#cancel = null;
      this.#loop.wake();
      if (this.#held.size === 0) return;
      this.freed();
      this.#look(LOOK_MS);
    });
  }

  /** REROUTE-4 */
  async #read(): Promise<void> {
    const dropped = (this.#dropped = new Set());
    for await (const task of this.#stored()) {
      if (this.#loop.isStopped) return;
      if (task.assignee === null && !dropped.has(task.id)) this.hold(task);
    }
    this.#dropped = null;
    this.#isRead = true;
    this.freed();
  }

  async #work(): Promise<void> {
    if (!this.#isRead) await this.#read();
    await takeEach(this.#doubted, (participant) => this.#lookAtReserved(participant));
    await takeEach(this.#freer, (participant) => this.#tryHeld(participant));
  }

  async #lookAtReserved(participant: string): Promise<void> {
    for (const reservation of this.#reservations.of(participant)) {
      const reason = await this.#isUnable(reservation);
      if (reason !== null) await this.#route(reservation.run, reservation.task, reason);
    }
  }

  async #tryHeld(participant: string): Promise<void> {
    const tried = new Set<string>();
    const left: ReadyTask[] = [];
    try {
      for (;;) {
        const found = this.#first(participant, tried);
        if (!found) return;
        if (found instanceof Promise) {
          await found;
          continue;
        }
        left.push(found);
        const code = await this.#route(found.run, found.task, 'somebody can take it');
        if (code === 'route_unchanged') tried.add(found.key);
        else left.pop();
      }
    } finally {
      for (const entry of left) this.#held.putBack(entry);
    }
  }

  /** Of the groups that have not been tried the head, and for one participant the first that it may do. */
  #first(participant: string, tried: ReadonlySet<string>): ReturnType<KnownTakers['first']> {
    const isUntried = ({ key }: GroupOf): boolean => !tried.has(key);
    return participant === EVERYBODY
      ? this.#held.take({ may: isUntried, fits: () => true })
      : this.#takers.first(this.#held, participant, isUntried);
  }

  /** The code with which it was refused; null when it was moved. */
  async #route(run: string, task: string, reason: string): Promise<string | null> {
    const outcome = await this.#runs().execute(
      run,
      { type: 'task.route', task, reason },
      bySystem('routing'),
    );
    return outcome.ok ? null : outcome.rejection.code;
  }
}

/** What fails is there again for the next time; what is added meanwhile is taken as well. */
async function takeEach(from: Set<string>, act: (one: string) => Promise<void>): Promise<void> {
  for (const one of from) {
    from.delete(one);
    try {
      await act(one);
    } catch (fault) {
      from.add(one);
      throw fault;
    }
  }
}
