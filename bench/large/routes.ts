import { ROUTES, type OperationName } from '../../src/operations/schema/index.ts';
import type { Filled } from './fill.ts';
import type { Furniture } from './furnish.ts';
import type { Page } from './read.ts';
import { KINDS, PERSON } from './templates.ts';

/** What there is to be read by name. */
export type Real = Filled & Omit<Furniture, 'person'>;

type Read = {
  [Name in OperationName]: (typeof ROUTES)[Name] extends { method: 'GET' } ? Name : never;
}[OperationName];
type Named = {
  [Name in Read]: (typeof ROUTES)[Name]['path'] extends `${string}{${string}` ? Name : never;
}[Read];

/** Held complete by the type checker: what can be read by name is read by names that there are. */
const NAMES: Readonly<Record<Named, (real: Real) => readonly string[]>> = {
  'workflow.get_definition': () => KINDS,
  'plan.get': ({ plan }) => [plan],
  'workflow.get_run': ({ finished, open }) => [...spread(finished), ...spread(open)],
  'run.events': ({ finished, open }) => [...spread(finished), ...spread(open)],
  'task.get': ({ tasks }) => spread(tasks),
  'participant.get': () => [PERSON],
  'capability.get': () => ['work'],
  'delegation.get': ({ delegation }) => [delegation],
  'webhook.get': ({ webhook }) => [webhook],
  'contact.get': () => [PERSON],
  'artifact.get': ({ artifact }) => [artifact],
  'policy.get': ({ policy }) => [policy],
  'tool.get': ({ toolRequest }) => [toolRequest],
};
/** Of what asks for more than its path. The whole ledger is no page, and takes as long as it is large. */
const QUERIES: Partial<Record<Read, readonly string[]>> = {
  'ledger.inclusion': ['?index=0'],
  'ledger.consistency': ['?from=1000'],
  'ledger.export': [],
};

/** Everything that is read by GET, each as it is without filters. A new operation is among them by itself. */
export const routePages = (real: Real): Page[] =>
  (Object.keys(ROUTES) as OperationName[]).filter(isRead).flatMap((name) => {
    const { path } = ROUTES[name];
    const paths = isNamed(name)
      ? NAMES[name](real).map((value) => path.replace(/\{\w+\}/, encodeURIComponent(value)))
      : (QUERIES[name] ?? ['']).map((query) => path + query);
    return paths.length > 0 ? [{ name: path.replace('/v1/', ''), paths, mayBeEmpty: true } as const] : [];
  });

const isRead = (name: OperationName): name is Read => ROUTES[name].method === 'GET';
const isNamed = (name: Read): name is Named => Object.hasOwn(NAMES, name);

/** At most twenty, from all over. */
export const spread = (all: readonly string[]): string[] =>
  all.length <= 20
    ? [...all]
    : Array.from({ length: 20 }, (_, at) => all[Math.floor((at * all.length) / 20)] ?? '');
