import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { memoryStore } from '../store/memory/index.ts';
import type { Store } from '../store/index.ts';
import { bySystem } from './authority.ts';
import { systemClock } from './clock.ts';
import { Again, Committer, type Write } from './committer.ts';
import { EMPTY_HEAD, type Head, type Recorded } from './entries.ts';

const sha256 = (data: Uint8Array | string): Uint8Array => hash('sha256', data, 'buffer');

const event = (type: string): Recorded => ({
  type,
  version: 1,
  at: 1,
  by: bySystem('test'),
  layer: 'record',
  data: {},
});

/** A committer over a store, and writes on streams whose heads are kept as the runtime keeps them. */
const bench = (store: Store = memoryStore()) => {
  const commits: number[] = [];
  const counting = new Proxy(store, {
    get: (target, name) =>
      name === 'commit'
        ? (changes: Parameters<Store['commit']>[0]) => (commits.push(changes.length), target.commit(changes))
        : Reflect.get(target, name),
  });
  const committer = new Committer({
    store: counting,
    clock: systemClock,
    sha256,
    onCommitted: () => {},
    onDoubt: () => {},
  });
  const heads = new Map<string, Head>();
  const write = (stream: string, more: Partial<Write> & { type?: string } = {}): Promise<void> =>
    new Promise((resolve, reject) =>
      committer.submit({
        stream,
        ready: () => heads.get(stream) ?? EMPTY_HEAD,
        prepare: (change) => {
          change.append(event(more.type ?? 'happened'));
          heads.set(stream, change.head);
        },
        settle: (fault) => (fault === undefined ? resolve() : reject(fault)),
        forget: () => void heads.delete(stream),
        ...more,
      }),
    );
  return { committer, commits, heads, write, store };
};

test('all that waits at the moment is one transaction, and one change per stream', async () => {
  const { commits, write, store } = bench();
  await Promise.all(['a', 'b', 'a', 'c', 'a'].map((stream) => write(stream)));
  assert.deepEqual(commits, [3]);
  assert.equal((await store.lastEntry('a'))?.sequence, 3);
});

test('a write that stands alone has a change of its own, in the order of its stream', async () => {
  const { commits, write, store } = bench();
  await Promise.all([write('a'), write('a', { alone: true }), write('a')]);
  assert.deepEqual(commits, [3]);
  assert.equal((await store.lastEntry('a'))?.sequence, 3);
});

test('when the commit fails every writer hears of it, and what was in memory is forgotten', async () => {
  const store = memoryStore();
  const broken = new Proxy(store, {
    get: (target, name) =>
      name === 'commit' ? () => Promise.reject(new Error('disk full')) : Reflect.get(target, name),
  });
  const { write, heads } = bench(broken);
  const answers = await Promise.allSettled([write('a'), write('b')]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(heads.size, 0);
});

test('a fault in one decision spoils its stream alone; the others of that stream are decided anew', async () => {
  const { write, store } = bench();
  const broken: Partial<Write> = {
    prepare: (change) => {
      change.append(event('broken.off'));
      throw new Error('a bug');
    },
  };
  const answers = await Promise.allSettled([write('a'), write('a', broken), write('a'), write('b')]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  const entries = await store.entries({ stream: 'a', after: 0 }, 10);
  assert.equal(entries.length, 2);
  assert.ok(entries.every(({ text }) => !text.includes('broken.off')));
});

test('what is decided anew is forgotten first, and goes on where what another of its stream needs cannot be had', async () => {
  const { write, store } = bench();
  let forgotten = 0;
  const first = write('a', { forget: () => void (forgotten += 1) });
  const needy = write('a', {
    prepare: () => {
      throw new Again(Promise.reject(new Error('away')));
    },
  });
  const answers = await Promise.allSettled([first, needy]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.equal(forgotten, 1);
  assert.equal((await store.lastEntry('a'))?.sequence, 1);
});

test('a decision that needs something first is made again when it is there, after those before it', async () => {
  const { write, store, heads } = bench();
  const loaded = Promise.withResolvers<void>();
  let asked = 0;
  const needy: Partial<Write> = {
    prepare: (change) => {
      asked += 1;
      if (asked === 1) {
        loaded.resolve();
        throw new Again(loaded.promise);
      }
      change.append(event('second'));
      heads.set('a', change.head);
    },
  };
  await Promise.all([write('a', { type: 'first' }), write('a', needy), write('a', { type: 'third' })]);
  const entries = await store.entries({ stream: 'a', after: 0 }, 10);
  assert.deepEqual(
    entries.map(({ text }) => (JSON.parse(text) as { type: string }).type),
    ['first', 'second', 'third'],
  );
});

test('when another writer was first, the stream is read again and decided anew', async () => {
  const { write, store, heads } = bench();
  await write('a');
  heads.set('a', { sequence: 0, hash: null });
  const read = async (): Promise<void> => {
    const last = await store.lastEntry('a');
    heads.set('a', last ?? EMPTY_HEAD);
  };
  await write('a', { ready: () => heads.get('a') ?? read() });
  assert.equal((await store.lastEntry('a'))?.sequence, 2);
});

test('what the store has applied is answered, also behind a refused change that led to nothing', async () => {
  const { write, store } = bench();
  let overtaken = '';
  const delivery: Partial<Write> = {
    alone: true,
    prepare: (change) => {
      change.delivered.push(99);
      change.require({ messages: [99] });
    },
    refuse: (code) => {
      overtaken = code;
      return true;
    },
  };
  void write('a', delivery);
  await write('a', { alone: true });
  assert.equal(overtaken, 'overtaken');
  assert.equal((await store.lastEntry('a'))?.sequence, 1);
});

test('idle resolves when nothing is queued, loading or being written', async () => {
  const { committer, write } = bench();
  let settled = false;
  const written = write('a').then(() => {
    settled = true;
  });
  await committer.idle();
  await written;
  assert.ok(settled);
});
