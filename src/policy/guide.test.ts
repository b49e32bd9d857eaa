/** The guide is right: its tables are those of the code, its examples do what it says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseDefinition, type JsonObject } from '../definition/index.ts';
import { at, facts, policies, rule } from '../../test/policy-kit/index.ts';
import {
  AUTONOMIES,
  AUTONOMY,
  checkPolicy,
  FACTS,
  factTable,
  POINTS,
  readProfile,
  readStandingGrant,
  type Point,
  type Verdict,
} from './index.ts';

const GUIDE = readFileSync(new URL('../../docs/guides/policies.md', import.meta.url), 'utf8');

const cells = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
/** As the formatter writes it: padded to the longest cell. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => cells(row.map((cell, at) => cell.padEnd(widths[at]!)));
  const rule = cells(widths.map((width) => '-'.repeat(width)));
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
};

/** Objects that are at several places are told once, under their name. */
const SHARED = {
  participant: ['startedBy', 'run.start'],
  run: ['run', 'tool.call'],
  task: ['task', 'tool.call'],
} as const;
const propertiesOf = (shape: JsonObject): string => JSON.stringify(shape['properties']);
const sharedNames = new Map(
  Object.entries(SHARED).map(([name, [fact, point]]) => [
    propertiesOf((FACTS[point] as { readonly [name: string]: { readonly shape: JsonObject } })[fact]!.shape),
    name,
  ]),
);

const factsAt = (point: Point): string[][] =>
  Object.entries(FACTS[point]).flatMap(([name, fact]) => {
    const shared = sharedNames.get(propertiesOf(fact.shape));
    const own = factTable(point).filter(({ path }) => path === name || path.startsWith(`${name}.`));
    const shown =
      shared === undefined ? own : own.slice(0, 1).map((row) => ({ ...row, type: `_${shared}_` }));
    return shown.map(({ path, type, says }) => [`\`${path}\``, type, says]);
  });
const sharedFacts = (): string[][] =>
  Object.entries(SHARED).flatMap(([name, [fact, point]]) =>
    factTable(point)
      .filter(({ path }) => path.startsWith(`${fact}.`))
      .map(({ path, type, says }) => [`_${name}_\`${path.slice(fact.length)}\``, type, says]),
  );

const VERDICTS: { readonly [verdict in Verdict]: string } = {
  allow: '–',
  route_to_human: 'human',
  require_approval: 'approval',
  deny: 'deny',
};

const TABLES: { readonly [name: string]: () => string } = {
  facts: () =>
    table([
      ['at', 'fact', 'type', 'is'],
      ...POINTS.flatMap((point) =>
        factsAt(point).map((row, index) => [index === 0 ? `\`${point}\`` : '', ...row]),
      ),
      ...sharedFacts().map((row) => ['', ...row]),
    ]),
  autonomy: () =>
    table([
      ['at', 'code', 'holds when', ...AUTONOMIES],
      ...POINTS.flatMap((point) =>
        Object.entries(AUTONOMY[point]).map(([code, row]) => [
          `\`${point}\``,
          `\`${code}\``,
          row.holds,
          ...AUTONOMIES.map((name) => VERDICTS[row[name]]),
        ]),
      ),
    ]),
};

describe('the guide', () => {
  for (const [name, make] of Object.entries(TABLES))
    test(`has the table of ${name}`, () => {
      assert.ok(GUIDE.includes(make()), `docs/guides/policies.md is to hold this table:\n\n${make()}\n`);
    });

  const documents = [...GUIDE.matchAll(/^```yaml (policy|profile|grant)\n([^]*?)^```/gm)].map(
    ([, kind, text = '']) => {
      const parsed = parseDefinition(text, 'yaml');
      assert.ok(parsed.ok, text);
      return { kind, document: parsed.document as JsonObject };
    },
  );
  const examples = new Map(
    documents.flatMap(({ kind, document }) =>
      kind === 'policy' ? [[document['id'] as string, document]] : [],
    ),
  );

  /** For each policy: facts on which it does what the guide says of it, and facts on which it does nothing. */
  const cases: { readonly [id: string]: readonly [Point, Verdict, JsonObject, JsonObject] } = {
    'refunds-over-100': ['tool.call', 'require_approval', {}, { arguments: { amount: 100 } }],
    'no-payments-at-night': [
      'record.write',
      'deny',
      { now: at(Date.UTC(2026, 0, 5, 22)), record: { system: 'bank' } },
      { record: { system: 'bank' } },
    ],
    'unsure-extractions': [
      'task.complete',
      'route_to_human',
      { task: { requires: ['invoice_processing'] }, confidence: 0.8 },
      { task: { requires: ['invoice_processing'] } },
    ],
    'caps-for-clerks': ['run.start', 'allow', {}, { startedBy: { roles: ['manager'] } }],
    'tell-security': ['delegate', 'allow', { delegation: { depth: 2 } }, {}],
  };

  test('has a case for each of its policies', () => {
    assert.deepEqual([...examples.keys()].toSorted(), Object.keys(cases).toSorted());
  });
  for (const [id, [point, verdict, yes, no]] of Object.entries(cases))
    test(`is right about ${id}`, () => {
      const document = examples.get(id)!;
      assert.deepEqual(checkPolicy(document), []);
      const applied = rule(policies(document), point, facts(point, yes));
      assert.equal(applied.verdict, verdict);
      assert.ok(applied.reasons.some(({ policy, failedClosed }) => policy?.id === id && !failedClosed));
      assert.ok(
        !rule(policies(document), point, facts(point, no)).reasons.some(({ policy }) => policy?.id === id),
      );
    });

  test('shows a profile', () => {
    const profiles = documents.filter(({ kind }) => kind === 'profile');
    assert.equal(profiles.length, 1);
    assert.ok(readProfile(profiles[0]!.document, 1).ok);
  });

  test('shows a standing grant', () => {
    const grants = documents.filter(({ kind }) => kind === 'grant');
    assert.equal(grants.length, 1);
    const read = readStandingGrant(grants[0]!.document, { grantedAt: 0, restsOn: ['profile:balanced@1'] });
    assert.ok(read.ok, JSON.stringify(read));
  });
});
