import {
  capabilityOf,
  claimOf,
  Directory,
  draw,
  route,
  TrackRecords,
  Turns,
  workOf,
  type Passport,
  type Situation,
  type Work,
} from '../../src/routing/index.ts';
import type { Report } from '../report.ts';

const PARTICIPANTS = 100_000;
const CAPABILITIES = 1000;
const CLAIMS = 10;
const NOW = 1_800_000_000_000;

/** Among 100,000 participants with ten of 1,000 capabilities each: one routing, and one participant that changes. */
export function routing(report: Report): Promise<void> {
  const directory = new Directory();
  for (let at = 0; at < CAPABILITIES; at += 10)
    directory.setCapability(capabilityOf({ id: `capability-${at}`, implies: [`capability-${at + 1}`] }));
  const records = new TrackRecords();
  for (let at = 0; at < PARTICIPANTS; at++) {
    const passport = participant(at);
    directory.put(passport);
    if (at % 3 === 0) learn(records, passport, at);
  }
  const situation = situationOf(directory, records);
  timed(report, 'routing: best fit, one capability', 2000, (at) => route(directory, work(at, 1), situation));
  timed(report, 'routing: best fit, two capabilities', 2000, (at) =>
    route(directory, work(at, 2), situation),
  );
  timed(report, 'routing: round robin, one capability', 2000, (at) =>
    route(directory, { ...work(at, 1), strategy: 'round_robin' }, situation),
  );
  timed(report, 'routing: change one participant', 5000, (at) =>
    directory.put({ ...participant(at * 19), capacity: 2 }),
  );
  timed(report, 'routing: change the edges of one capability', 500, (at) => {
    const id = `capability-${(at * 10) % CAPABILITIES}`;
    directory.setCapability(
      capabilityOf({ id, implies: at % 2 === 0 ? [] : [`capability-${at % CAPABILITIES}`] }),
    );
  });
  return Promise.resolve();
}

const whole = (text: string, below: number): number => Math.floor(draw(text) * below);

const idOf = (at: number): string => `passport_agent_${String(at).padStart(6, '0')}`;

const participant = (at: number): Passport => {
  const id = idOf(at);
  const names = new Set<string>();
  for (let n = 0; names.size < CLAIMS; n++) names.add(`capability-${whole(`${id} ${n}`, CAPABILITIES)}`);
  const claims = [...names].map((capability) =>
    claimOf({ capability, level: draw(id + capability), expiresAt: whole(id, 5) === 0 ? NOW + 1 : null }),
  );
  return {
    id,
    kind: at % 10 === 0 ? 'human' : 'agent',
    name: id,
    owner: at % 10 === 0 ? null : 'passport_human_1',
    roles: [`role-${at % 50}`],
    groups: [],
    capabilities: [],
    claims,
    status: at % 50 === 0 ? 'suspended' : 'available',
    workingHours:
      at % 10 === 0
        ? {
            zone: at % 20 === 0 ? 'Europe/Berlin' : 'Asia/Tokyo',
            weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
            holidays: [],
          }
        : null,
    capacity: 5,
    publicKey: null,
    createdAt: 0,
  };
};

const learn = (records: TrackRecords, { id, claims }: Passport, at: number): void =>
  records.add({
    participant: id,
    capabilities: (claims ?? []).map(({ capability }) => capability),
    outcome: at % 7 === 0 ? 'failure' : 'success',
    durationMs: 1000 + whole(id, 60_000),
    cost: { amount: draw(id), currency: 'EUR' },
    tokens: 0,
    confidence: draw(id),
    at: NOW - whole(id, 1e9),
  });

const situationOf = (directory: Directory, records: TrackRecords): Situation => {
  const turns = new Turns();
  for (let at = 0; at < PARTICIPANTS; at++) {
    const id = idOf(at);
    directory.noteOpen(id, at % 6);
    directory.notePresent(id, at % 4 !== 0);
    turns.given('bench', id);
  }
  return {
    now: NOW,
    trackRecord: (id, capability) => records.record(id, capability),
    lastAssigned: (key, id) => turns.last(key, id),
    forbidden: null,
    seed: 'bench',
  };
};

const work = (at: number, capabilities: number): Work =>
  workOf({
    key: 'bench',
    requires: Array.from(
      { length: capabilities },
      (_, n) => `capability-${whole(`${at} ${n}`, CAPABILITIES)}`,
    ),
    level: 0.1,
    excluded: ['passport_agent_000001'],
  });

function timed(report: Report, name: string, times: number, act: (at: number) => unknown): void {
  for (let at = 0; at < times / 4; at++) act(at);
  const took: number[] = [];
  for (let at = 0; at < times; at++) {
    const start = performance.now();
    act(at);
    took.push(performance.now() - start);
  }
  took.sort((a, b) => a - b);
  report(`${name}, p50`, took[Math.floor(times * 0.5)] as number, 'ms');
  report(`${name}, p99`, took[Math.floor(times * 0.99)] as number, 'ms');
}
