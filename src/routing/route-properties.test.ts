import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import {
  directoryOf,
  NOW,
  organisation,
  situation,
  work,
  type Organisation,
} from '../../test/routing-kit/organisation.ts';
import {
  accountableFor,
  claimOf,
  compact,
  Directory,
  draw,
  eligible,
  expanded,
  explain,
  missing,
  objection,
  passportOf,
  route,
  workOf,
  type FullPassport,
  type Passport,
  type Situation,
  type TrackRecord,
  type Work,
} from './index.ts';

/** Who may do it, said the slow way: every rule looked at for everybody. */
function mayDo({ passports, capabilities }: Organisation, one: FullPassport, work: Work): boolean {
  const all = passports.map(passportOf);
  const find = (id: string): FullPassport | undefined => all.find((other) => other.id === id);
  const reach = (id: string): string[] => [
    id,
    ...(capabilities.find((other) => other.id === id)?.implies.flatMap(reach) ?? []),
  ];
  const has = (capability: string): boolean =>
    one.claims.some(
      (claim) =>
        reach(claim.capability).includes(capability) &&
        (claim.standing === 'granted' || claim.standing === 'verified') &&
        (claim.expiresAt === null || claim.expiresAt > NOW) &&
        claim.level >= work.level &&
        (claim.constraints.length === 0 ||
          (work.facts['amount'] !== undefined && Number(work.facts['amount']) <= 100)),
    );
  const apart = new Set(
    work.separateFrom.flatMap((id) => {
      const doer = find(id);
      return [id, (doer && accountableFor(doer)) ?? id];
    }),
  );
  const isApart = (other: FullPassport): boolean =>
    !apart.has(other.id) && !apart.has(accountableFor(other) ?? '') && !work.excluded.includes(other.id);
  const is = (other: FullPassport, party: string): boolean => {
    const [prefix, name = ''] = party.split(':');
    if (prefix === 'role') return other.roles.includes(name);
    if (prefix === 'group') return other.groups.includes(name);
    if (prefix === 'post') return other.posts.includes(name);
    if (prefix === 'system') return other.kind === 'system' && other.name === name;
    if (prefix === 'manager_of') return find(name)?.manager === other.id;
    return other.id === party;
  };
  const named = (other: FullPassport): boolean => work.from.some((party) => is(other, party));
  const standsInFor = (other: FullPassport): boolean => {
    let at: FullPassport | undefined = other;
    for (let hops = 0; hops < 5 && at?.status === 'away' && at.substitute !== null; hops++) {
      at = find(at.substitute);
      if (at?.id === one.id) return true;
    }
    return false;
  };
  const tiers = ['read_only', 'reversible', 'irreversible'];
  return (
    !['suspended', 'revoked', 'away'].includes(one.status) &&
    (work.by === null ? one.kind !== 'system' : one.kind === work.by) &&
    work.requires.every(has) &&
    isApart(one) &&
    (work.from.length === 0 ||
      named(one) ||
      all.some((other) => other.kind === one.kind && isApart(other) && named(other) && standsInFor(other))) &&
    tiers.indexOf(one.safety) >= tiers.indexOf(work.safety) &&
    work.tools.every((tool) => one.tools === null || one.tools.includes(tool)) &&
    one.id !== 'p7'
  );
}

/** Whether it is free, said the slow way; agents that have to be present are left to the caller. */
const isFree = ({ open }: Organisation, one: FullPassport, work: Work): boolean => {
  const held = open[Number(one.id.slice(1))] ?? 0;
  const isLate = work.when === 'late' && work.load !== null;
  return (
    one.status !== 'busy' &&
    one.workingHours?.zone !== 'America/New_York' &&
    held < one.capacity &&
    (!isLate || held < (work.load ?? 0))
  );
};

const both = fc.tuple(organisation, work);
const able = (all: Organisation, one: Work): FullPassport[] =>
  all.passports.map(passportOf).filter((passport) => mayDo(all, passport, one));

test('ROUTE-2: only the eligible are chosen, and nobody is missing where somebody is', (t) => {
  const seen = new Set<string>();
  holds(t, 4000, both, ([all, one]) => {
    const { choice } = route(directoryOf(all), one, situation());
    const ids = able(all, one).map(({ id }) => id);
    seen.add(choice.kind);
    const chosen =
      choice.kind === 'assigned' ? [choice.to] : choice.kind === 'offered' ? (choice.to ?? ids) : [];
    assert.deepEqual(
      chosen.filter((id) => !ids.includes(id)),
      [],
    );
    const awaitsOne =
      (one.strategy === 'retain' || one.strategy === 'case') && one.retained !== null && !one.fallback;
    if (ids.length === 0) assert.equal(choice.kind, 'nobody');
    else if (!awaitsOne) assert.notEqual(choice.kind, 'nobody');
    if (choice.kind === 'assigned' && one.when !== 'early') {
      const passport = able(all, one).find(({ id }) => id === choice.to) as FullPassport;
      assert.ok(isFree(all, passport, one));
    }
  });
  assert.deepEqual([...seen].sort(), ['assigned', 'nobody', 'offered', 'waiting']);
});

test('eligible, objection and missing say the same as the rules', (t) => {
  holds(t, 2000, both, ([all, one]) => {
    const directory = directoryOf(all);
    const ids = able(all, one).map(({ id }) => id);
    assert.deepEqual(eligible(directory, one, situation()), ids.toSorted());
    assert.equal(missing(directory, one, situation()) === null, ids.length > 0);
    for (const { id } of all.passports)
      assert.equal(objection(directory, one, situation(), id) === null, ids.includes(id), id);
  });
});

test('ROUTE-1: the order of registration does not matter', (t) => {
  const shuffled = both.chain(([all, one]) =>
    fc.tuple(
      fc.constant(all),
      fc.constant(one),
      fc.shuffledSubarray([...all.passports], { minLength: all.passports.length }),
      fc.shuffledSubarray([...all.capabilities], { minLength: all.capabilities.length }),
    ),
  );
  holds(t, 2000, shuffled, ([all, one, passports, capabilities]) => {
    const other = directoryOf({ ...all, passports, capabilities });
    assert.deepEqual(route(other, one, situation()), route(directoryOf(all), one, situation()));
  });
});

test('ROUTE-3: everybody is accounted for, and the explanation survives the ledger and can be read', (t) => {
  holds(t, 2000, both, ([all, one]) => {
    const { explanation, choice } = route(directoryOf(all), one, situation());
    const { considered, eligible, dropped, candidates } = explanation;
    assert.equal(considered, all.passports.length);
    assert.equal(
      dropped.reduce((sum, { count }) => sum + count, eligible),
      considered,
    );
    for (const { count, examples } of dropped) assert.ok(count >= examples.length);
    if (choice.kind === 'assigned') assert.equal(candidates[0]?.id, choice.to);
    assert.deepEqual(expanded(JSON.parse(JSON.stringify(compact(explanation)))), explanation);
    for (const line of explain(explanation)) assert.doesNotMatch(line, /undefined|null|NaN|object/);
  });
});

test('what is said to have changed the outcome would have', (t) => {
  let told = 0;
  const plain = both.map(([all, one]): [Organisation, Work] => [
    all,
    { ...one, strategy: 'best_fit', when: 'enabled', preferred: null },
  ]);
  holds(t, 3000, plain, ([all, one]) => {
    const { explanation } = route(directoryOf(all), one, situation());
    for (const change of explanation.changes) {
      if (change.kind !== 'free') continue;
      told += 1;
      const directory = directoryOf(all);
      const passport = directory.passport(change.id) as FullPassport;
      if (change.reason === 'capacity') directory.noteOpen(change.id, passport.capacity - 1);
      else if (change.reason === 'absent') directory.notePresent(change.id, true);
      else directory.put({ ...passport, status: 'available', workingHours: null });
      assert.deepEqual(route(directory, one, situation()).choice, { kind: 'assigned', to: change.id });
    }
  });
  assert.ok(told > 20);
});

test('SURVEY-2: among many, what a glance settles is what a look settles', (t) => {
  holds(t, 150, fc.nat(), (salt) => {
    const chance = (what: string): number => draw(`${what} ${salt}`);
    const pick = <const Value>(what: string, ...values: readonly Value[]): Value =>
      values[Math.floor(chance(what) * values.length)] as Value;
    const ids = Array.from({ length: 150 }, (_, at) => `p${at}x`);
    const far = { zone: 'America/New_York', weekly: [], holidays: [] };
    const directory = new Directory();
    const register = (id: string): void => {
      directory.put({
        id,
        kind: pick(`${id} kind`, 'human', 'agent', 'agent', 'system'),
        name: id,
        owner: pick(`${id} owner`, null, ...ids.slice(50, 55)),
        roles: [],
        groups: [],
        capabilities: [],
        claims: [
          claimOf({ capability: 'a', level: chance(`${id} level`) }),
          claimOf({
            capability: 'b',
            level: chance(`${id} other`),
            expiresAt: pick(`${id} until`, null, NOW, NOW + 1),
          }),
        ],
        safety: pick(`${id} safety`, 'irreversible', 'irreversible', 'read_only'),
        status: pick(
          `${id} status`,
          'available',
          'available',
          'available',
          'available',
          'busy',
          'away',
          'revoked',
        ),
        capacity: pick(`${id} capacity`, 1, 3, 30),
        workingHours: pick(`${id} hours`, null, null, null, null, far),
        publicKey: null,
        createdAt: 0,
      });
      const sought = pick(`${id} sought`, null, null, new Set(['a', 'b']), new Set(['b']));
      directory.notePresent(id, chance(`${id} present`) < 0.7, sought);
      directory.noteOpen(id, Math.floor(chance(`${id} open`) * 4));
    };
    for (const id of ids) register(id);
    for (const id of ids.slice(0, 40)) directory.remove(id);
    for (const id of ids.slice(10, 40)) register(id);
    for (let n = 0; n < 8; n++) {
      const one = workOf({
        key: 'k',
        requires: pick(`requires ${n}`, ['a'], ['a'], ['b'], ['a', 'b'], []),
        level: pick(`level ${n}`, 0, 0, 0.4),
        by: pick(`by ${n}`, null, null, 'agent', 'human'),
        excluded: [pick(`out ${n}`, ...ids), pick(`out too ${n}`, ...ids)],
        separateFrom: pick(`apart ${n}`, [], [], ids.slice(40, 52)),
        safety: pick(`safety ${n}`, 'read_only', 'reversible'),
        strategy: pick(`strategy ${n}`, 'best_fit', 'best_fit', 'offer', 'retain', 'random'),
        when: pick(`when ${n}`, 'early', 'enabled', 'late'),
        load: pick(`load ${n}`, null, 1, 2),
        retained: pick(`retained ${n}`, null, ...ids),
        fallback: 'best_fit',
        preferred: pick(`preferred ${n}`, null, ...ids),
        affinity: pick(`affinity ${n}`, false, true) ? ids.slice(40, 80) : [],
      });
      const looked = route(directory, one, situation({ forbidden: () => null }));
      assert.deepEqual(route(directory, one, situation({ forbidden: null })), looked);
    }
  });
});

/** The guide, word by word: everybody is scored, and all are sorted. */
const scoreOf = (one: Work, by: Situation, directory: Directory, id: string): number => {
  const { capacity, claims } = directory.passport(id) as FullPassport;
  const skills = one.requires.map((capability) => {
    const [own, usual] = [by.trackRecord(id, capability), by.trackRecord('*', capability)];
    const [a, b] = [4 + (own?.successes ?? 0), 1 + (own?.failures ?? 0)];
    const [mean, deviation] = [a / (a + b), Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1)))];
    const [ownMs, usualMs] = [own?.medianMs ?? null, usual?.medianMs ?? null];
    const speed = ownMs === null || usualMs === null ? 0.5 : usualMs / (usualMs + ownMs);
    const level = claims.find((claim) => claim.capability === capability)?.level ?? 0;
    return { track: Math.min(1, mean + deviation), speed, level };
  });
  const weakest = (factor: 'track' | 'speed' | 'level'): number =>
    Math.min(...skills.map((skill) => skill[factor]));
  const free = 1 - directory.open(id) / capacity;
  const familiar = one.affinity.includes(id) ? 0.1 : 0;
  return 0.45 * weakest('track') + 0.2 * weakest('level') + 0.15 * free + 0.1 * weakest('speed') + familiar;
};

test('SCORE-1: among many, those who come first are those whom the score puts first', (t) => {
  holds(t, 300, fc.nat(), (salt) => {
    const chance = (what: string): number => draw(`${what} ${salt}`);
    const share = chance('share');
    const directory = new Directory();
    const ids = Array.from({ length: 200 }, (_, at) => `p${at}x`);
    for (const id of ids) {
      directory.put({
        ...PLAIN,
        id,
        name: id,
        claims: ['a', 'b'].map((capability) =>
          claimOf({ capability, level: chance('same') < 0.3 ? 1 : chance(`${id} ${capability}`) }),
        ),
        capacity: 4,
      });
      directory.noteOpen(id, Math.floor(chance(`${id} open`) * 4));
    }
    const fast = chance('fast') < 0.5 ? 1e5 : 1;
    const trackRecord = (id: string, capability: string): TrackRecord | null => {
      if (id === '*' ? chance('usual') < 0.2 : chance(`${id} has`) > share) return null;
      const medianMs = id === '*' ? 1e5 : 1 + chance(`${id} ${capability} ms`) * fast;
      const successes = Math.floor(chance(`${id} good`) * 90);
      const failures = Math.floor(chance(`${id} bad`) * 3);
      return { ...KNOWN, successes, failures, medianMs };
    };
    const by = situation({ trackRecord, forbidden: null });
    const one = workOf({
      key: 'k',
      requires: chance('both') < 0.5 ? ['a'] : ['a', 'b'],
      strategy: 'offer',
      affinity: ids.slice(0, 5),
    });
    const { candidates } = route(directory, one, by).explanation;
    const scores = new Map(ids.map((id) => [id, scoreOf(one, by, directory, id)]));
    const order = ids.toSorted((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0)).slice(0, 20);
    const shown = (all: readonly string[]): number[] =>
      all.map((id) => Math.round((scores.get(id) ?? 0) * 1e6));
    assert.deepEqual(shown(candidates.map(({ id }) => id)), shown(order));
    for (const { id, score } of candidates) assert.ok(Math.abs(score - (scores.get(id) ?? 0)) < 1e-4);
  });
});
const KNOWN: TrackRecord = {
  at: NOW,
  successes: 0,
  failures: 0,
  medianMs: null,
  p90Ms: null,
  cost: null,
  tokens: 0,
  brier: null,
  overconfidence: null,
};
const PLAIN: Passport = {
  id: '',
  kind: 'human',
  name: '',
  owner: null,
  roles: [],
  groups: [],
  capabilities: [],
  status: 'available',
  capacity: 1,
  publicKey: null,
  createdAt: 0,
};

type Move =
  | { readonly put: Passport; readonly open: number }
  | { readonly remove: string }
  | { readonly capability: Organisation['capabilities'][number] };

test('DIR-1: changes one by one lead to the same as a rebuild', (t) => {
  const moves = fc
    .array(organisation, { minLength: 2, maxLength: 3 })
    .chain((all) =>
      fc.tuple(
        fc.shuffledSubarray(
          all.flatMap((one): Move[] => [
            ...one.passports.map((passport, at): Move => ({ put: passport, open: one.open[at] ?? 0 })),
            ...one.passports.slice(0, 4).map(({ id }): Move => ({ remove: id })),
            ...one.capabilities.map((capability): Move => ({ capability })),
          ]),
        ),
        fc.array(work, { minLength: 3, maxLength: 3 }),
      ),
    );
  holds(t, 500, moves, ([all, works]) => {
    const directory = new Directory();
    const passports = new Map<string, Passport>();
    const notes = new Map<string, number>();
    for (const move of all)
      if ('put' in move) {
        directory.put(move.put);
        directory.noteOpen(move.put.id, move.open);
        passports.set(move.put.id, move.put);
        notes.set(move.put.id, move.open);
      } else if ('remove' in move) {
        directory.remove(move.remove);
        passports.delete(move.remove);
        notes.delete(move.remove);
      } else directory.setCapability(move.capability);
    const rebuilt = new Directory();
    for (const capability of directory.capabilities.all()) rebuilt.setCapability(capability);
    for (const passport of passports.values()) rebuilt.put(passport);
    for (const [id, open] of notes) rebuilt.noteOpen(id, open);
    assert.equal(directory.size, passports.size);
    for (const one of works)
      assert.deepEqual(route(directory, one, situation()), route(rebuilt, one, situation()));
    for (const party of ['role:boss', 'group:night', 'post:cfo', 'manager_of:p1'])
      assert.deepEqual(directory.members(party), rebuilt.members(party));
  });
});
