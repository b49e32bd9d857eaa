import fc from 'fast-check';
import {
  capabilityOf,
  claimOf,
  Directory,
  draw,
  workOf,
  type Capability,
  type Claim,
  type Passport,
  type Situation,
  type TrackRecord,
  type Work,
} from '../../src/routing/index.ts';

/** Small organisations in which everything happens: expired claims, absent managers, circles of substitutes. */
export interface Organisation {
  readonly passports: readonly Passport[];
  readonly capabilities: readonly Capability[];
  readonly open: readonly number[];
  readonly present: readonly boolean[];
}

/** 2027-01-15, a Friday, 08:00 UTC. */
export const NOW = 1_800_000_000_000;
const PEOPLE = 14;
const SKILLS = ['a', 'b', 'c', 'd'];

const among = <const Value>(...values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
const personId = fc.nat(PEOPLE + 1).map((at) => `p${at}`);
const some = <Value>(values: readonly Value[]): fc.Arbitrary<Value[]> =>
  fc.subarray([...values], { minLength: 0, maxLength: values.length });

const claim: fc.Arbitrary<Claim> = fc
  .record({
    capability: among(...SKILLS),
    level: among(0, 0.3, 0.7, 1),
    standing: among('granted', 'granted', 'verified', 'declared', 'revoked'),
    expiresAt: among(null, null, null, NOW, NOW + 1, NOW - 1),
    constraints: among<Claim['constraints']>([], [], [], [{ fact: 'amount', atMost: 100 }]),
  })
  .map((given) => claimOf(given));

const HOURS = [
  { zone: 'Europe/Berlin', weekly: [{ days: [5], from: '09:00', to: '17:00' }], holidays: [] },
  { zone: 'America/New_York', weekly: [{ days: [5], from: '09:00', to: '17:00' }], holidays: [] },
];

const passport = (at: number): fc.Arbitrary<Passport> =>
  fc
    .record({
      kind: among('human', 'agent', 'agent', 'system'),
      owner: among('p0', 'p1'),
      roles: some(['boss', 'clerk']),
      groups: some(['night']),
      posts: some(['cfo']),
      manager: fc.option(personId),
      claims: fc.array(claim, { maxLength: 5 }),
      tools: among(null, null, ['files'], []),
      safety: among('irreversible', 'reversible', 'read_only'),
      status: among('available', 'available', 'available', 'busy', 'away', 'suspended', 'revoked'),
      substitute: fc.option(personId),
      capacity: among(1, 3),
      workingHours: among(null, null, ...HOURS),
      costRate: among(
        null,
        { amount: 3, currency: 'EUR', per: 'task' },
        { amount: 9, currency: 'EUR', per: 'task' },
      ),
    })
    .map(({ kind, owner, ...rest }): Passport => ({
      ...rest,
      id: `p${at}`,
      kind: at < 2 ? 'human' : kind,
      name: `name${at}`,
      owner: at < 2 || kind === 'human' ? null : owner,
      capabilities: [],
      publicKey: null,
      createdAt: 0,
    }));

/** Edges lead from a letter to a later one, so that there is no cycle. */
const capabilities: fc.Arbitrary<Capability[]> = fc
  .tuple(
    ...SKILLS.map((id, at) => some(SKILLS.slice(at + 1)).map((implies) => capabilityOf({ id, implies }))),
  )
  .map((all) => [...all]);

export const organisation: fc.Arbitrary<Organisation> = fc.nat(PEOPLE).chain((size) =>
  fc.record({
    passports: fc.tuple(...Array.from({ length: size }, (_, at) => passport(at))),
    capabilities,
    open: fc.array(fc.nat(3), { minLength: PEOPLE, maxLength: PEOPLE }),
    present: fc.array(fc.boolean(), { minLength: PEOPLE, maxLength: PEOPLE }),
  }),
);

const PARTIES = [
  'role:boss',
  'role:clerk',
  'group:night',
  'post:cfo',
  'system:name3',
  'manager_of:p1',
  'p0',
  'p5',
  'p99',
];

export const work: fc.Arbitrary<Work> = fc
  .record({
    requires: fc.oneof(
      { weight: 3, arbitrary: some(SKILLS.slice(0, 2)) },
      { weight: 1, arbitrary: some([...SKILLS, 'zz']) },
    ),
    level: among(0, 0, 0.5),
    by: among(null, 'agent', 'human', 'system'),
    from: fc.oneof(
      { weight: 2, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: some(PARTIES) },
    ),
    excluded: fc.array(personId, { maxLength: 2 }),
    separateFrom: fc.array(personId, { maxLength: 1 }),
    safety: among('read_only', 'reversible', 'irreversible'),
    tools: among<string[]>([], [], ['files']),
    facts: among<Work['facts']>({}, { amount: 50 }, { amount: 500 }),
    strategy: among('best_fit', 'offer', 'round_robin', 'random', 'shortest_queue', 'retain', 'case'),
    when: among('early', 'enabled', 'late'),
    load: among(null, 1, 2),
    retained: fc.option(personId),
    fallback: among(null, 'best_fit', 'offer', 'round_robin'),
    affinity: fc.array(personId, { maxLength: 2 }),
    preferred: among(null, null, null, 'p1', 'p4'),
  })
  .map((given) => workOf({ key: 'definition/phase.step', ...given }));

export const directoryOf = ({ passports, capabilities, open, present }: Organisation): Directory => {
  const directory = new Directory();
  for (const one of capabilities) directory.setCapability(one);
  for (const one of passports) directory.put(one);
  for (const { id } of passports) {
    directory.noteOpen(id, open[Number(id.slice(1))] ?? 0);
    directory.notePresent(id, present[Number(id.slice(1))] ?? false);
  }
  return directory;
};

const trackRecord = (id: string, capability: string): TrackRecord | null => {
  const chance = draw(`${id} ${capability}`);
  if (chance < 0.3) return null;
  return {
    at: NOW - Math.floor(chance * 1e10),
    successes: Math.floor(chance * 50),
    failures: Math.floor(draw(id) * 10),
    medianMs: chance * 1e5,
    p90Ms: null,
    cost: null,
    tokens: 0,
    brier: null,
    overconfidence: null,
  };
};

export const situation = (given: Partial<Situation> = {}): Situation => ({
  now: NOW,
  trackRecord,
  lastAssigned: (_, id) => (draw(`${id} turn`) < 0.3 ? null : Math.floor(draw(`${id} turn`) * 100)),
  forbidden: ({ id }) => (id === 'p7' ? 'not on Fridays' : null),
  seed: 'seed',
  ...given,
});
