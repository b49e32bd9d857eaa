import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, situation } from '../../test/routing-kit/organisation.ts';
import { person } from '../../test/routing-kit/person.ts';
import {
  capabilityOf,
  claimOf,
  Directory,
  draw,
  explain,
  route,
  TrackRecords,
  Turns,
  workOf,
  type Passport,
  type Situation,
  type Work,
} from './index.ts';

const passport = (id: string, given: Partial<Passport> = {}): Passport =>
  person(id, { capabilities: ['read'], ...given });
const agent = (id: string, given: Partial<Passport> = {}): Passport =>
  passport(id, { kind: 'agent', owner: 'boss', ...given });
const directoryOf = (...passports: Passport[]): Directory => {
  const directory = new Directory();
  for (const one of passports) directory.put(one);
  return directory;
};
const work = (given: Partial<Work> = {}): Work =>
  workOf({ key: 'invoices/extract.read', requires: ['read'], ...given });
const plain = (given: Partial<Situation> = {}): Situation =>
  situation({ trackRecord: () => null, lastAssigned: () => null, forbidden: () => null, ...given });
const chosen = (directory: Directory, one: Work, by = plain()): string | null => {
  const { choice } = route(directory, one, by);
  return choice.kind === 'assigned' ? choice.to : null;
};

/** The 0.999 quantile of chi-square with `k - 1` degrees of freedom, by Wilson and Hilferty. */
const chiSquareBound = (k: number): number => {
  const n = k - 1;
  return n * (1 - 2 / (9 * n) + 3.09 * Math.sqrt(2 / (9 * n))) ** 3;
};

for (const [name, seedOf] of [
  ['numbers', (n: number) => `seed ${n}`],
  ['tasks of a run', (n: number) => `run_7f3a/extract.read#${n}`],
] as const)
  test(`random is uniform over seeds that are ${name}, and the same for the same seed`, () => {
    const ids = Array.from({ length: 9 }, (_, at) => `passport_agent_${at}`);
    const directory = directoryOf(...ids.map((id) => passport(id)), passport('idle', { capabilities: [] }));
    const times = 9000;
    const counts = new Map<string, number>();
    for (let n = 0; n < times; n++) {
      const id = chosen(directory, work({ strategy: 'random' }), plain({ seed: seedOf(n) })) ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    assert.deepEqual([...counts.keys()].sort(), ids);
    const expected = times / ids.length;
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    assert.ok(chi < chiSquareBound(ids.length), String(chi));
    assert.equal(route(directory, work({ strategy: 'random' }), plain({ seed: 'x' })).explanation.seed, 'x');
  });

test('draws fill the unit interval evenly', () => {
  const buckets = Array.from({ length: 50 }, () => 0);
  for (let n = 0; n < 50_000; n++) {
    const at = Math.floor(draw(String(n)) * 50);
    buckets[at] = (buckets[at] ?? 0) + 1;
  }
  const chi = buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.equal(buckets.length, 50);
  assert.ok(chi < chiSquareBound(50), String(chi));
});

test('round robin goes round, differs by one at most, and goes on after a restart', () => {
  const ids = ['d', 'a', 'c', 'b'];
  const directory = directoryOf(...ids.map((id) => passport(id)));
  let turns = new Turns();
  const sequence: string[] = [];
  for (let n = 0; n < 42; n++) {
    if (n === 17) turns = Turns.fromJSON(JSON.parse(JSON.stringify(turns)));
    const situation = plain({ lastAssigned: (key, id) => turns.last(key, id) });
    const id = chosen(directory, work({ strategy: 'round_robin' }), situation) ?? '';
    turns.given('invoices/extract.read', id);
    turns.given('something else', 'a');
    sequence.push(id);
  }
  assert.deepEqual(
    sequence,
    sequence.map((_, at) => ['a', 'b', 'c', 'd'][at % 4]),
  );
});

test('shortest queue: fewest open tasks, then least recently, then id', () => {
  const directory = directoryOf(passport('a'), passport('b'), passport('c'));
  const given = (last: Record<string, number>) => plain({ lastAssigned: (_, id) => last[id] ?? null });
  const one = work({ strategy: 'shortest_queue' });
  directory.noteOpen('a', 1);
  assert.equal(chosen(directory, one, given({})), 'b');
  assert.equal(chosen(directory, one, given({ b: 9, c: 4 })), 'c');
  directory.noteOpen('c', 2);
  directory.noteOpen('b', 2);
  assert.equal(chosen(directory, one, given({ a: 100 })), 'a');
});

test('those who are present come first where work is pushed, and best fit waits for one who is', () => {
  const directory = directoryOf(passport('boss', { capabilities: [] }), agent('x'), agent('y'));
  directory.notePresent('y', true);
  const turns = plain({ lastAssigned: (_, id) => (id === 'y' ? 5 : null) });
  assert.equal(chosen(directory, work({ strategy: 'round_robin' }), turns), 'y');
  assert.equal(chosen(directory, work(), turns), 'y');
  directory.notePresent('y', false);
  assert.equal(chosen(directory, work({ strategy: 'round_robin' }), turns), 'x');
  const { choice, explanation } = route(directory, work(), turns);
  assert.deepEqual(choice, { kind: 'waiting', for: null });
  assert.deepEqual(explanation.changes[0], { id: 'x', kind: 'free', reason: 'absent', detail: null });
  assert.equal(chosen(directory, work({ when: 'early' }), turns), 'x');
});

test('late work goes to who is below the load and at work; early work to whoever fits', () => {
  const night = { zone: 'UTC', weekly: [{ days: [5], from: '20:00', to: '23:00' }], holidays: [] };
  const directory = directoryOf(passport('a'), passport('b', { workingHours: night }));
  directory.noteOpen('a', 1);
  assert.equal(chosen(directory, work({ when: 'late', load: 2 })), 'a');
  assert.equal(chosen(directory, work({ when: 'late', load: 1 })), null);
  assert.equal(chosen(directory, work({ when: 'late', load: 1 }), plain({ now: NOW + 13 * 3_600_000 })), 'b');
  directory.noteOpen('a', 3);
  assert.equal(chosen(directory, work()), null);
  assert.equal(chosen(directory, work({ when: 'early' })), 'b');
});

test('an offer is for whoever is eligible, and for the ones who are named by passport', () => {
  const directory = directoryOf(passport('a', { roles: ['clerk'] }), passport('b'), passport('c'));
  const offer = (from: string[]) => route(directory, work({ strategy: 'offer', from }), plain()).choice;
  assert.deepEqual(offer([]), { kind: 'offered', to: null });
  assert.deepEqual(offer(['role:clerk']), { kind: 'offered', to: null });
  assert.deepEqual(offer(['b', 'a', 'nobody']), { kind: 'offered', to: ['a', 'b'] });
  directory.noteOpen('b', 3);
  assert.deepEqual(offer(['b']), { kind: 'offered', to: ['b'] });
});

test('retain and case keep to one, then to the substitute, then to the fallback', () => {
  const known = directoryOf(passport('a'), passport('b'), passport('c', { capabilities: ['read', 'sign'] }));
  for (const strategy of ['retain', 'case'] as const) {
    const of = (given: Partial<Work>) => route(known, work({ strategy, retained: 'b', ...given }), plain());
    assert.deepEqual(of({}).choice, { kind: 'assigned', to: 'b' });
    assert.equal(of({}).explanation.by, null);
    assert.deepEqual(
      of({ preferred: 'a' }).choice,
      { kind: 'assigned', to: 'b' },
      'whoever else was asked for',
    );
    known.noteOpen('b', 3);
    assert.deepEqual(of({}).choice, { kind: 'waiting', for: 'b' });
    assert.deepEqual(of({}).explanation.changes, [
      { id: 'b', kind: 'free', reason: 'capacity', detail: '3 of 3' },
    ]);
    assert.equal(of({ fallback: 'best_fit' }).explanation.by, 'fallback');
    assert.deepEqual(of({ fallback: 'best_fit' }).choice, { kind: 'assigned', to: 'a' });
    known.put(passport('b', { status: 'away', substitute: 'c' }));
    assert.deepEqual(of({}).choice, { kind: 'assigned', to: 'c' });
    known.put(passport('b', { capabilities: [] }));
    const { choice } = of({});
    assert.match(choice.kind === 'nobody' ? choice.missing : '', /^b, or whoever stands in: b lacks read$/);
    assert.deepEqual(of({ retained: null }).choice, { kind: 'offered', to: null });
    assert.deepEqual(of({ retained: null, by: 'human', fallback: 'round_robin' }).choice, {
      kind: 'assigned',
      to: 'a',
    });
    known.put(passport('b'));
    known.noteOpen('b', 0);
  }
});

test('whoever is preferred gets it if they can, and only then', () => {
  const directory = directoryOf(passport('a'), passport('b'));
  const { choice, explanation } = route(directory, work({ preferred: 'b' }), plain());
  assert.deepEqual(
    [choice, explanation.by, explanation.candidates[0]?.id],
    [{ kind: 'assigned', to: 'b' }, 'preferred', 'b'],
  );
  directory.put(passport('b', { capabilities: [] }));
  assert.equal(chosen(directory, work({ preferred: 'b' })), 'a');
});

test('who stands in for somebody comes with their name, through others who are away as well', () => {
  const directory = directoryOf(
    passport('boss', { status: 'away', substitute: 'deputy', posts: ['cfo'] }),
    passport('deputy', { status: 'away', substitute: 'clerk' }),
    passport('clerk'),
    agent('robot'),
  );
  const one = work({ from: ['post:cfo'] });
  const { choice, explanation } = route(directory, one, plain());
  assert.deepEqual(choice, { kind: 'assigned', to: 'clerk' });
  assert.equal(explanation.candidates[0]?.insteadOf, 'boss');
  assert.ok(explain(explanation).some((line) => line.includes('clerk in place of boss')));
  assert.equal(chosen(directory, { ...one, excluded: ['boss'] }), null, 'not by way of who is excluded');
  const apart = { ...one, separateFrom: ['boss'] };
  assert.equal(chosen(directory, apart), null, 'nor of who is to be separate');
  directory.put(passport('deputy', { status: 'away', substitute: 'robot' }));
  directory.notePresent('robot', true);
  assert.equal(chosen(directory, one), null, 'an agent does not stand in for a human');
});

test('no more than five stand in for one after the other', () => {
  const away = Array.from({ length: 6 }, (_, at) =>
    passport(`p${at}`, { status: 'away', substitute: `p${at + 1}`, posts: [`post${at}`] }),
  );
  const directory = directoryOf(...away, passport('p6'));
  assert.deepEqual([directory.standIn('p1'), directory.standIn('p0')], ['p6', null]);
  assert.equal(chosen(directory, work({ from: ['post:post1'] })), 'p6');
  assert.equal(chosen(directory, work({ from: ['post:post0'] })), null);
});

test('among those about equal the cheaper is chosen, and a better one is worth its price', () => {
  const rate = (amount: number, currency = 'EUR') => ({
    costRate: { amount, currency, per: 'task' as const },
  });
  const directory = directoryOf(
    passport('a', rate(10)),
    passport('b', rate(2)),
    passport('c', rate(1, 'USD')),
  );
  assert.equal(chosen(directory, work()), 'b');
  directory.put(passport('b', { ...rate(2), claims: [claimOf({ capability: 'read', level: 0.2 })] }));
  assert.equal(chosen(directory, work()), 'a');
});

test('what the work costs is measured where it was, else comes of the rate by the usual time', () => {
  const hourly = { costRate: { amount: 36, currency: 'EUR', per: 'hour' as const } };
  const directory = directoryOf(passport('a', hourly), passport('b', hourly), passport('c', hourly));
  const records = new TrackRecords();
  const did = (participant: string, amount: number | null, durationMs: number): void =>
    records.add({
      participant,
      capabilities: ['read'],
      outcome: 'success',
      durationMs,
      cost: amount === null ? null : { amount, currency: 'EUR' },
      tokens: 0,
      confidence: null,
      at: NOW,
    });
  did('a', 4, 100_000);
  did('b', 2, 100_000);
  did('c', null, 100_000);
  const trackRecord = (id: string, capability: string) => records.record(id, capability);
  const { candidates } = route(directory, work(), plain({ trackRecord })).explanation;
  const costs = Object.fromEntries(candidates.map(({ id, factors }) => [id, factors.cost]));
  assert.equal(costs['c'], 1);
  assert.ok(Math.abs((costs['b'] ?? 0) * 2 - 1) < 0.1 && Math.abs((costs['a'] ?? 0) * 4 - 1) < 0.1);
  assert.equal(candidates[0]?.id, 'c');
});

test('whoever is at its capacity is held against the chosen as if it had room for one', () => {
  const level = (of: number) => ({ claims: [claimOf({ capability: 'read', level: of })] });
  const directory = directoryOf(passport('full', level(1)), passport('other', level(0.8)));
  directory.noteOpen('full', 3);
  directory.noteOpen('other', 2);
  const { choice, explanation } = route(directory, work(), plain());
  assert.deepEqual(choice, { kind: 'assigned', to: 'other' });
  assert.deepEqual(explanation.changes, [{ id: 'full', kind: 'free', reason: 'capacity', detail: '3 of 3' }]);
});

test('who handled the case before is preferred to an equal', () => {
  const directory = directoryOf(passport('a'), passport('b'));
  assert.equal(chosen(directory, work({ affinity: ['b'] })), 'b');
});

test('newcomers get work beside veterans, and those who fail get less', () => {
  const quality: Record<string, number> = { veteran: 0.95, newcomer: 0.95, careless: 0.4 };
  const directory = directoryOf(...Object.keys(quality).map((id) => passport(id, { capacity: 1000 })));
  const records = new TrackRecords();
  const done = (participant: string, n: number): void =>
    records.add({
      participant,
      capabilities: ['read'],
      outcome: draw(`${participant} ${n}`) < (quality[participant] ?? 0) ? 'success' : 'failure',
      durationMs: 1000,
      cost: null,
      tokens: 0,
      confidence: null,
      at: NOW - 1e6 + n,
    });
  for (let n = 0; n < 300; n++) done('veteran', n);
  const counts: Record<string, number> = { veteran: 0, newcomer: 0, careless: 0 };
  for (let n = 300; n < 800; n++) {
    const trackRecord = (id: string, capability: string) => records.record(id, capability);
    const id = chosen(directory, work(), plain({ trackRecord })) ?? '';
    counts[id] = (counts[id] ?? 0) + 1;
    done(id, n);
  }
  const { veteran = 0, newcomer = 0, careless = 0 } = counts;
  assert.ok(newcomer > 25 && veteran > 25, JSON.stringify(counts));
  assert.ok(careless > 0 && careless < newcomer / 2, JSON.stringify(counts));
});

test('what is noted of somebody outlives a change of their passport, and not their leaving', () => {
  const directory = directoryOf(passport('a'));
  directory.noteOpen('a', 2);
  directory.notePresent('a', true);
  directory.put(passport('a', { capacity: 9 }));
  assert.deepEqual([directory.open('a'), directory.isPresent('a')], [2, true]);
  directory.remove('a');
  directory.put(passport('a'));
  assert.deepEqual([directory.open('a'), directory.isPresent('a')], [0, false]);
  directory.put(agent('choosy'));
  directory.notePresent('choosy', true, new Set(['write']));
  directory.put(agent('choosy', { capacity: 9 }));
  assert.equal(chosen(directory, work({ by: 'agent' })), null, 'it still waits for other work');
  directory.noteOpen('nobody', 2);
  assert.equal(directory.open('nobody'), 0);
});

test('who has a capability only because another implied it has it no more once that one is taken out', () => {
  const directory = directoryOf(passport('ann', { capabilities: ['audit'] }));
  assert.equal(chosen(directory, work()), null);
  directory.setCapability(capabilityOf({ id: 'audit', implies: ['read'] }));
  assert.equal(chosen(directory, work()), 'ann');
  directory.removeCapability('audit');
  assert.equal(chosen(directory, work()), null);
  assert.equal(chosen(directory, work({ requires: ['audit'] })), 'ann');
});

test('what is missing is named: the capability that nobody has, or what keeps out those who have it', () => {
  const directory = directoryOf(
    passport('ann', { status: 'suspended' }),
    passport('bob', { claims: [claimOf({ capability: 'read', standing: 'declared' })] }),
    passport('eve', { capabilities: ['write'] }),
  );
  const missing = (given: Partial<Work>): string => {
    const { choice } = route(directory, work(given), plain());
    return choice.kind === 'nobody' ? choice.missing : '';
  };
  assert.equal(
    missing({ by: 'human' }),
    'a human with read: ann may not act (suspended); bob has read only declared or revoked, and nobody has granted it',
  );
  assert.equal(
    missing({ requires: ['read', 'fraud_check'] }),
    'a participant with read and fraud_check: nobody has fraud_check',
  );
  assert.equal(
    missing({ requires: ['write'], from: ['role:cfo'] }),
    'a participant with write who is role:cfo: nobody is role:cfo',
  );
  assert.match(missing({ requires: ['write', 'read'] }), /eve lacks read/);
  const claim = { capability: 'sign' };
  const claims = [claimOf({ ...claim, level: 0.1 }), claimOf({ ...claim, standing: 'declared' })];
  directory.put(passport('joe', { claims }));
  assert.match(
    missing({ requires: ['sign'], level: 1 }),
    /joe has sign at a level under 1/,
    'what is nearest',
  );
});

test('what keeps out several at once is said of them all', () => {
  const directory = directoryOf(...['ann', 'bob', 'eve'].map((id) => passport(id, { kind: 'human' })));
  const missing = (given: Partial<Work>): string => {
    const { choice } = route(directory, work({ requires: [], ...given }), plain());
    return choice.kind === 'nobody' ? choice.missing : '';
  };
  const all = ['ann', 'bob', 'eve'];
  assert.match(missing({ excluded: all }), /: ann, bob, eve are excluded$/);
  assert.match(
    missing({ excluded: ['ann'], separateFrom: ['bob', 'eve'] }),
    /ann is excluded; bob, eve took part/,
  );
  const reader = (id: string) =>
    passport(id, { claims: [claimOf({ capability: 'read', standing: 'declared' })] });
  const readers = directoryOf(...['a', 'b', 'c', 'd', 'e'].map(reader));
  const { choice } = route(readers, work({ requires: ['read'] }), plain());
  assert.match(
    choice.kind === 'nobody' ? choice.missing : '',
    /\w, \w, \w and 2 more have read only declared/,
  );
});
