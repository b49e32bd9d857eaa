/** Paths: the expressions that only read, such as `item.x` or `phases.a.b.output.total`. They are most of all expressions. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../json.ts';
import type { Scope } from '../graph.ts';
import { element } from './operators.ts';
import { Fault } from './values.ts';
import { shorten } from '../names.ts';

/** What the outermost names of an expression can be. */
export const ROOTS: ReadonlySet<string> = new Set(['input', 'phases', 'run', 'item', 'index', 'subject']);

/** What can be read of a step. */
export const STEP_FIELDS: ReadonlySet<string> = new Set([
  'status',
  'output',
  'outputs',
  'failures',
  'feedback',
]);

export interface PathExpression {
  readonly root: string;
  readonly keys: readonly (string | number)[];
}

/** The path that a node is, or null where it is more than a path. */
export function pathOf(node: ASTNode): PathExpression | null {
  const keys: (string | number)[] = [];
  let at = node;
  while (at.op !== 'id') {
    if (at.op === '.') keys.push(at.args[1]);
    else if (at.op === '[]') {
      const key = literalKey(at.args[1]);
      if (key === null) return null;
      keys.push(key);
    } else return null;
    at = at.args[0];
  }
  return { root: at.args, keys: keys.reverse() };
}

/** The key in `[…]` where it is written out, else null. */
export function literalKey(node: ASTNode): string | number | null {
  if (node.op !== 'value') return null;
  if (typeof node.args === 'string') return node.args;
  return typeof node.args === 'bigint' && node.args >= 0n && node.args < 2n ** 31n ? Number(node.args) : null;
}

/** How a node is named in messages: its own text. */
export const pathText = (node: ASTNode): string => shorten(node.input.slice(node.start, node.end), 60);

const PLAIN = /^[A-Za-z_]\w*$/;

/** The text of a path, with brackets where CEL needs them. */
export function writePath(root: string, keys: readonly (string | number)[]): string {
  return keys.reduce<string>(
    (text, key) =>
      text + (typeof key === 'string' && PLAIN.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`),
    root,
  );
}

export type Getter = (scope: Scope) => Json;

/** What can stand first in a path, and how such a path is read. */
export interface Roots {
  has(root: string): boolean;
  getter(path: PathExpression): Getter;
}

/** Of the expressions in definitions. */
export const TEMPLATE_ROOTS: Roots = { has: (root) => ROOTS.has(root), getter: pathGetter };

/** Of conditions on facts: the members of the object that stands in the place of the scope. */
export const factRoots = (names: ReadonlySet<string>): Roots => ({
  has: (root) => names.has(root),
  getter:
    ({ root, keys }) =>
    (facts) => {
      const value = (facts as unknown as JsonObject)[root];
      return follow(value ?? absent(value, root), root, keys, 0);
    },
});

/** Reads a path. The same values and faults as evaluating it part by part, without the detour. */
function pathGetter({ root, keys }: PathExpression): Getter {
  if (root === 'phases') return stepGetter(keys);
  const start = ROOT_GETTERS[root]!;
  if (keys.length === 0) return start;
  if (keys.length === 1) {
    const key = keys[0]!;
    return (scope) => {
      const value = start(scope);
      return read(value, key) ?? missing(value, root, keys, 0);
    };
  }
  return (scope) => follow(start(scope), root, keys, 0);
}

const ROOT_GETTERS: { readonly [root: string]: Getter } = {
  input: (scope) => scope.input,
  run: (scope) => scope.run,
  item: (scope) => scope.item ?? absent(scope.item, 'item'),
  index: (scope) => scope.index ?? absent(scope.index, 'index'),
  subject: (scope) => scope.subject ?? absent(scope.subject, 'subject'),
};

function absent(value: Json | undefined, name: string): Json {
  if (value === null) return null;
  throw new Fault(`there is no '${name}' here`);
}

function stepGetter(keys: readonly (string | number)[]): Getter {
  const [phase, step, field] = keys as readonly [string, string, string | undefined];
  const find = (scope: Scope): JsonObject | undefined => {
    const steps = Object.hasOwn(scope.phases, phase) ? scope.phases[phase] : undefined;
    return (steps !== undefined && Object.hasOwn(steps, step) ? steps[step] : undefined) as
      | JsonObject
      | undefined;
  };
  const no = (): never => {
    throw new Fault(`the step ${phase}.${step} has no result yet`);
  };
  if (field === undefined) return (scope) => find(scope) ?? no(); // Only `has(…)` looks at a whole step.
  if (field === 'feedback' && keys.length === 3) return (scope) => find(scope)?.[field] ?? null;
  if (keys.length === 3) return (scope) => find(scope)?.[field] ?? nullOr(find(scope)?.[field], no);
  const rest = keys.slice(3);
  const name = writePath('phases', keys.slice(0, 3));
  return (scope) => {
    const value = find(scope)?.[field];
    return follow(value === undefined ? no() : value, name, rest, 0);
  };
}

const nullOr = (value: Json | undefined, otherwise: () => never): Json =>
  value === null ? null : otherwise();

function follow(start: Json, root: string, keys: readonly (string | number)[], from: number): Json {
  let value = start;
  for (let at = from; at < keys.length; at++)
    value = read(value, keys[at]!) ?? missing(value, root, keys, at);
  return value;
}

/** The own property or element, or null/undefined where that is what is there. */
function read(value: Json, key: string | number): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return typeof key === 'number' ? (value as readonly Json[])[key] : undefined;
  return typeof key === 'string' && Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

/** Tells a null that is there from nothing at all, which is a fault. */
function missing(value: Json, root: string, keys: readonly (string | number)[], at: number): Json {
  if (read(value, keys[at]!) === null) return null;
  return element(value, keys[at]!, () => writePath(root, keys.slice(0, at))) as Json;
}
