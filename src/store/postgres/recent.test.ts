import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, entriesFrom, entry } from '../../../test/contract/fixtures.ts';
import { serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import { openPostgres } from './open.ts';
import { Recent } from './recent.ts';

const places = (recent: Recent, first: number, end: number): string[] | undefined =>
  recent.read(first, end)?.map(({ stream, sequence, position }) => `${stream}${sequence}@${position}`);

test('RECENT-2 own entries are found by token, whatever the order of the commits', () => {
  const recent = new Recent();
  recent.expect(1, [
    { run: 'a', entries: entriesFrom(0, 2) },
    { run: 'b', entries: entriesFrom(4, 1) },
  ]);
  recent.expect(2, [{ run: 'c', entries: entriesFrom(0, 1) }]);
  recent.placed([
    { token: 2, at: 1, position: 0, count: 1 },
    { token: 1, at: 1, position: 1, count: 2 },
    { token: 1, at: 2, position: 3, count: 1 },
  ]);
  assert.deepEqual(places(recent, 0, 4), ['c1@0', 'a1@1', 'a2@2', 'b5@3']);
  assert.deepEqual(places(recent, 2, 3), ['a2@2']);
  assert.deepEqual(places(recent, 4, 4), []);
  assert.equal(places(recent, 3, 5), undefined, 'what is not here is not left out');
  assert.deepEqual(
    [0, 4, 5].map((position) => recent.reaches(position)),
    [true, true, false],
  );
});

test('a commit without entries is not waited for, since it never gets a position', () => {
  const recent = new Recent();
  recent.expect(1, []);
  recent.expect(2, [{ run: 'a', entries: entriesFrom(0, 1) }]);
  assert.equal(recent.waiting, 1);
  recent.placed([{ token: 2, at: 1, position: 0, count: 1 }]);
  assert.equal(recent.waiting, 0);
});

test('what others have written between is not here, and neither is what was before it', () => {
  const recent = new Recent();
  for (const token of [1, 2, 3]) recent.expect(token, [{ run: `r${token}_`, entries: entriesFrom(0, 1) }]);
  recent.placed([{ token: 1, at: 1, position: 0, count: 1 }]);
  recent.placed([
    { token: 2, at: 1, position: 1, count: 1 },
    { token: 99, at: 1, position: 2, count: 5 },
    { token: 3, at: 1, position: 7, count: 1 },
  ]);
  assert.equal(places(recent, 0, 1), undefined);
  assert.equal(places(recent, 1, 8), undefined);
  assert.deepEqual(places(recent, 7, 8), ['r3_1@7']);
  recent.expect(4, [{ run: 'd', entries: entriesFrom(0, 1) }]);
  recent.placed([{ token: 4, at: 1, position: 20, count: 1 }]);
  assert.equal(places(recent, 7, 8), undefined, 'positions were given elsewhere meanwhile');
  assert.deepEqual(places(recent, 20, 21), ['d1@20']);
});

test('it is bounded, by the number of entries and by their texts', () => {
  const recent = new Recent();
  for (let token = 0; token < 200; token += 1) {
    recent.expect(token, [{ run: 'a', entries: entriesFrom(token * 100, 100) }]);
    recent.placed([{ token, at: 1, position: token * 100, count: 100 }]);
  }
  assert.equal(places(recent, 0, 1), undefined);
  assert.equal(places(recent, 19_000, 20_000)?.length, 1_000);
  const large = 'x'.repeat(20 * 1024 * 1024);
  recent.expect(1_000, [{ run: 'large', entries: [entry(1, large)] }]);
  recent.expect(1_001, [{ run: 'large', entries: [entry(2, large)] }]);
  recent.placed([{ token: 1_000, at: 1, position: 20_000, count: 1 }]);
  assert.equal(places(recent, 20_000, 20_001), undefined, 'the oldest of what waits is given up');
  recent.placed([{ token: 1_001, at: 1, position: 20_001, count: 1 }]);
  assert.deepEqual(places(recent, 20_001, 20_002), ['large2@20001']);
});

const postgres = await sharedPostgres();

test('what a store has written itself is not read back', { skip: skipWithout(postgres) }, async () => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  const [store, other] = await Promise.all([openPostgres(url), openPostgres(url)]);
  await store.commit([append('run_a', 0, 2)]);
  assert.equal((await store.entries({ position: -1 }, 9)).length, 2);
  await server.query(`UPDATE entries SET text = 'changed'`, url);
  const texts = async (from: typeof store): Promise<string[]> =>
    (await from.entries({ position: 0 }, 9)).map(({ text }) => text);
  assert.deepEqual(await texts(store), [entry(2).text]);
  assert.deepEqual(await texts(other), ['changed']);
  await other.commit([append('run_b', 0)]);
  await store.commit([append('run_a', 2)]);
  assert.equal(await other.entryCount(), 4);
  assert.deepEqual(await texts(store), ['changed', entry(1).text, entry(3).text]);
  await Promise.all([store.close(), other.close()]);
});
