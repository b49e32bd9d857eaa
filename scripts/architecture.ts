/**
 * The walls between the folders of `src/`, as one table. `oxlint.config.ts` makes lint rules of it, `check-project.ts` holds the
 * `tsconfig.json` of each folder against it, and `test/architecture/` shows that each wall stands.
 */
export interface Folder {
  /** Folders whose code it may use. */
  readonly uses: readonly string[];
  /** Folders of which it may use types only; a path allows the values of that file as well. */
  readonly types?: { readonly of: readonly string[]; readonly values: readonly string[] };
  /** Where `uses` allows only a part of a folder: that part. */
  readonly part?: Readonly<Record<string, string>>;
  /** npm packages it may import. */
  readonly packages: readonly string[];
  /** No clock, no chance, no input or output: the same result for the same input. */
  readonly pure?: true;
  /** Runs in a browser as well, hence without `node:`. */
  readonly portable?: true;
}

export const FOLDERS = {
  definition: {
    uses: [],
    packages: ['@marcbachmann/cel-js', 'ajv', 'ajv-formats', 'yaml', 'zod'],
    pure: true,
  },
  engine: {
    uses: ['definition', 'policy'],
    types: {
      of: ['policy'],
      values: [
        'policy/combine.ts',
        'policy/joined.ts',
        'policy/ruling.ts',
        'policy/tool-gate.ts',
        'policy/standing-grant.ts',
        'policy/tool-name.ts',
        'policy/tool-request.ts',
      ],
    },
    packages: [],
    pure: true,
  },
  routing: { uses: ['definition'], packages: [], pure: true },
  policy: { uses: ['definition'], packages: ['zod'], pure: true },
  planning: { uses: ['definition'], packages: [], pure: true },
  ledger: { uses: ['definition'], packages: ['canonicalize'], pure: true },
  store: {
    uses: ['definition', 'engine', 'ledger', 'routing'],
    types: {
      of: ['definition', 'engine', 'ledger', 'routing'],
      values: ['engine/lifecycle.ts', 'routing/queue-order.ts'],
    },
    packages: [],
  },
  runtime: {
    uses: ['definition', 'engine', 'ledger', 'policy', 'routing', 'store'],
    packages: ['lru-cache', 'uuidv7'],
  },
  channels: {
    uses: ['definition', 'engine', 'ledger', 'routing', 'runtime', 'store'],
    packages: ['nodemailer'],
  },
  operations: {
    uses: ['channels', 'definition', 'engine', 'ledger', 'planning', 'policy', 'routing', 'runtime', 'store'],
    packages: ['uuidv7', 'zod'],
  },
  agents: { uses: ['planning'], packages: ['@ai-sdk/openai-compatible', 'ai'] },
  http: {
    uses: ['operations'],
    packages: ['@hono/node-server', 'hono', 'prom-client', 'zod'],
  },
  client: { uses: ['operations'], part: { operations: 'schema' }, packages: ['zod'], portable: true },
  worker: { uses: ['client'], packages: [] },
  // What somebody writes at the command line is read as what they send is.
  cli: {
    uses: ['client', 'definition'],
    types: { of: ['definition'], values: ['definition/parse.ts'] },
    packages: ['@clack/prompts', 'commander'],
  },
  main: {
    uses: [
      'channels',
      'agents',
      'cli',
      'client',
      'definition',
      'engine',
      'http',
      'ledger',
      'operations',
      'planning',
      'routing',
      'runtime',
      'store',
      'worker',
    ],
    packages: ['@hono/node-server', 'pino', 'prom-client'],
  },
} as const satisfies Record<string, Folder>;

export type FolderName = keyof typeof FOLDERS;

export const folders: readonly (readonly [FolderName, Folder])[] = Object.entries(FOLDERS) as [
  FolderName,
  Folder,
][];

/** Implementations of the port; named by `main` and by tests alone. */
export const ADAPTERS = {
  memory: { packages: [] },
  sqlite: { packages: ['better-sqlite3'] },
  postgres: { packages: ['pg'] },
} as const satisfies Record<string, { readonly packages: readonly string[] }>;

/** The suites every adapter passes. They are test code, and live beside the port so that a new adapter finds them. */
export const CONTRACT = 'contract';

/** Parts of `operations` that others may use: plain schemas, which must not lead to the handlers. */
export const SCHEMA = 'schema';
