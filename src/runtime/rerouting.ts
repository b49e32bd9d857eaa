import type { Task } from '../engine/index.ts';
import { bySystem } from './authority.ts';
import { Loop } from './background.ts';
import type { Clock } from './clock.ts';
import { ReadyQueue, type GroupOf, type ReadyTask } from './ready-queue.ts';
import type { Reservation, Reservations } from './reservations.ts';
import type { Runs } from './runs.ts';

export interface ReroutingParts {
  readonly clock: Clock;
  readonly runs: () => Runs;
  readonly reservations: Reservations;
  /** Why somebody cannot begin what is reserved for them; null when they can. */
  isUnable(reservation: Reservation): Promise<string | null>;
  /** Whether the participant may do what a group asks for. */
  may(participant: string, group: GroupOf): boolean;
  onFault(fault: unknown): void;
}

/** What a policy says may change with time alone. */
const LOOK_MS = 300_000;
const EVERYBODY = '*';

/**
 * Asks routing again about what nobody works on, when what it rests on has changed.
 *
 * REROUTE-1  What is held back goes to somebody as soon as somebody can take it: whoever has come, has less to do, or can do more.
 * REROUTE-2  What is reserved for somebody who cannot do it any more goes to somebody else.
 * REROUTE-3  A change costs what it concerns: the groups that the participant may do, and of each the head alone while that stays.
 */
export class Rerouting {
  #clock: Clock;
  #runs: () => Runs;
  #reservations: Reservations;
  #may: ReroutingParts['may'];
  #isUnable: ReroutingParts['isUnable'];
  #held = new ReadyQueue();
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
    this.#may = (participant, group) => parts.may(participant, group);
    this.#loop = new Loop(() => this.#work(), parts.onFault);
  }

  start(): void {
    this.#loop.start();
    if (this.#held.size > 0) this.#watch();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.#loop.stop();
  }

  hold(task: Task): void {
    this.#held.add(task);
    this.#watch();
  }

  drop(task: string): void {
    this.#held.remove(task);
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

  #watch(): void {
    if (this.#loop.isStopped) return;
    this.#cancel ??= this.#clock.after(LOOK_MS, () => {
      this.#cancel = null;
      if (this.#held.size === 0) return;
      this.freed();
      this.#watch();
    });
  }

  async #work(): Promise<void> {
    for (const participant of this.#doubted) {
      this.#doubted.delete(participant);
      for (const reservation of this.#reservations.of(participant)) {
        const reason = await this.#isUnable(reservation);
        if (reason !== null) await this.#route(reservation.run, reservation.task, reason);
      }
    }
    for (const participant of this.#freer) {
      this.#freer.delete(participant);
      await this.#tryHeld(participant);
    }
  }

  async #tryHeld(participant: string): Promise<void> {
    const tried = new Set<string>();
    const left: ReadyTask[] = [];
    for (;;) {
      const found = this.#held.take({
        may: (group) => !tried.has(group.key) && (participant === EVERYBODY || this.#may(participant, group)),
        fits: () => true,
      });
      if (!found) break;
      const code = await this.#route(found.run, found.task, 'somebody can take it').catch(
        (fault: unknown) => {
          this.#held.putBack(found);
          throw fault;
        },
      );
      if (code !== 'route_unchanged') continue;
      tried.add(found.key);
      left.push(found);
    }
    for (const entry of left) this.#held.putBack(entry);
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
