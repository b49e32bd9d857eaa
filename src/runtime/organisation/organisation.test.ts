import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, StillClock } from '../../../test/e2e/http-testbed.ts';
import { sha256 } from '../../main/sha256.ts';
import type { Store } from '../../store/index.ts';
import { memoryStore } from '../../store/memory/index.ts';
import { bySystem } from '../authority.ts';
import { Committer } from '../committer.ts';
import { Organisation } from './organisation.ts';
import { ORGANISATION } from './stream.ts';

const HOUR = 3_600_000;
const BY = bySystem('test');

/** What one server knows of an organisation. */
const open = async (store: Store, clock: StillClock): Promise<Organisation> => {
  const onFault = (fault: unknown): never => {
    throw fault;
  };
  const committer = new Committer({ store, clock, sha256, onCommitted: () => {}, onDoubt: () => {} });
  const organisation = new Organisation({ store, clock, committer, sha256, onFault, shared: true });
  await organisation.start();
  return organisation;
};

/** Ann, who is away for an hour, and Bob, who stands in for her. */
const away = async (store: Store, clock: StillClock): Promise<Organisation> => {
  const organisation = await open(store, clock);
  for (const id of ['ann', 'bob']) assert.ok((await organisation.register(passport(id), BY)).ok);
  assert.ok((await leave(organisation, clock.now() + HOUR)).ok);
  return organisation;
};
const leave = ({ participants }: Organisation, until: number) =>
  participants.setAvailability('passport_ann', { status: 'away', substitute: 'passport_bob', until }, BY);

const returns = async (store: Store): Promise<number> => {
  const entries = await store.entries({ stream: ORGANISATION, after: 0 }, 100);
  return entries.filter(
    ({ text }) => text.includes('"type":"participant.availability"') && text.includes('"available"'),
  ).length;
};

test('of several servers one writes that somebody is back', async () => {
  const [store, clock] = [memoryStore(), new StillClock()];
  const servers = [await away(store, clock), await open(store, clock), await open(store, clock)];
  clock.move(HOUR);
  for (const server of servers) await server.stop();
  assert.equal(await returns(store), 1);
  for (const server of servers) await server.follow();
  assert.deepEqual(
    servers.map((server) => server.passport('passport_ann')?.status),
    ['available', 'available', 'available'],
  );
});

test('whoever stays away longer keeps their substitute, and comes back later', async () => {
  const [store, clock] = [memoryStore(), new StillClock()];
  const server = await away(store, clock);
  const until = clock.now() + 2 * HOUR;
  const prolonged = leave(server, until);
  clock.move(HOUR);
  assert.ok((await prolonged).ok);
  await server.stop();
  const { status, substitute, awayUntil } = server.participants.get('passport_ann') ?? {};
  assert.deepEqual([status, substitute, awayUntil], ['away', 'passport_bob', until]);
  const next = await open(store, clock);
  clock.move(HOUR);
  await next.stop();
  assert.equal(next.passport('passport_ann')?.status, 'available');
});

test('what another server has written is heard of once it is in memory, not while it is being read', async () => {
  const [store, clock] = [memoryStore(), new StillClock()];
  const [here, there] = [await open(store, clock), await open(store, clock)];
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const read = store.document.bind(store);
  store.document = async (kind, id) => {
    if (kind === 'participant') {
      asked.resolve();
      await answered.promise;
    }
    return read(kind, id);
  };
  assert.ok((await here.register(passport('ann'), BY)).ok);
  const following = there.follow();
  await asked.promise;
  assert.deepEqual([there.passport('passport_ann'), there.heard], [null, 0]);
  answered.resolve();
  await following;
  assert.deepEqual([there.passport('passport_ann')?.id, there.heard], ['passport_ann', 1]);
});
