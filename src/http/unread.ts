import { no, type Outcome, type Passport } from '../operations/index.ts';
import type { Operation } from '../operations/schema/index.ts';
import type { Limits } from './shell.ts';

/** The side of a connection that an answer goes to; it closes once the answer has been taken, or can be taken no more. */
export interface Outgoing {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

/**
 * What participants are being answered, or have been and did not take yet.
 *
 * UNREAD-1  Bytes count from when they are there until their connection closes: a reader that takes nothing is dropped in the end.
 * UNREAD-2  Whoever leaves `unread` of them lie reads nothing more until they are taken. Changes are carried out up to twice as many: their
 *           answers are small, and leases depend on them.
 * UNREAD-3  Reads of one participant are put together `reads` at a time, since each may be large before it is counted. The others wait
 *           for their turn; what waits for something to happen has none.
 */
export class Unread {
  readonly #limits: Pick<Limits, 'unread' | 'reads'>;
  readonly #bytes = new Map<string, number>();
  readonly #turns = new Map<string, Turns>();

  constructor(limits: Pick<Limits, 'unread' | 'reads'>) {
    this.#limits = limits;
  }

  /** What goes to one connection. */
  on(outgoing: Outgoing | undefined): Answers {
    return new Answers(this, outgoing);
  }

  /** Why no more of so many bytes is answered; null where there is room. What is more than all the room is answered where nothing else lies there. */
  full({ id, name }: Passport, mutates: boolean, size = 0): ReturnType<typeof no> | null {
    const lying = this.#bytes.get(id) ?? 0;
    const most = this.#limits.unread * (mutates ? 2 : 1);
    if (lying === 0 || lying + size <= most) return null;
    const more = size > 0 ? `, and this one comes to ${size}` : '';
    return no('answers_unread', `${name} has ${lying} bytes of answers to take${more}; the most is ${most}.`);
  }

  add(id: string, size: number): void {
    const bytes = (this.#bytes.get(id) ?? 0) + size;
    if (bytes > 0) this.#bytes.set(id, bytes);
    else this.#bytes.delete(id);
  }

  /** UNREAD-3. Calls when it is its turn. */
  async inTurn<Value>(id: string, call: () => Promise<Value>): Promise<Value> {
    const turns = this.#turns.get(id) ?? { taken: 0, waiting: [] };
    this.#turns.set(id, turns);
    if (turns.taken < this.#limits.reads) turns.taken += 1;
    else await new Promise<void>((resolve) => turns.waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = turns.waiting.shift();
      if (next) next();
      else if ((turns.taken -= 1) === 0) this.#turns.delete(id);
    }
  }
}

interface Turns {
  taken: number;
  readonly waiting: (() => void)[];
}

export class Answers {
  readonly #unread: Unread;
  readonly #outgoing: Outgoing | undefined;
  readonly #held = new Map<string, number>();

  constructor(unread: Unread, outgoing: Outgoing | undefined) {
    this.#unread = unread;
    this.#outgoing = outgoing;
  }

  /** What is carried out and answered, where there is room for it. */
  async give<Answer>(
    caller: Passport,
    { mutates, waits }: Pick<Operation, 'mutates' | 'waits'>,
    carryOut: () => Promise<Answer>,
    sizeOf: (answer: Answer) => number,
  ): Promise<Outcome<Answer>> {
    const give = async (): Promise<Outcome<Answer>> => {
      const full = this.#unread.full(caller, mutates);
      if (full) return full;
      const answer = await carryOut();
      const size = sizeOf(answer);
      const more = mutates ? null : this.#unread.full(caller, mutates, size);
      if (more) return more;
      this.#hold(caller.id, size);
      return { ok: true, value: answer };
    };
    return mutates || waits ? give() : this.#unread.inTurn(caller.id, give);
  }

  #hold(id: string, size: number): void {
    if (!this.#outgoing || this.#outgoing.destroyed || size === 0) return;
    if (this.#held.size === 0) this.#outgoing.once('close', () => this.#release());
    this.#held.set(id, (this.#held.get(id) ?? 0) + size);
    this.#unread.add(id, size);
  }

  #release(): void {
    for (const [id, size] of this.#held) this.#unread.add(id, -size);
    this.#held.clear();
  }
}
