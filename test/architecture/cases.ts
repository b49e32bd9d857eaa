import { readFileSync } from 'node:fs';
import {
  ADAPTERS,
  CONTRACT,
  folders,
  FOLDERS,
  SCHEMA,
  type Folder,
  type FolderName,
} from '../../scripts/architecture.ts';

/** A file as somebody might write it, and what must be said of it: a rule's name, or nothing. */
export interface Case {
  readonly path: string;
  readonly text: string;
  readonly lint: string | null;
  /** Whether the compiler must refuse it as well; undefined where it has no say. */
  readonly compiles?: boolean;
}

const IMPORTS = 'no-restricted-imports';
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
const PACKAGES = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });

const uses = (specifier: string): string =>
  `import { thing } from '${specifier}';\nexport const mine = thing;\n`;
const usesType = (specifier: string): string =>
  `import type { Thing } from '${specifier}';\nexport const mine: Thing | null = null;\n`;

const slug = (text: string): string => text.replaceAll(/[^a-z0-9]+/gi, '-');

/** Files that exist so that imports have something to find. */
export const targets = (): string[] => [
  ...folders.map(([name]) => `src/${name}/index.ts`),
  ...[...Object.keys(ADAPTERS), CONTRACT].map((name) => `src/store/${name}/index.ts`),
  `src/operations/${SCHEMA}/index.ts`,
  'src/operations/handlers.ts',
  'src/engine/lifecycle.ts',
  'src/policy/policy.ts',
  'src/policy/ruling.ts',
];
export const TARGET = 'export type Thing = string;\nexport const thing: Thing = "";\n';

/** Through references of references, as the compiler sees it. */
const reachable = (name: FolderName): Set<string> => {
  const seen = new Set<string>();
  const visit = (folder: FolderName): void => {
    for (const other of FOLDERS[folder].uses) {
      if (seen.has(other)) continue;
      seen.add(other);
      visit(other);
    }
  };
  visit(name);
  return seen;
};

const fromFolder = ([name, folder]: readonly [FolderName, Folder]): Case[] =>
  folders
    .filter(([other]) => other !== name)
    .map(([other]) => {
      const open = folder.uses.includes(other);
      const part = folder.part?.[other];
      const typesOnly = folder.types?.of.includes(other) ?? false;
      return {
        path: `src/${name}/uses-${other}.ts`,
        text: (typesOnly ? usesType : uses)(`../${other}/${part ? `${part}/` : ''}index.ts`),
        lint: open ? null : IMPORTS,
        compiles: reachable(name).has(other),
      };
    });

const fromPackages = ([name, { packages }]: readonly [FolderName, Folder]): Case[] =>
  PACKAGES.map((of) => ({
    path: `src/${name}/package-${slug(of)}.ts`,
    text: `import * as thing from '${of}';\nexport const mine: unknown = thing;\n`,
    lint: packages.includes(of) ? null : IMPORTS,
  }));

const AMBIENT: Readonly<Record<string, { text: string; lint: string; compiles?: boolean }>> = {
  now: { text: 'export const at = (): number => Date.now();\n', lint: 'no-restricted-globals' },
  date: { text: 'export const at = (): string => String(new Date());\n', lint: 'no-restricted-globals' },
  random: { text: 'export const any = (): number => Math.random();\n', lint: 'no-restricted-properties' },
  locale: {
    text: 'export const order = (a: string, b: string): number => a.localeCompare(b);\n',
    lint: 'no-restricted-properties',
  },
  async: { text: 'export const wait = async (): Promise<void> => {};\n', lint: 'no-async-await' },
  promise: {
    text: 'export const later = (): unknown => Promise.resolve(1);\n',
    lint: 'no-restricted-globals',
  },
  timeout: {
    text: 'export const later = (): unknown => setTimeout(() => 0, 1);\n',
    lint: 'no-restricted-globals',
    compiles: false,
  },
  console: { text: "console.log('hello');\nexport {};\n", lint: 'no-restricted-globals', compiles: false },
  process: { text: 'export const id = process.pid;\n', lint: 'no-restricted-globals', compiles: false },
  fetch: {
    text: "export const get = (): unknown => fetch('x:y');\n",
    lint: 'no-restricted-globals',
    compiles: false,
  },
  node: {
    text: "import * as fs from 'node:fs';\nexport const mine: unknown = fs;\n",
    lint: IMPORTS,
    compiles: false,
  },
};

const fromMachine = ([name]: readonly [FolderName, Folder]): Case[] =>
  Object.entries(AMBIENT).map(([what, found]) => ({ path: `src/${name}/ambient-${what}.ts`, ...found }));

/** The port is everybody's, its adapters are `main`'s alone. */
const adapterCases = (): Case[] => [
  ...folders
    .filter(([name, folder]) => name !== 'store' && folder.uses.includes('store'))
    .map(([name]) => ({
      path: `src/${name}/names-adapter.ts`,
      text: uses('../store/sqlite/index.ts'),
      lint: name === 'main' ? null : IMPORTS,
    })),
  { path: 'src/store/port-names-adapter.ts', text: uses('./memory/index.ts'), lint: IMPORTS },
  { path: 'src/store/port-names-driver.ts', text: uses('better-sqlite3'), lint: IMPORTS },
  { path: 'src/store/sqlite/names-memory.ts', text: uses('../memory/index.ts'), lint: IMPORTS },
  { path: 'src/store/sqlite/names-port.ts', text: uses('../index.ts'), lint: null },
  { path: 'src/store/memory/names-sqlite.ts', text: uses('../sqlite/index.ts'), lint: IMPORTS },
  { path: 'src/store/memory/names-driver.ts', text: uses('better-sqlite3'), lint: IMPORTS },
  { path: 'src/engine/takes-value.ts', text: uses('../policy/policy.ts'), lint: IMPORTS },
  { path: 'src/engine/takes-table.ts', text: uses('../policy/ruling.ts'), lint: null },
  { path: 'src/store/takes-value.ts', text: uses('../engine/index.ts'), lint: IMPORTS },
  { path: 'src/store/takes-table.ts', text: uses('../engine/lifecycle.ts'), lint: null },
  { path: 'src/store/sqlite/takes-value.ts', text: uses('../../ledger/index.ts'), lint: IMPORTS },
  { path: 'src/runtime/beside.test.ts', text: uses('../store/memory/index.ts'), lint: null },
];

const schemaCases = (): Case[] => [
  { path: 'src/client/names-handlers.ts', text: uses('../operations/handlers.ts'), lint: IMPORTS },
  { path: 'src/client/names-operations.ts', text: usesType('../operations/index.ts'), lint: IMPORTS },
  { path: 'src/client/names-node.ts', text: uses('node:fs'), lint: IMPORTS },
  { path: `src/operations/${SCHEMA}/names-handlers.ts`, text: uses('../handlers.ts'), lint: IMPORTS },
  {
    path: `src/operations/${SCHEMA}/names-runtime.ts`,
    text: usesType('../../runtime/index.ts'),
    lint: IMPORTS,
  },
  { path: `src/operations/${SCHEMA}/names-type.ts`, text: usesType('../../engine/index.ts'), lint: null },
  { path: `src/operations/${SCHEMA}/names-value.ts`, text: uses('../../engine/index.ts'), lint: IMPORTS },
];

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `  void ${i};\n`).join('');
const sizeCases = (): Case[] => [
  {
    path: 'src/runtime/cycle-a.ts',
    text: uses('./cycle-b.ts').replaceAll('thing', 'mine as b'),
    lint: 'no-cycle',
  },
  {
    path: 'src/runtime/cycle-b.ts',
    text: uses('./cycle-a.ts').replaceAll('thing', 'mine as b'),
    lint: 'no-cycle',
  },
  {
    path: 'src/runtime/long-function.ts',
    text: `export const f = (): void => {\n${lines(81)}};\n`,
    lint: 'max-lines-per-function',
  },
  { path: 'src/runtime/long-file.ts', text: 'export {};\n'.repeat(401), lint: 'max-lines' },
];

export const cases = (): Case[] => [
  ...folders.flatMap(fromFolder),
  ...folders.flatMap(fromPackages),
  ...folders.filter(([name]) => (FOLDERS[name] as Folder).pure).flatMap(fromMachine),
  ...adapterCases(),
  ...schemaCases(),
  ...sizeCases(),
];
