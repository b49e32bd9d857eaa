import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append } from '../../../test/contract/fixtures.ts';
import { serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import type { News, Store } from '../port.ts';
import { openPostgres } from './open.ts';

const postgres = await sharedPostgres();

/** What a store is told, one after the other; the first says that it listens. */
function newsOf(store: Store): () => Promise<News> {
  const told: News[] = [];
  let wake = (): void => {};
  store.watch((news) => {
    told.push(news);
    wake();
  });
  return async () => {
    while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return told.shift() as News;
  };
}

test(
  'a commit of which nothing was applied is not told of, and those after it are',
  { skip: skipWithout(postgres), timeout: 30_000 },
  async (t) => {
    const url = await serverOf(postgres).newSchema();
    const [one, other] = [await openPostgres(url), await openPostgres(url)];
    t.after(() => Promise.all([one.close(), other.close()]));
    const [here, there] = [newsOf(one), newsOf(other)];
    assert.deepEqual(
      [await here(), await there()],
      [
        { streams: null, tasks: null },
        { streams: null, tasks: null },
      ],
    );
    assert.equal((await one.commit([append('run_a', 7)]))[0]?.ok, false);
    for (const run of ['run_a', 'run_b']) {
      assert.equal((await one.commit([append(run, 0)]))[0]?.ok, true);
      assert.deepEqual(await there(), { streams: [run], tasks: [] });
    }
  },
);
