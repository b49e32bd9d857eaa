import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/store/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { agent, asBoss, claim, openNode, settle, startRun, TWO_STEPS } from './kit.ts';

/** What is committed while a node starts is known there as well: what it has read already, it hears of. */
const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

test('a task that becomes ready while a node reads what is open can be had there', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const one = await openNode(url);
  t.after(() => one.stop());
  await settle(one, [agent('x')], [TWO_STEPS]);
  const opened = (store: Store): void => {
    const tasks = store.tasks.bind(store);
    store.tasks = async (...asked) => {
      const found = await tasks(...asked);
      store.tasks = tasks;
      await startRun(one, 'two');
      return found;
    };
  };
  const two = await openNode(url, { deaf: true, opened });
  t.after(() => two.stop());
  assert.ok(await claim(two, 'x', { waitMs: 5000 }));
});

test('whoever is registered while a node reads the ledger is known there', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const one = await openNode(url);
  t.after(() => one.stop());
  await settle(one, [], []);
  const opened = (store: Store): void => {
    const document = store.document.bind(store);
    store.document = async (kind, id) => {
      if (id === 'track_records') {
        store.document = document;
        await one.runtime.organisation.register(agent('y'), asBoss);
      }
      return document(kind, id);
    };
  };
  const two = await openNode(url, { deaf: true, opened });
  t.after(() => two.stop());
  assert.equal(two.runtime.organisation.passport('y')?.id, 'y');
});
