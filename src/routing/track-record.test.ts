import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import { faded, HALF_LIFE_MS, powerOfTwo } from './decay.ts';
import { trackFactor } from './score.ts';
import { ANY, TrackRecords, weightNow, type TrackFact, type TrackRecord } from './track-record.ts';

const START = Date.parse('2026-11-01');
const DAY = 86_400_000;
const fact = (given: Partial<TrackFact> = {}): TrackFact => ({
  participant: 'ann',
  capabilities: ['read'],
  outcome: 'success',
  durationMs: null,
  cost: null,
  tokens: 0,
  confidence: null,
  at: START,
  ...given,
});
const folded = (facts: readonly TrackFact[]): TrackRecords => {
  const records = new TrackRecords();
  for (const one of facts) records.add(one);
  return records;
};
const of = (facts: readonly TrackFact[], participant = 'ann', capability = 'read'): TrackRecord =>
  folded(facts).record(participant, capability) as TrackRecord;

const facts = fc.array(
  fc.record({
    participant: fc.constantFrom('ann', 'bob'),
    capabilities: fc.subarray(['read', 'write']),
    outcome: fc.constantFrom('success' as const, 'failure' as const),
    durationMs: fc.option(fc.integer({ min: 1, max: 1e9 })),
    cost: fc.option(
      fc.record({
        amount: fc.double({ min: 0, max: 100, noNaN: true }),
        currency: fc.constantFrom('EUR', 'USD'),
      }),
    ),
    tokens: fc.nat(1e6),
    confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    at: fc.integer({ min: START, max: START + 400 * DAY }),
  }),
  { maxLength: 40 },
);

test('TRACK-1: folding at once and going on from JSON give the same bits', (t) => {
  holds(t, 500, fc.tuple(facts, fc.nat(40)), ([all, cut]) => {
    const whole = folded(all);
    const resumed = TrackRecords.fromJSON(JSON.parse(JSON.stringify(folded(all.slice(0, cut)))));
    for (const one of all.slice(cut)) resumed.add(one);
    assert.equal(JSON.stringify(resumed), JSON.stringify(whole));
    for (const participant of ['ann', 'bob', ANY])
      for (const capability of ['read', 'write', ANY])
        assert.deepEqual(resumed.record(participant, capability), whole.record(participant, capability));
  });
});

test('tokens are the mean of whatever came of it, and what said nothing of them took none', () => {
  const used = [fact({ tokens: 900 }), fact({ tokens: 300, outcome: 'failure' }), fact()];
  assert.equal(of(used).tokens, 400);
  assert.equal(of([fact({ tokens: 700 }), fact({ tokens: 100, at: START + 30 * DAY })]).tokens, 300);
});

test('an outcome counts half after thirty days, and one that comes late what it should', () => {
  const old = fact({ outcome: 'failure' });
  const young = fact({ at: START + HALF_LIFE_MS });
  for (const order of [
    [old, young],
    [young, old],
  ]) {
    const { at, successes, failures } = of(order);
    assert.equal(at, START + HALF_LIFE_MS);
    assert.ok(Math.abs(successes - 1) < 1e-12 && Math.abs(failures - 0.5) < 1e-12);
  }
  const later = weightNow(of([old]), START + 2 * HALF_LIFE_MS);
  assert.ok(Math.abs(later - 0.25) < 1e-12);
});

test('powers of two are exact where they can be, and near everywhere', () => {
  for (const n of [-1074, -30, -1, 0, 1, 40, 1023]) assert.equal(powerOfTwo(n), 2 ** n);
  assert.equal(powerOfTwo(-2000), 0);
  for (let x = -40; x < 40; x += 0.37) assert.ok(Math.abs(powerOfTwo(x) / 2 ** x - 1) < 1e-13, String(x));
  assert.equal(faded(-5), 1);
});

test('median and p90 are good to nine percent, and forget as well', (t) => {
  holds(t, 300, fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 60 }), (durations) => {
    const sorted = durations.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] as number;
    const { medianMs, p90Ms } = of(durations.map((durationMs) => fact({ durationMs })));
    for (const [estimate, exact] of [
      [medianMs, at(0.5)],
      [p90Ms, at(0.9)],
    ] as const)
      assert.ok(Math.abs(Math.log2((estimate ?? 0) / exact)) <= 0.126, `${estimate} for ${exact}`);
  });
  const slow = Array.from({ length: 5 }, () => fact({ durationMs: 1e6 }));
  const fast = Array.from({ length: 3 }, () => fact({ durationMs: 1000, at: START + 90 * DAY }));
  assert.ok((of([...slow, ...fast]).medianMs ?? 0) < 1100);
  assert.equal(
    of([fact({ outcome: 'failure', durationMs: 5 })]).medianMs,
    null,
    'only what went well is timed',
  );
});

test('cost is a mean in one currency, and confidence is held against the outcome', () => {
  const cost = (amount: number, currency = 'EUR') => fact({ cost: { amount, currency } });
  assert.deepEqual(of([cost(1), cost(3)]).cost, { amount: 2, currency: 'EUR' });
  assert.deepEqual(of([cost(1), cost(3, 'USD')]).cost, { amount: 3, currency: 'USD' });
  const sure = of([fact({ confidence: 0.9 }), fact({ confidence: 0.9, outcome: 'failure' }), fact()]);
  assert.ok(Math.abs((sure.brier ?? 0) - (0.01 + 0.81) / 2) < 1e-12);
  assert.ok(Math.abs((sure.overconfidence ?? 0) - 0.4) < 1e-12);
  assert.equal(of([fact()]).brier, null);
});

test('everything counts for any capability and for everybody as well', () => {
  const all = [
    fact({ capabilities: ['read', 'read', 'write'] }),
    fact({ participant: 'bob', outcome: 'failure' }),
  ];
  assert.equal(of(all, 'ann', ANY).successes, of(all).successes);
  assert.equal(of(all).failures, 0);
  assert.deepEqual([of(all, ANY).successes, of(all, ANY).failures], [1, 1]);
  assert.equal(folded(all).record('eve', 'read'), null);
});

test('who is not known gets the benefit of the doubt, and uses it up', () => {
  const shown = (successes: number, failures: number): number =>
    trackFactor({ ...of([fact()]), successes, failures }, START);
  const newcomer = trackFactor(null, START);
  assert.ok(newcomer > shown(0, 1) && shown(0, 1) > shown(0, 5));
  assert.ok(newcomer > shown(60, 40) && newcomer < shown(100, 0));
  assert.ok(
    shown(95, 5) - newcomer < 0.02 && shown(95, 5) - newcomer > -0.02,
    'a veteran of 95 % is about as good',
  );
});
