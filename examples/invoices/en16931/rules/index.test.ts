/** Every rule of the standard is there once, and the tables of the other tests have a case for each that can break. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { RULES } from './index.ts';

/** `BR-CO-05` to `-08` ask whether two texts mean the same: nothing breaks them. */
const NEVER_BROKEN = ['BR-CO-05', 'BR-CO-06', 'BR-CO-07', 'BR-CO-08'];

function numbered(family: string, numbers: readonly (readonly [number, number])[]): string[] {
  return numbers.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, index) => `${family}-${String(from + index).padStart(2, '0')}`),
  );
}

const STANDARD = [
  ...numbered('BR', [
    [1, 33],
    [36, 38],
    [41, 57],
    [61, 65],
  ]),
  ...numbered('BR-CO', [[3, 26]]),
  ...numbered('BR-DEC', [
    [1, 2],
    [5, 6],
    [9, 20],
    [23, 25],
    [27, 28],
  ]),
  ...['S', 'Z', 'E', 'AE', 'IC', 'G', 'O', 'AF', 'AG'].flatMap((id) => numbered(`BR-${id}`, [[1, 10]])),
  ...numbered('BR-IC', [[11, 12]]),
  ...numbered('BR-O', [[11, 14]]),
  ...numbered('BR-B', [[1, 2]]),
  ...numbered('BR-CL', [
    [1, 1],
    [3, 8],
    [10, 11],
    [13, 26],
  ]),
];

it('holds every rule of the standard once', () => {
  assert.deepEqual(RULES.map((rule) => rule.id).sort(), STANDARD.sort());
});

it('says in words what each rule asks', () => {
  for (const rule of RULES) assert.match(rule.message, /^[A-Z].{20,}\.$/, rule.id);
});

it('has a case that breaks each rule', () => {
  const folder = new URL('./', import.meta.url);
  const tables = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts') && name !== 'index.test.ts')
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const families = /^BR-(?:S|Z|E|AE|IC|G|O|AF|AG)-(?:0[1-9]|10)$/;
  const without = RULES.map((rule) => rule.id).filter(
    (id) => !families.test(id) && !tables.includes(`'${id}'`),
  );
  assert.deepEqual(without, NEVER_BROKEN);
});
