import type { Store } from '../../src/store/index.ts';
import type { World } from './world.ts';

/** How likely each kind of trouble is, per call of the store. */
export interface Trouble {
  readonly delay: number;
  /** The call fails and has done nothing. */
  readonly failBefore: number;
  /** The call has done its work, and its answer is lost. */
  readonly failAfter: number;
  /** The process dies: before the call, or after it with the answer lost. */
  readonly crash: number;
}
export const NO_TROUBLE: Trouble = { delay: 0, failBefore: 0, failAfter: 0, crash: 0 };

export class Injected extends Error {}

/** One process on the store. Once it is dead, nothing that it asked for is answered. */
export interface Process {
  alive: boolean;
  readonly crash: () => void;
  trouble: Trouble;
}

const never = new Promise<never>(() => {});

/** The store as one process sees it over a bad day. */
export const faultyStore = (store: Store, world: World, process: Process): Store => {
  const troubled =
    (method: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]) => {
      const { random } = world;
      const { delay, failBefore, failAfter, crash } = process.trouble;
      if (!process.alive) return never;
      if (random.chance(delay)) await world.pause(random.int(1, 200));
      if (!process.alive) return never;
      if (random.chance(crash / 2)) return (process.crash(), never);
      if (random.chance(failBefore)) throw new Injected('the store did nothing');
      const answer = await method(...args);
      if (!process.alive) return never;
      if (random.chance(crash / 2)) return (process.crash(), never);
      if (random.chance(failAfter)) throw new Injected('the answer of the store was lost');
      return answer;
    };
  return new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return troubled((member as (...args: unknown[]) => Promise<unknown>).bind(target));
    },
  });
};
