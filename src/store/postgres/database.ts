import { StoreFault } from '../fault.ts';
import type { Address } from './address.ts';
import { failureOf, faultOf, onlyReadable, unavailable } from './faults.ts';
import type { Answer, Step } from './pipeline.ts';
import { Pool } from './pool.ts';
import { Session } from './session.ts';
import type { Preparing } from './session.ts';

/** How often a transaction that others got in the way of is tried, and how long it waits between, ms. */
const ATTEMPTS = 10;
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 250;

/**
 * One database, which may be on several hosts of which one can be written to. Who writes works on none that can only be read: a standby
 * may lack what was acknowledged.
 *
 * DB-1  What was rolled back for the sake of another transaction (deadlock, serialization) is done again.
 * DB-2  What reads is read again when its connection is lost; what writes is not, since it may have been applied: `outcome_unknown`.
 * DB-3  After a loss the next call connects anew (POOL-3), to whichever host can be written to then.
 */
export class Database {
  readonly shown: string;
  readonly #address: Address;
  readonly #preparing: Preparing;
  readonly #writes: boolean;
  readonly #pool: Pool;
  /** The host that answered last. */
  #host = 0;

  constructor(
    address: Address,
    options: { texts: ReadonlySet<string>; connections: number; writes: boolean },
  ) {
    this.#address = address;
    this.shown = address.shown;
    this.#preparing = { texts: options.texts, works: true };
    this.#writes = options.writes;
    this.#pool = new Pool(() => this.connect(), options.connections);
  }

  /** A connection that is not of the pool. @throws StoreFault `database_unavailable`, `database_read_only` */
  async connect(): Promise<Session> {
    const { urls, shown } = this.#address;
    const faults: unknown[] = [];
    for (let tried = 0; tried < urls.length; tried += 1) {
      const host = (this.#host + tried) % urls.length;
      try {
        const session = await this.#connectTo(urls[host]!);
        this.#host = host;
        return session;
      } catch (error) {
        faults.push(error);
      }
    }
    const fault = faults.length > 1 ? new AggregateError(faults) : faults[0];
    throw faults.every((one) => one instanceof OnlyReadable)
      ? onlyReadable(shown, fault)
      : unavailable(fault, shown);
  }

  async #connectTo(url: string): Promise<Session> {
    const session = await Session.connect(url, this.#preparing);
    if (!this.#writes) return session;
    const [answer] = await session.run([{ sql: 'SHOW transaction_read_only' }]);
    if (answer?.rows[0]?.['transaction_read_only'] !== 'on') return session;
    await session.close();
    throw new OnlyReadable(`${URL.parse(url)?.host} can only be read`);
  }

  /** Work that says itself what is one transaction, and is not done again. */
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#pool.use((session) => this.#work(session, work));
  }

  /** @throws StoreFault */
  async read(steps: readonly Step[]): Promise<readonly Answer[]> {
    const work = (session: Session): Promise<readonly Answer[]> => session.run(steps);
    return this.#repeat(work, false);
  }

  /** Work that is one transaction, or nothing when it fails. @throws StoreFault */
  async write<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#repeat(work, true);
  }

  async #repeat<Result>(work: (session: Session) => Promise<Result>, writes: boolean): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.use(work);
      } catch (fault) {
        if (fault instanceof StoreFault || !this.#isWorthRepeating(fault, writes, attempt))
          throw this.#faultOf(fault, writes);
        if (failureOf(fault) === 'again') await pause(attempt);
      }
    }
  }

  /** A connection that is of no use any more is not given back. */
  async #work<Result>(session: Session, work: (session: Session) => Promise<Result>): Promise<Result> {
    try {
      return await work(session);
    } catch (fault) {
      const failure = fault instanceof StoreFault ? null : failureOf(fault);
      if (failure === 'lost' || failure === 'standby') {
        session.destroy();
        this.#pool.distrust();
      }
      throw fault;
    }
  }

  #isWorthRepeating(fault: unknown, writes: boolean, attempt: number): boolean {
    switch (failureOf(fault)) {
      case 'again':
        return attempt < ATTEMPTS;
      case 'unprepared':
        if (attempt > 2) return false;
        this.#preparing.works = false;
        return true;
      case 'lost':
        return !writes && attempt === 1;
      case 'standby':
        return attempt === 1;
      case 'taken':
      case 'full':
      case 'unfit':
      case 'failed':
        return false;
    }
  }

  #faultOf(fault: unknown, writes: boolean): StoreFault {
    return failureOf(fault) === 'standby'
      ? onlyReadable(this.shown, fault)
      : faultOf(fault, this.shown, writes);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

class OnlyReadable extends Error {}

/** Longer from time to time, and never the same for two. */
const pause = (attempt: number): Promise<void> => {
  const most = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, most * (0.5 + Math.random() / 2)));
};
