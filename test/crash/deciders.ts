import type { Client, ProblemError } from '../../src/client/index.ts';
import type { Mortal } from '../serving/mortal.ts';
import { dropLate, type Ending, type Point } from './voyage.ts';

interface Ride {
  readonly task: string;
  readonly round: number;
}

/** Those who decide over voyages. */
export class Deciders {
  readonly admin: Client;
  readonly #chief: Client;
  readonly #server: Mortal<Point>;
  readonly #left: AbortSignal;
  #riding: string | null = null;

  constructor(server: Mortal<Point>, admin: Client, chief: Client, left: AbortSignal) {
    this.#left = left;
    this.#server = server;
    this.admin = admin;
    this.#chief = chief;
  }

  /** Brings a run to its end as it is to end, which is when this resolves. `early`: after how many tasks. */
  async bring(run: string, ending: Ending, early: number): Promise<void> {
    let [done, asked] = [0, 0];
    this.#riding = null;
    for await (const event of this.admin.events({ run, untilEnd: true, signal: this.#left })) {
      const { type, payload } = event;
      if (type === 'run.closing' || type === 'run.sent_back') await this.#server.after('settled');
      if (type === 'compensation.opened') await this.#server.after('opened');
      if (type === 'compensation.closed') await this.#server.after('closed');
      if (type === 'task.completed') done += 1;
      const isEarly = ending === 'cancelled early' && type === 'task.completed' && done === early;
      if (isEarly) await this.#server.around('ending', () => this.#cancel(run));
      if (type === 'task.created' && payload['step'] === 'go.ride')
        await this.#ride(payload as unknown as Ride, ending);
      if (type !== 'task.created' || payload['step'] !== 'go.end') continue;
      asked += 1;
      const decide = (): Promise<unknown> => this.#decide(run, payload['task'] as string, ending, asked);
      if (asked === 1 && ending !== 'failed') await this.#server.around('ending', decide);
      else await decide();
    }
    await this.#server.after('over');
  }

  /** What nobody comes to the end of the first time is withdrawn, unless a step beside it fails, which waits for it. */
  async #ride({ task: id, round }: Ride, ending: Ending): Promise<void> {
    const ends = round > 1 || ending === 'failed';
    if (!ends) this.#riding = id;
    await this.#chief.task.start({ id }).catch(dropLate);
    if (ends) await this.#server.around('doing', () => this.#chief.task.complete({ id }));
  }

  /** What comes of the first ride, told now: the code with which it is refused. */
  async arrive(): Promise<string | undefined> {
    if (this.#riding === null) return undefined;
    const { code } = await this.#chief.task.complete({ id: this.#riding }).then(
      () => ({ code: 'done' }),
      (fault: unknown) => fault as ProblemError,
    );
    return code;
  }

  #cancel(run: string): Promise<unknown> {
    return this.admin.workflow.cancel({ id: run, reason: 'not wanted' });
  }

  async #decide(run: string, id: string, ending: Ending, asked: number): Promise<unknown> {
    if (ending === 'cancelled') return this.#cancel(run);
    if (ending === 'rejected') {
      const { approval } = await this.#chief.task.get({ id });
      return this.#chief.task.decide({ id, outcome: 'reject', subject: approval!.subject });
    }
    if (ending !== 'rolled back') return undefined;
    if (asked === 1)
      return this.admin.workflow.rollback({ id: run, phase: 'pack', reason: 'the wrong bags' });
    await this.#chief.task.start({ id });
    return this.#chief.task.complete({ id });
  }
}
