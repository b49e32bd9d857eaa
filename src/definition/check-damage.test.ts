import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkDefinition } from './check.ts';
import { compileDefinition } from './compile.ts';
import type { Json } from './json.ts';
import { parseDefinition } from './parse.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

// oxlint-disable-next-line typescript/no-explicit-any -- documents are taken apart at places that only a test knows
type Loose = any;

function sample(name: 'invoices' | 'everything'): Loose {
  const parsed = parseDefinition(readFileSync(join(import.meta.dirname, 'samples', `${name}.yaml`), 'utf8'));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return structuredClone(parsed.document);
}

/** The place that a problem names, or undefined. */
function at(document: Json, path: string): Json | undefined {
  let value: Loose = document;
  for (const [, key, index, quoted] of path.matchAll(
    /(?:^|\.)([A-Za-z_$][\w$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g,
  )) {
    const part = key ?? (index === undefined ? (JSON.parse(quoted!) as string) : Number(index));
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value as object, part))
      return undefined;
    value = value[part];
  }
  return value as Json;
}

const places = (value: Loose, path: (string | number)[] = []): (string | number)[][] =>
  typeof value === 'object' && value !== null
    ? [
        path,
        ...Object.keys(value as object).flatMap((key) =>
          places(value[key], [...path, Array.isArray(value) ? Number(key) : key]),
        ),
      ]
    : [path];

const junk = fc.constantFrom<Json>(
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  '${',
  '${ nope }',
  '${ phases.x.y }',
  '${ input.a.b.c }',
  [],
  [[]],
  {},
  { x: 1 },
  ['${ item }'],
  'constructor',
  'a b',
  { $ref: '#' },
  [null],
  '8h',
  'role:x',
);

test('damage of any kind is never a crash, and every problem names a place that exists', (t) => {
  t.diagnostic(`SEED=${seed}`);
  fc.assert(
    fc.property(
      fc.constantFrom('invoices' as const, 'everything' as const),
      fc.array(fc.tuple(fc.nat(), junk, fc.constantFrom('replace', 'delete', 'add', 'rename')), {
        minLength: 1,
        maxLength: 4,
      }),
      (name, damages) => {
        let document = sample(name);
        for (const [pick, value, how] of damages)
          document = damage(document, pick, structuredClone(value), how);
        const problems = checkDefinition(document as Json, {
          capabilitiesHeld: new Set(),
          roles: new Set(),
          systems: new Set(),
          definitions: () => false,
        });
        for (const { path, message } of problems) {
          assert.notEqual(
            at(document as Json, path),
            undefined,
            `${path}: ${message}\n${JSON.stringify(document)}`,
          );
          assert.match(message, /^\S.{8,}[.?]$/s, 'a whole sentence');
        }
        const compiled = compileDefinition(document as Json, 'x');
        assert.equal(
          compiled.ok,
          !checkDefinition(document as Json).some(({ severity }) => severity === 'error'),
        );
      },
    ),
    { seed, numRuns: 250 },
  );
});

function damage(document: Loose, pick: number, value: Json, how: string): Loose {
  const all = places(document).filter((path) => path.length > 0);
  const path = all[pick % Math.max(1, all.length)];
  if (path === undefined) return value;
  const parent = path.slice(0, -1).reduce<Loose>((node, part) => node[part], document);
  const key = path.at(-1)!;
  if (how === 'replace') parent[key] = value;
  else if (how === 'delete' && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (how === 'delete') delete parent[key];
  else if (Array.isArray(parent)) parent.push(value);
  else if (how === 'add') parent['extra'] = value;
  else {
    parent[`${key}s`] = parent[key];
    delete parent[key];
  }
  return document;
}

test('a key that is not known, or a wrong type, is always a problem', (t) => {
  t.diagnostic(`SEED=${seed}`);
  const strict = places(sample('everything')).filter((path) => {
    const text = path.join('.');
    return !/input|subject|output|forEach|\.for$|until/.test(text);
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...strict.filter((path) => path.length > 0)),
      fc.constantFrom<Json>({ 'no such key': 1 }, [[['no']]], -7.5),
      (path, value) => {
        const document = sample('everything');
        const parent = path.slice(0, -1).reduce<Loose>((node, part) => node[part], document);
        parent[path.at(-1)!] = value;
        assert.ok(checkDefinition(document as Json).length > 0, path.join('.'));
      },
    ),
    { seed, numRuns: 300 },
  );
});
