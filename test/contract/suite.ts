import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Store } from '../../src/store/index.ts';
import type { Adapter, Place } from './adapters.ts';

/** What the port promises about one of its subjects, for any adapter. */
export interface Suite {
  readonly name: string;
  readonly cases: Readonly<Record<string, (store: Store, place: Place, t: TestContext) => Promise<void>>>;
}

export function runSuite(adapter: Adapter, suite: Suite): void {
  for (const [name, run] of Object.entries(suite.cases)) {
    test(name, async (t) => {
      const place = await adapter.place();
      const store = await place.open();
      try {
        await run(store, place, t);
      } finally {
        await store.close();
        await place.remove();
      }
    });
  }
}
