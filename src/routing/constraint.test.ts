import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import { isWithin, unmet, type Constraint } from './constraint.ts';

test('a bound is met by a fact that is stated and within it, and says why where it is not', () => {
  const cases: [Constraint, string | null][] = [
    [{ fact: 'amount', atMost: 100 }, null],
    [{ fact: 'amount', atMost: 99 }, 'amount 100 is over 99'],
    [{ fact: 'amount', atLeast: 101 }, 'amount 100 is under 101'],
    [{ fact: 'case.country', oneOf: ['DE', 'FR'] }, null],
    [{ fact: 'case.country', oneOf: ['FR'] }, 'case.country DE is not FR'],
    [{ fact: 'case.country', noneOf: ['DE'] }, 'case.country DE is left out'],
    [{ fact: 'case.country', atMost: 3 }, 'case.country DE is not a number'],
    [{ fact: 'case', noneOf: ['DE'] }, 'case as given is left out'],
    [{ fact: 'toString' }, 'toString is not known'],
    [{ fact: 'case.city', noneOf: ['Bonn'] }, 'case.city is not known'],
  ];
  for (const [constraint, expected] of cases)
    assert.equal(unmet([constraint], { amount: 100, case: { country: 'DE' } }), expected);
});

const value = fc.constantFrom<(number | string)[]>(1, 2, 3, 4, 'x');
const bound = fc.record(
  {
    fact: fc.constantFrom('a', 'b'),
    oneOf: fc.array(value, { maxLength: 3 }),
    noneOf: fc.array(value, { maxLength: 2 }),
    atLeast: fc.integer({ min: 1, max: 4 }),
    atMost: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['fact'] },
);

test('what is within a bound meets it, whatever the facts', (t) => {
  let within = 0;
  const bounds = fc.tuple(fc.array(bound, { maxLength: 3 }), fc.array(bound, { maxLength: 2 }), value, value);
  holds(t, 20_000, bounds, ([inner, outer, a, b]) => {
    if (!isWithin(inner, outer) || unmet(inner, { a, b }) !== null) return;
    within += 1;
    assert.equal(unmet(outer, { a, b }), null);
  });
  assert.ok(within > 500);
  assert.ok(isWithin([{ fact: 'a', atMost: 5, atLeast: 2 }], [{ fact: 'a', atMost: 6 }]));
  assert.ok(
    isWithin(
      [
        { fact: 'a', oneOf: [1, 9] },
        { fact: 'a', atMost: 5 },
      ],
      [{ fact: 'a', atMost: 5 }],
    ),
  );
  const but = (...noneOf: number[]) => ({ fact: 'a', noneOf });
  assert.ok(isWithin([but(1), but(2)], [but(1, 2)]));
  assert.ok(!isWithin([], [{ fact: 'a', atMost: 6 }]));
});
