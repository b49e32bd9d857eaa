import { readFileSync } from 'node:fs';
import { defineConfig, type OxlintOverride } from 'oxlint';
import { ADAPTERS, CONTRACT, folders, FOLDERS, SCHEMA, type Folder } from './scripts/architecture.ts';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
const PACKAGES = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
const NAMES = Object.keys(FOLDERS);
const UP = '^(\\.\\./)+';
const anyOf = (names: readonly string[]): string => `(${names.join('|')})`;
const escaped = (text: string): string => text.replaceAll(/[./-]/g, '\\$&');

/** A regular expression, or gitignore-style patterns where there are exceptions. */
interface Ban {
  readonly regex?: string;
  readonly group?: string[];
  readonly message: string;
  readonly allowTypeImports?: true;
}

const without = (all: readonly string[], allowed: readonly string[]): string[] =>
  all.filter((name) => !allowed.includes(name));

const packagesBan = (allowed: readonly string[]): Ban => ({
  regex: `^${anyOf(without(PACKAGES, allowed).map(escaped))}(/|$)`,
  message: 'This folder does not use that package: see scripts/architecture.ts.',
});

const foldersBan = (name: string, folder: Folder): Ban[] => {
  const foreign = without(NAMES, [name, ...folder.uses]);
  return foreign.length === 0
    ? []
    : [
        {
          regex: `${UP}${anyOf(foreign)}/`,
          message: `${name} does not know that folder: see scripts/architecture.ts.`,
        },
      ];
};

const partsBan = (folder: Folder): Ban[] =>
  Object.entries(folder.part ?? {}).map(([other, part]) => ({
    group: [`**/${other}/**`, `!**/${other}/${part}/**`],
    message: `Only ${other}/${part}/ is open to this folder.`,
  }));

const valuesBan = ({ types }: Folder): Ban[] =>
  types
    ? [
        {
          group: [...types.of.map((of) => `**/${of}/**`), ...types.values.map((path) => `!**/${path}`)],
          message: 'Types only: use `import type`.',
          allowTypeImports: true,
        },
      ]
    : [];

const ADAPTER_BAN: Ban = {
  regex: `(^|/)store/${anyOf([...Object.keys(ADAPTERS), CONTRACT])}/`,
  message: 'Only src/main names an adapter; everything else knows the port.',
};
const NODE_BAN: Ban = { regex: '^node:', message: 'What comes from the machine is passed in.' };
const MAIN_BAN: Ban = {
  regex: `${UP}main/`,
  message: 'src/main wires the parts; nothing knows it.',
};

const imports = (bans: readonly Ban[]): NonNullable<OxlintOverride['rules']> => ({
  'no-restricted-imports': ['error', { patterns: bans }],
});

const wall = (name: string, folder: Folder): OxlintOverride => ({
  files: [`src/${name}/**/*.ts`],
  rules: imports([
    packagesBan(folder.packages),
    ...foldersBan(name, folder),
    ...partsBan(folder),
    ...valuesBan(folder),
    ...(name === 'main' ? [] : [MAIN_BAN]),
    ...(name === 'main' || name === 'store' ? [] : [ADAPTER_BAN]),
    ...(folder.pure || folder.portable ? [NODE_BAN] : []),
  ]),
});

const store: Folder = FOLDERS.store;
/** The port knows no adapter, and no adapter knows another. */
const storeWalls: OxlintOverride[] = [
  {
    files: ['src/store/*.ts'],
    rules: imports([
      packagesBan([]),
      ...foldersBan('store', store),
      ...valuesBan(store),
      { ...ADAPTER_BAN, regex: `^\\./${anyOf([...Object.keys(ADAPTERS), CONTRACT])}/` },
    ]),
  },
  ...Object.entries(ADAPTERS).map(([name, { packages }]) => ({
    files: [`src/store/${name}/**/*.ts`],
    rules: imports([
      packagesBan(packages),
      ...foldersBan('store', store),
      ...valuesBan(store),
      {
        regex: `${UP}${anyOf([...without(Object.keys(ADAPTERS), [name]), CONTRACT])}/`,
        message: 'Adapters do not know each other.',
      },
    ]),
  })),
];

/** What the client takes of `operations` must not lead it to the handlers. */
const schemaWall: OxlintOverride = {
  files: [`src/operations/${SCHEMA}/**/*.ts`],
  rules: imports([
    packagesBan(['zod']),
    NODE_BAN,
    ...foldersBan('operations', {
      ...FOLDERS.operations,
      uses: ['definition', 'engine', 'ledger', 'routing'],
    }),
    {
      regex: `${UP}${anyOf(FOLDERS.operations.uses)}/`,
      message: 'Types only: use `import type`.',
      allowTypeImports: true,
    },
    { regex: '^\\.\\./[^.]', message: 'Schemas lean on each other and on types alone.' },
  ]),
};

/** What differs between two moments or two machines. */
const AMBIENT = [
  'Date',
  'FinalizationRegistry',
  'Intl',
  'Promise',
  'WeakRef',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

const purity: OxlintOverride = {
  files: folders.filter(([, folder]) => folder.pure).map(([name]) => `src/${name}/**/*.ts`),
  rules: {
    'oxc/no-async-await': 'error',
    'no-restricted-globals': ['error', ...AMBIENT],
    'no-restricted-properties': [
      'error',
      { object: 'Math', property: 'random', message: 'Chance is passed in.' },
      { property: 'localeCompare', message: 'The order must not depend on the locale of the machine.' },
      { property: 'toLocaleString', message: 'The text must not depend on the locale of the machine.' },
    ],
  },
};

/** Rules of the chosen categories that are off everywhere, each for the reason above it. */
const OFF: NonNullable<OxlintOverride['rules']> = {
  // The compiler reports unused names (`noUnusedLocals`, `noUnusedParameters`).
  'no-unused-vars': 'off',
  // Short words of the field (`name`, `task`, `item`) recur in nested callbacks, where the inner one is meant.
  'no-shadow': 'off',
  // Order matters: what is awaited in a loop is sequential on purpose.
  'no-await-in-loop': 'off',
  // A function stands beside its only use, also when it closes over nothing.
  'unicorn/consistent-function-scoping': 'off',
  // Arrays just made are sorted and reversed in place; parameters are `readonly`, which the compiler holds.
  'unicorn/no-array-sort': 'off',
  'unicorn/no-array-reverse': 'off',
  // Lists that are searched here have a handful of entries.
  'unicorn/prefer-set-has': 'off',
  // Spreading a text goes by code points, which is what is meant where it is done.
  'typescript/no-misused-spread': 'off',
  // Loops end on an `AbortSignal`, which somebody else changes.
  'no-unmodified-loop-condition': 'off',
  // A copy is walked through where the loop changes what it walks through.
  'unicorn/no-useless-spread': 'off',
  // What is mapped belongs to somebody else: copies are wanted.
  'oxc/no-map-spread': 'off',
  // `then` is a word of the definition language (`onFailure.then`).
  'unicorn/no-thenable': 'off',
  // `node:assert` and `fast-check` are used through their default export, as their manuals do.
  'import/no-named-as-default': 'off',
  'import/no-named-as-default-member': 'off',
  // Stored rows and JSON are narrowed where they enter, and indexes where the invariant holds.
  'typescript/no-unsafe-type-assertion': 'off',
  // Ports are records of functions that use no `this`; classes are passed whole.
  'typescript/unbound-method': 'off',
  // The compiler reports a path without a value where the type wants one; a `switch` over a union needs no default.
  'typescript/consistent-return': 'off',
};

const nodeTest = ['after', 'afterEach', 'before', 'beforeEach', 'describe', 'it', 'suite', 'test'];

/** Tests may use everything, and are as long as their tables. */
const tests: OxlintOverride = {
  files: [
    '**/*.test.ts',
    `src/store/${CONTRACT}/**/*.ts`,
    'test/**/*.ts',
    'bench/**/*.ts',
    'examples/**/*.ts',
  ],
  rules: {
    'no-restricted-imports': 'off',
    'no-restricted-globals': 'off',
    'no-restricted-properties': 'off',
    'oxc/no-async-await': 'off',
  },
};

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  env: { builtin: true, node: true },
  options: { reportUnusedDisableDirectives: 'error', typeAware: true },
  ignorePatterns: ['dist', '.build', 'bench/peers'],
  rules: {
    // `== null` means "null or undefined".
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'max-lines': ['error', { max: 400 }],
    'max-lines-per-function': ['error', { max: 80 }],
    'no-console': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'import/no-mutable-exports': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': [
      'error',
      { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: nodeTest }] },
    ],
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'unicorn/prefer-node-protocol': 'error',
    ...OFF,
  },
  overrides: [
    ...folders.map(([name, folder]) => wall(name, folder)),
    ...storeWalls,
    schemaWall,
    purity,
    tests,
    // Tests are as long as the tables they walk through.
    {
      files: ['**/*.test.ts', 'test/**/*.ts', `src/store/${CONTRACT}/**/*.ts`],
      rules: { 'max-lines-per-function': 'off' },
    },
    // Code lists are data.
    { files: ['examples/invoices/en16931/codes/**'], rules: { 'max-lines': 'off' } },
    // These talk to a terminal.
    {
      files: ['src/cli/**', 'src/main/**', 'scripts/**', 'bench/**', 'examples/**', 'test/**'],
      rules: { 'no-console': 'off' },
    },
    // The tools that read these files ask for a default export.
    { files: ['*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    // `humanos worker FILE` runs the default export.
    { files: ['examples/*/agent.ts'], rules: { 'import/no-default-export': 'off' } },
  ],
});
