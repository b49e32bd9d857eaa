import type { Database } from './database.ts';
import type { Placed, Recent } from './recent.ts';
import { GIVE_POSITIONS, LOCK_SEQUENCER } from './sql/positions.ts';

/**
 * As many commits as one turn takes, some of which append nothing; see GIVE_POSITIONS. Of commits of a thousand changes a turn still
 * ends long before its connection would be taken for lost, so that a backlog of any size is worked off.
 */
const TURN = 500;

/**
 * Gives positions to entries that have been committed.
 *
 * POS-1  Positions have no gaps, and nobody ever sees one that changes: they are given in one transaction, by one at a time, in the
 *        order in which the commits were written.
 * POS-2  Nothing is passed over: a commit waits in a row of its own until its entries have positions, however late it ends.
 */
export class Positions {
  readonly #database: Database;
  readonly #recent: Recent;
  #running: Promise<number> | null = null;
  #next: Promise<number> | null = null;
  #isDue = false;

  constructor(database: Database, recent: Recent) {
    this.#database = database;
    this.#recent = recent;
  }

  /** Whether this store has committed since a turn began, so that nobody has to ask. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** This store has committed. */
  expect(): void {
    this.#isDue = true;
  }

  /** To all entries committed before the call. The number of entries that have one. */
  give(): Promise<number> {
    if (this.#next) return this.#next;
    if (!this.#running) return this.#start();
    this.#next = this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Who asks while it runs waits for the turn after it, since what it takes may have been read already. */
  #start(): Promise<number> {
    this.#next = null;
    this.#isDue = false;
    const running = this.#give().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #give(): Promise<number> {
    for (;;) {
      const answers = await this.#database.write((session) =>
        session.run([{ sql: LOCK_SEQUENCER }, { sql: GIVE_POSITIONS }]),
      );
      const rows = answers[1]!.rows as unknown as readonly Turn[];
      const placed = rows.filter(isPlaced);
      this.#recent.placed(placed);
      const last = placed.at(-1);
      if (rows[0]!.taken < TURN)
        return last ? last.position + last.count : (answers[0]!.rows[0]?.['next'] as number);
    }
  }
}

/** A row at least, of nulls where nothing that was taken appends. */
type Turn = { readonly taken: number } & (Placed | { readonly position: null });

const isPlaced = (row: Turn): row is Turn & Placed => row.position !== null;
