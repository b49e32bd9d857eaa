/**
 * Rules of the project that no compiler or linter knows. Each takes the files as they are and says what is wrong with them, one
 * line per problem.
 */
import { posix } from 'node:path';
import { folders } from './architecture.ts';
import { stateMachines } from './generate-state-machines.ts';
import { absentOptionals, type Lockfile } from './lockfile.ts';

/** Text by path, relative to the root, with `/`. */
export type Files = ReadonlyMap<string, string>;
export type Rule = (files: Files) => string[];

const MOST_LINES = 400;
const CODE = /^(src|test|bench|examples|scripts|web)\//;
/** Made by tools, or data. */
const DATA = /\.(json|sql|xml|svg)$|\/codes\//;
const BUCKETS = /^(utils?|helpers?|common|types|shared|misc)(\.\w+)*$/;

const matching = (files: Files, path: RegExp): [string, string][] =>
  [...files].filter(([name]) => path.test(name));

/** Else `npm ci` fails. */
const lockfileIsComplete: Rule = (files) =>
  matching(files, /^package-lock\.json$/).flatMap(([path, text]) =>
    absentOptionals(JSON.parse(text) as Lockfile).map(
      ({ of, name }) => `${path}: ${of} may need ${name}, which has no entry; npm run lock`,
    ),
  );

const lockfileNamesNoHost: Rule = (files) =>
  matching(files, /(^|\/)package-lock\.json$/).flatMap(([path, text]) =>
    text.includes('"resolved": "http') ? [`${path}: holds registry addresses; see .npmrc`] : [],
  );

/** Paths of somebody's machine, and hosts of package registries. */
const ABSOLUTE =
  /(?<![\w.])\/(?:home|root|work|Users)\/[\w.-]+|\b[A-Z]:\\\\?Users\\|registry\.(?:npmjs|yarnpkg)\.\w+/;

const noMachinePaths: Rule = (files) =>
  [...files].flatMap(([path, text]) => {
    const found = ABSOLUTE.exec(text);
    return found ? [`${path}: ${found[0]} is a place on one machine`] : [];
  });

const lineCount = (text: string): number => text.split('\n').length - 1;

const filesAreShort: Rule = (files) =>
  matching(files, /^src\//)
    .filter(([path, text]) => !DATA.test(path) && lineCount(text) > MOST_LINES)
    .map(([path, text]) => `${path}: ${lineCount(text)} lines, more than ${MOST_LINES}`);

const namesSayWhatItIs: Rule = (files) =>
  matching(files, CODE).flatMap(([path]) => {
    const bucket = path.split('/').find((part) => BUCKETS.test(part));
    return bucket ? [`${path}: "${bucket}" does not say what is in it`] : [];
  });

/** The references of each folder are the folders it may use. */
const referencesAreTheTable: Rule = (files) =>
  folders.flatMap(([name, { uses, pure }]) => {
    const path = `src/${name}/tsconfig.json`;
    const config = JSON.parse(files.get(path) ?? '{}') as {
      extends?: string;
      references?: { path: string }[];
    };
    const actual = (config.references ?? []).map((reference) => posix.basename(reference.path)).toSorted();
    const base = `../../tsconfig.${pure ? 'pure' : 'base'}.json`;
    return [
      ...(actual.join() === uses.toSorted().join()
        ? []
        : [`${path}: refers to ${actual.join()}, not to ${uses.join()}`]),
      ...(config.extends === base ? [] : [`${path}: does not extend ${base}`]),
    ];
  });

const everyFolderHasWalls: Rule = (files) => {
  const known = new Set<string>(folders.map(([name]) => name));
  const found = new Set(matching(files, /^src\/[^/]+\//).map(([path]) => path.split('/')[1] ?? ''));
  return [...found]
    .filter((name) => !known.has(name))
    .map((name) => `src/${name}: not in scripts/architecture.ts`);
};

const stateMachinesAreCurrent: Rule = (files) =>
  files.get('docs/state-machines.md') === stateMachines()
    ? []
    : ['docs/state-machines.md: out of date; npm run docs'];

const linksLead: Rule = (files) =>
  matching(files, /\.md$/).flatMap(([path, text]) =>
    [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)/g)]
      .map(([, target = '']) => ({ target, to: posix.join(posix.dirname(path), target).replace(/\/$/, '') }))
      .filter(({ to }) => !files.has(to) && ![...files.keys()].some((name) => name.startsWith(`${to}/`)))
      .map(({ target }) => `${path}: the link to ${target} leads nowhere`),
  );

const blocks = (text = ''): string[] =>
  [...text.matchAll(/^```ts.*\n([^]*?)^```/gm)].map(([, code = '']) => code);

/** The code of a guide is run by tests. */
const readmeQuotesGuides: Rule = (files) => {
  const guides = matching(files, /^docs\/guides\/.*\.md$/).flatMap(([, text]) => blocks(text));
  return blocks(files.get('README.md'))
    .filter((code) => !guides.includes(code))
    .map((code) => code.split('\n', 1))
    .map(
      ([line = '']) =>
        `README.md: the code that begins with "${line}" stands in no guide, so nothing runs it`,
    );
};

const decisionsAreNumbered: Rule = (files) => {
  const taken = new Set<string>();
  return matching(files, /^docs\/decisions\/(?!README)/).flatMap(([path]) => {
    const number = /^\d{4}(?=-[a-z0-9-]+\.md$)/.exec(posix.basename(path))?.[0];
    if (number === undefined) return [`${path}: a decision is called NNNN-what-it-says.md`];
    return taken.size === taken.add(number).size ? [`${path}: the number is taken`] : [];
  });
};

/** `* RUN-3  What holds.` in the head of a file. */
const INVARIANT = /^ \* ([A-Z]+-\d+) {2}\S/gm;

/** Comments and tests cite an invariant by its tag. What adapters of the store promise, each may promise in its own way. */
const invariantsHaveOneHome: Rule = (files) => {
  const homes = new Map<string, Set<string>>();
  for (const [path, text] of matching(files, /^src\/.*(?<!\.test)\.ts$/))
    for (const [, tag = ''] of text.matchAll(INVARIANT)) {
      const home = path.replace(/^src\/store\/.*/, 'src/store');
      homes.set(tag, (homes.get(tag) ?? new Set()).add(home));
    }
  return [...homes]
    .filter(([, of]) => of.size > 1)
    .map(([tag, of]) => `${tag} says two things, in ${[...of].join(' and ')}`);
};

export const RULES = {
  lockfileIsComplete,
  lockfileNamesNoHost,
  noMachinePaths,
  filesAreShort,
  invariantsHaveOneHome,
  namesSayWhatItIs,
  referencesAreTheTable,
  everyFolderHasWalls,
  stateMachinesAreCurrent,
  linksLead,
  decisionsAreNumbered,
  readmeQuotesGuides,
} as const satisfies Record<string, Rule>;
