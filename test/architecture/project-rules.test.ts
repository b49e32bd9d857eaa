import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { folders, FOLDERS, type Folder } from '../../scripts/architecture.ts';
import { RULES, type Files } from '../../scripts/project-rules.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** A small project that keeps every rule. */
const sound = (): Map<string, string> =>
  new Map([
    ...folders.map(([name]) => [`src/${name}/tsconfig.json`, read(`src/${name}/tsconfig.json`)] as const),
    ['docs/guides/agent.md', '```ts agent\nworker({}, handler);\n```\n'],
    ['README.md', '```ts\nworker({}, handler);\n```\n'],
    ['package-lock.json', '{ "packages": { "": {} } }'],
    ['docs/state-machines.md', read('docs/state-machines.md')],
    [
      'docs/decisions/0001-first.md',
      'See [the picture](../state-machines.md#run) and [the folder](../../src/engine/).',
    ],
    ['src/engine/evolve.ts', 'export {};\n'.repeat(400)],
    ['src/engine/draft.ts', '/**\n * DRAFT-1  What holds.\n */\n'],
    ['src/store/sqlite/write.ts', '/**\n * WRITE-1  What holds here.\n */\n'],
    ['src/store/postgres/write.ts', '/**\n * WRITE-1  What holds there.\n */\n'],
  ]);

const broken: Readonly<Record<keyof typeof RULES, readonly [path: string, text: string]>> = {
  lockfileIsComplete: [
    'package-lock.json',
    '{ "packages": { "node_modules/a": { "optionalDependencies": { "a-darwin-arm64": "1.0.0" } } } }',
  ],
  lockfileNamesNoHost: ['package-lock.json', '{ "packages": {}, "resolved": "https://example.org/a.tgz" }'],
  noMachinePaths: ['README.md', ['Look in /', 'home/somebody/humanos.'].join('')],
  filesAreShort: ['src/engine/evolve.ts', 'export {};\n'.repeat(401)],
  invariantsHaveOneHome: ['src/runtime/draft.ts', '/**\n * DRAFT-1  Something else.\n */\n'],
  namesSayWhatItIs: ['src/engine/utils/list.ts', ''],
  referencesAreTheTable: [
    'src/engine/tsconfig.json',
    '{ "extends": "../../tsconfig.pure.json", "references": [{ "path": "../store" }] }',
  ],
  everyFolderHasWalls: ['src/unknown/index.ts', ''],
  stateMachinesAreCurrent: ['docs/state-machines.md', '# State machines\n'],
  linksLead: ['docs/README.md', '[nowhere](missing.md)'],
  decisionsAreNumbered: ['docs/decisions/0001-second.md', ''],
  readmeQuotesGuides: ['README.md', '```ts\nworker({}, other);\n```\n'],
};

test('a sound project has no problems', () => {
  for (const [name, rule] of Object.entries(RULES)) assert.deepEqual(rule(sound()), [], name);
});

for (const [name, [path, text]] of Object.entries(broken))
  test(`${name} stops ${path}`, () => {
    const files: Files = sound().set(path, text);
    assert.equal(RULES[name as keyof typeof RULES](files).length, 1);
  });

test('helpers.ts is no name either, and a pure folder keeps its pure base', () => {
  const files = sound().set('test/helpers.ts', '');
  files.set('src/engine/tsconfig.json', read('src/engine/tsconfig.json').replace('.pure.', '.base.'));
  assert.equal(RULES.namesSayWhatItIs(files).length, 1);
  assert.equal(RULES.referencesAreTheTable(files).length, 1);
});

/** What the table may say, so that widening it is a decision and not a slip. */
/** Of the pure folders that do not use `definition` alone; the engine takes types of policies, and what only calculates. */
const PURE_USES: Readonly<Record<string, readonly string[]>> = {
  definition: [],
  engine: ['definition', 'policy'],
};

test('the table keeps the direction: pure below, shells above, main on top', () => {
  const uses = (name: keyof typeof FOLDERS): readonly string[] => FOLDERS[name].uses;
  for (const [name, folder] of folders)
    if (folder.pure) assert.deepEqual(folder.uses, PURE_USES[name] ?? ['definition'], name);
  assert.deepEqual(
    folders
      .filter(([, folder]) => folder.pure)
      .map(([name]) => name)
      .toSorted(),
    ['definition', 'engine', 'ledger', 'planning', 'policy', 'routing'],
  );
  for (const shell of ['runtime', 'operations', 'http', 'client', 'worker', 'cli', 'main'])
    for (const lower of ['definition', 'engine', 'routing', 'ledger', 'store'] as const)
      assert.ok(!uses(lower).includes(shell), `${lower} uses ${shell}`);
  assert.deepEqual(uses('http'), ['operations']);
  assert.deepEqual(
    [uses('client'), (FOLDERS.client as Folder).part],
    [['operations'], { operations: 'schema' }],
  );
  assert.deepEqual([uses('worker'), uses('cli')], [['client'], ['client', 'definition']]);
});
