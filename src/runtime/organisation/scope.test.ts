import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Constraint, Scope } from '../../routing/index.ts';
import { narrowed, uncovered, type Deed, type Terms } from './scope.ts';

const SEED = process.env['FC_SEED'] === undefined ? {} : { seed: Number(process.env['FC_SEED']) };

const some = (...names: string[]) => fc.option(fc.subarray(names), { nil: null });
const OPERATIONS = ['task.complete', 'task.fail', 'workflow.start', 'task.get'];
const PLAIN = { noNullPrototype: true } as const;
const amount = fc.record(
  { amount: fc.integer({ min: 0, max: 4 }), currency: fc.constantFrom('EUR', 'USD') },
  PLAIN,
);
const scope: fc.Arbitrary<Scope> = fc.record(
  {
    operations: some(...OPERATIONS),
    capabilities: some('a', 'b', 'c'),
    definitions: some('x', 'y'),
    amount: fc.option(amount, { nil: null }),
  },
  PLAIN,
);
const constraint: fc.Arbitrary<Constraint> = fc.oneof(
  fc.record(
    {
      fact: fc.constantFrom('region', 'size'),
      oneOf: fc.subarray([0, 1, 2, 'n'], { minLength: 1 }),
    },
    PLAIN,
  ),
  fc.record({ fact: fc.constant('size'), atMost: fc.integer({ min: 0, max: 3 }) }, PLAIN),
);
const terms: fc.Arbitrary<Terms> = fc.record(
  {
    scope,
    constraints: fc.array(constraint, { maxLength: 2 }),
    expiresAt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
  },
  PLAIN,
);
const deed: fc.Arbitrary<Deed> = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  mutates: fc.boolean(),
  requires: fc.subarray(['a', 'b', 'c', 'd']),
  definition: fc.constantFrom(null, 'x', 'y', 'z'),
  facts: fc.record(
    {
      region: fc.constantFrom('n', 's'),
      size: fc.integer({ min: 0, max: 4 }),
      amount: fc.integer({ min: -5, max: 5 }),
      currency: fc.constantFrom('EUR', 'USD'),
    },
    { requiredKeys: [] },
  ),
});
/** `a` implies `b`. */
const closure = (name: string): string[] => (name === 'a' ? ['a', 'b'] : [name]);

test('what is narrowed never covers more, nor for longer, than what it is narrowed from', () => {
  fc.assert(
    fc.property(terms, terms, deed, (outer, inner, act) => {
      const made = narrowed(outer, inner);
      if (!made.ok) return assert.equal(made.rejection.code, 'delegation_wider');
      if (uncovered(made.value, act, closure) === null) assert.equal(uncovered(outer, act, closure), null);
      if (outer.expiresAt !== null) assert.ok((made.value.expiresAt ?? Infinity) <= outer.expiresAt);
    }),
    { numRuns: 20_000, ...SEED },
  );
});

test('what is narrowed covers no more than what was asked for', () => {
  fc.assert(
    fc.property(terms, terms, deed, (outer, inner, act) => {
      const made = narrowed(outer, inner);
      if (made.ok && uncovered(made.value, act, closure) === null)
        assert.equal(uncovered(inner, act, closure), null);
    }),
    { numRuns: 20_000, ...SEED },
  );
});

test('narrowing to nothing new changes nothing, and narrowing twice is narrowing once', () => {
  const all: Scope = { operations: null, capabilities: null, definitions: null, amount: null };
  const nothing: Terms = { scope: all, constraints: [], expiresAt: null };
  fc.assert(
    fc.property(terms, terms, (outer, inner) => {
      assert.deepEqual(narrowed(outer, nothing), { ok: true, value: outer });
      const made = narrowed(outer, inner);
      if (made.ok) assert.deepEqual(narrowed(outer, made.value), made);
    }),
    { ...SEED },
  );
});

test('why something is not covered is said', () => {
  const all: Scope = { operations: null, capabilities: null, definitions: null, amount: null };
  const act: Deed = {
    operation: 'task.complete',
    mutates: true,
    requires: ['b'],
    definition: 'x',
    facts: {},
  };
  const why = (bounds: Partial<Scope>, constraints: Constraint[] = [], more: Partial<Deed> = {}) =>
    uncovered({ scope: { ...all, ...bounds }, constraints, expiresAt: null }, { ...act, ...more }, closure);
  assert.equal(why({}), null);
  assert.match(why({ operations: ['task.fail'] }) ?? '', /task\.complete is not in its scope/);
  assert.equal(why({ capabilities: ['a'] }), null, 'a implies b');
  assert.match(why({ capabilities: ['c'] }) ?? '', /capability b/);
  assert.equal(why({ capabilities: ['c'] }, [], { mutates: false }), null, 'reading takes no capability');
  assert.match(why({ definitions: ['y'] }) ?? '', /definition x/);
  assert.match(why({ definitions: ['y'] }, [], { definition: null }) ?? '', /not about one definition/);
  const most = { amount: 100, currency: 'EUR' };
  assert.match(why({ amount: most }) ?? '', /not known/);
  assert.match(why({ amount: most }, [], { facts: { amount: 101, currency: 'EUR' } }) ?? '', /over 100 EUR/);
  assert.match(why({ amount: most }, [], { facts: { amount: -101, currency: 'EUR' } }) ?? '', /over 100 EUR/);
  assert.match(why({ amount: most }, [], { facts: { amount: 1, currency: 'USD' } }) ?? '', /over 100 EUR/);
  assert.equal(why({ amount: most }, [], { facts: { amount: 100, currency: 'EUR' } }), null);
  assert.equal(why({ amount: most }, [], { mutates: false }), null, 'reading is worth nothing');
  assert.match(why({}, [{ fact: 'region', oneOf: ['n'] }]) ?? '', /region is not known/);
});
