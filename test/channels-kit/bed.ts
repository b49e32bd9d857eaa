import { createHash } from 'node:crypto';
import {
  Channels,
  NOTHING_ALLOWED,
  parseAllowed,
  type Allowed,
  type ChannelsParts,
} from '../../src/channels/index.ts';
import type { JsonObject } from '../../src/definition/index.ts';
import type { Attribution } from '../../src/engine/index.ts';
import { NO_PREVIOUS, seal, toHex, type Sha256 } from '../../src/ledger/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import type { Change, Store, TaskRow } from '../../src/store/index.ts';
import { mayDo } from '../routing-kit/may-do.ts';
import { SetClock } from './clock.ts';

export const sha256: Sha256 = (data) => new Uint8Array(createHash('sha256').update(data).digest());

export const BY: Attribution = {
  actor: 'passport_human_root',
  onBehalfOf: 'passport_human_root',
  authority: { kind: 'role', id: 'administrator' },
};
export const LOCAL: Allowed = parseAllowed('127.0.0.1');

/** Channels over a store, a clock that stands still, and a log that is written by hand. */
export class ChannelsBed {
  readonly store: Store;
  readonly clock: SetClock;
  readonly faults: unknown[] = [];
  people: Passport[] = [];
  channels: Channels;
  readonly #overrides: Partial<ChannelsParts>;
  readonly #listeners = new Set<(isForeign: boolean) => void>();
  #ids = 0;
  #committed: (() => void)[] = [];

  private constructor(store: Store, clock: SetClock, overrides: Partial<ChannelsParts>) {
    this.store = store;
    this.clock = clock;
    this.#overrides = overrides;
    this.channels = this.#make();
    const commit = store.commit.bind(store);
    Object.assign(store, {
      commit: async (changes: readonly Change[]) => {
        const results = await commit(changes);
        for (const call of this.#committed.splice(0)) setImmediate(call);
        return results;
      },
    });
  }

  static async open(
    store: Store,
    overrides: Partial<ChannelsParts> = {},
    clock = new SetClock(),
  ): Promise<ChannelsBed> {
    const bed = new ChannelsBed(store, clock, overrides);
    await bed.channels.start();
    return bed;
  }

  #make(): Channels {
    return new Channels({
      store: this.store,
      clock: this.clock,
      sha256,
      people: {
        passport: (id) => this.people.find((one) => one.id === id) ?? null,
        passports: () => this.people,
        isNamed: ({ id, roles }, party) => party === id || roles.some((role) => party === `role:${role}`),
        mayTake: (task, passport) => mayDo(passport, task),
      },
      version: '0',
      allowed: NOTHING_ALLOWED,
      mail: null,
      newId: () => String((this.#ids += 1)).padStart(4, '0'),
      subscribe: (call) => {
        this.#listeners.add(call);
        return () => void this.#listeners.delete(call);
      },
      onRecorded: () => this.wake(),
      onFault: (fault) => void this.faults.push(fault),
      ...this.#overrides,
    });
  }

  wake(isForeign = false): void {
    for (const call of this.#listeners) call(isForeign);
  }

  /** As after the loss of the process: what was in memory is gone, and nothing was stopped in order. */
  async crash(): Promise<void> {
    this.#listeners.clear();
    this.channels = this.#make();
    await this.channels.start();
  }

  /** Writes an entry, with the row of a task where it is about one. Its position. */
  async append(stream: string, type: string, payload: JsonObject = {}, task?: TaskRow): Promise<number> {
    const head = await this.store.lastEntry(stream);
    const sequence = (head?.sequence ?? 0) + 1;
    const by = { actor: BY.actor, onBehalfOf: BY.onBehalfOf, authority: BY.authority };
    const previous = head ? toHex(head.hash) : NO_PREVIOUS;
    const at = this.clock.now();
    const entry = seal(
      { run: stream, sequence, type, version: 1, at, ...by, layer: 'execute', payload, previous },
      sha256,
    );
    const change = {
      stream,
      expected: sequence - 1,
      entries: [{ sequence, ...entry }],
      ...(task && { tasks: [task] }),
    };
    const [result] = await this.store.commit([change]);
    if (!result?.ok) throw new Error(`the entry was refused: ${result?.code ?? ''}`);
    const position = (await this.store.entryCount()) - 1;
    this.wake();
    return position;
  }

  /** Looks again after every commit until it holds. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      const next = new Promise<void>((resolve) => this.#committed.push(resolve));
      if (await holds()) return;
      await next;
    }
  }
}
