/** What an expression names: does it exist, can it exist yet, and which steps' results are read. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { isObject, type JsonObject } from '../json.ts';
import { didYouMean, listNames, shorten } from '../names.ts';
import type { ProblemCode } from '../problem.ts';
import { LOOPS } from './compile.ts';
import { TYPE_CONSTANTS } from './functions.ts';
import { oddKeys } from './object-keys.ts';
import { literalKey, pathOf, ROOTS, STEP_FIELDS, writePath } from './paths.ts';

/** A JSON Schema as far as it is known; null is anything. */
export type Shape = JsonObject | null;

export interface StepFacts {
  readonly forEach: boolean;
  /** The schema of its result, or of each result with `forEach`. */
  readonly output: Shape;
}
/** What the expressions at one place of a definition can name. */
export interface Names {
  readonly input: Shape;
  /** The element of `forEach`, or null outside of it. */
  readonly item: { readonly shape: Shape } | null;
  /** There will be elements, but not before this has been evaluated. */
  readonly beforeItems?: true;
  readonly phases: ReadonlyMap<string, ReadonlyMap<string, StepFacts>>;
  /** What is decided about, inside the stages of an approval. */
  readonly subject?: { readonly shape: Shape };
  /** What is saved already may also read of a value what its type never has. */
  readonly thorough?: boolean;
  /** Where facts are named instead of all that: what is known of each. */
  readonly facts?: ReadonlyMap<string, Shape>;
  /** Why the step's results cannot exist when this place is evaluated, or null where they can. */
  readonly unavailable: (phase: string, step: string, field: string) => string | null;
}

export type Report = (code: ProblemCode, message: string) => void;
export interface References {
  readonly reads: ReadonlySet<string>;
  /** False where the expression names nothing outside of itself, so that its value never changes. */
  readonly varies: boolean;
  readonly shape: Shape;
  /** The facts that are read, each as far as the path to it is written out. */
  readonly facts: readonly (readonly (string | number)[])[];
}

export function findReferences(node: ASTNode, names: Names, report: Report): References {
  const walker = new Walker(names, report);
  const shape = walker.walk(node, new Map());
  return { reads: walker.reads, varies: walker.varies, shape, facts: walker.facts };
}

type Variables = ReadonlyMap<string, Shape>;

/** What the engine makes of these itself. */
const RUN: { readonly [field: string]: JsonObject } = {
  id: { type: 'string' },
  startedBy: { type: 'string' },
  priority: { type: 'integer' },
};
const RUN_FIELDS = Object.keys(RUN);
const INDEX: JsonObject = { type: 'integer' };
const OF_STEP: { readonly [field: string]: JsonObject } = {
  status: { type: 'string' },
  failures: { type: 'array', items: { type: 'object' } },
  feedback: { type: ['string', 'null'] },
};

class Walker {
  readonly reads = new Set<string>();
  readonly facts: (readonly (string | number)[])[] = [];
  varies = false;
  readonly #names: Names;
  readonly #report: Report;

  constructor(names: Names, report: Report) {
    this.#names = names;
    this.#report = report;
  }

  walk(node: ASTNode, variables: Variables): Shape {
    const path = pathOf(node);
    if (path !== null) return this.#path(path.root, path.keys, variables);
    switch (node.op) {
      case 'value':
      case 'id':
        return null;
      case '.':
        return this.#descend(this.walk(node.args[0], variables), node.args[1], '');
      case '[]':
        return this.#index(node.args, variables);
      case 'call':
        return this.#all(node.args[1], variables);
      case 'rcall':
        return this.#method(node.args, variables);
      case 'map':
        if (this.#names.thorough)
          for (const odd of oddKeys(node.args)) this.#report('invalid_expression', odd);
        return this.#all(node.args.flat(), variables);
      case '!_':
      case '-_':
        return this.#all([node.args], variables);
      case '==':
      case '!=':
      case 'in':
        return this.#compare(node.args, variables);
      case '-':
        return this.#hyphen(node, variables) ? null : this.#all(node.args, variables);
      default:
        return this.#all(node.args as readonly ASTNode[], variables);
    }
  }

  #all(nodes: readonly ASTNode[], variables: Variables): null {
    for (const node of nodes) this.walk(node, variables);
    return null;
  }

  #index([receiver, key]: readonly [ASTNode, ASTNode], variables: Variables): Shape {
    const shape = this.walk(receiver, variables);
    this.walk(key, variables);
    const literal = literalKey(key);
    return literal === null ? elementShape(shape) : this.#descend(shape, literal, '');
  }

  #method([name, receiver, args]: readonly [string, ASTNode, ASTNode[]], variables: Variables): Shape {
    const variable = args[0]?.op === 'id' ? args[0].args : null;
    if (LOOPS.has(name) && variable !== null) {
      const list = this.walk(receiver, variables);
      const inner = new Map([...variables, [variable, elementShape(list)]]);
      const bodies = args.slice(1).map((body) => this.walk(body, inner));
      if (name === 'filter') return list;
      const made = bodies.at(-1) ?? null;
      return name === 'map' && made !== null ? { items: made } : null;
    }
    if (
      name === 'bind' &&
      receiver.op === 'id' &&
      receiver.args === 'cel' &&
      variable !== null &&
      args.length === 3
    ) {
      const inner = new Map([...variables, [variable, this.walk(args[1]!, variables)]]);
      return this.walk(args[2]!, inner);
    }
    return this.#all([receiver, ...args], variables);
  }

  #path(root: string, keys: readonly (string | number)[], variables: Variables): Shape {
    if (variables.has(root)) return this.#follow(variables.get(root) ?? null, root, keys);
    if (keys.length === 0 && Object.hasOwn(TYPE_CONSTANTS, root)) return null;
    this.varies = true;
    if (this.#names.facts !== undefined) return this.#fact(this.#names.facts, root, keys, variables);
    switch (root) {
      case 'input':
        return this.#follow(this.#names.input, root, keys);
      case 'run':
        return this.#run(keys);
      case 'item':
      case 'index':
        return this.#item(root, keys);
      case 'phases':
        return this.#step(keys);
      case 'subject':
        return this.#subject(keys);
      default:
        return this.#unknown(root, variables);
    }
  }

  #fact(
    facts: ReadonlyMap<string, Shape>,
    root: string,
    keys: readonly (string | number)[],
    variables: Variables,
  ): Shape {
    if (!facts.has(root)) return this.#unknown(root, variables);
    this.facts.push([root, ...keys]);
    return this.#follow(facts.get(root) ?? null, root, keys);
  }

  /** A word that a fact never is makes a comparison that says nothing, which nobody would notice. */
  #compare([left, right]: readonly [ASTNode, ASTNode], variables: Variables): null {
    const shapes = [this.walk(left, variables), this.walk(right, variables)] as const;
    if (this.#names.facts === undefined) return null;
    this.#words(shapes[0], right);
    this.#words(shapes[1], left);
    return null;
  }

  #words(shape: Shape, node: ASTNode): void {
    const words = shape?.['enum'];
    if (!Array.isArray(words)) return;
    const nodes = node.op === 'list' ? node.args : [node];
    for (const { op, args } of nodes) {
      if (op !== 'value' || typeof args !== 'string' || words.includes(args)) continue;
      const known = words.filter((word) => typeof word === 'string');
      this.#report(
        'unknown_name',
        `It is never '${shorten(args, 64)}', only one of ${listNames(known)}.${didYouMean(args, known)}`,
      );
    }
  }

  #unknown(root: string, variables: Variables): null {
    const known = [...(this.#names.facts?.keys() ?? ROOTS), ...variables.keys()];
    this.#report(
      'unknown_name',
      `'${root}' is not known. An expression can name ${listNames(known)}.${didYouMean(root, known)}`,
    );
    return null;
  }

  #run(keys: readonly (string | number)[]): Shape {
    const key = keys[0];
    if (key === undefined) return null;
    if (!Object.hasOwn(RUN, key)) {
      this.#report(
        'unknown_name',
        `'run' has no '${key}', only ${listNames(RUN_FIELDS)}.${didYouMean(String(key), RUN_FIELDS)}`,
      );
      return null;
    }
    return this.#follow(RUN[key]!, `run.${key}`, keys.slice(1));
  }

  #item(root: string, keys: readonly (string | number)[]): Shape {
    if (this.#names.item === null) {
      const why = this.#names.beforeItems
        ? "does not exist yet: 'if' and 'forEach' of a step are evaluated once, before the list is made. Filter the list itself instead."
        : "exists only inside a step that has 'forEach'.";
      this.#report('unknown_name', `'${root}' ${why}`);
      return null;
    }
    return this.#follow(root === 'item' ? this.#names.item.shape : INDEX, root, keys);
  }

  #subject(keys: readonly (string | number)[]): Shape {
    const { subject } = this.#names;
    if (subject !== undefined) return this.#follow(subject.shape, 'subject', keys);
    this.#report('unknown_name', "'subject' exists only inside the stages of an approval.");
    return null;
  }

  #step(keys: readonly (string | number)[]): Shape {
    const [phase, step, field] = keys;
    if (typeof phase !== 'string' || typeof step !== 'string') {
      this.#report('unknown_name', 'Name one step by phase and step, as in phases.extract.invoice.output.');
      return null;
    }
    const facts = this.#facts(phase, step);
    if (facts === null) return null;
    if (field === undefined) {
      this.#report(
        'unknown_name',
        `Say what of the step is meant: ${writePath('phases', [phase, step, 'output'])} or one of ${listNames([...STEP_FIELDS])}.`,
      );
      return null;
    }
    const why = this.#names.unavailable(phase, step, String(field));
    if (why !== null) {
      this.#report('not_upstream', `${writePath('phases', [phase, step])} cannot exist yet: ${why}`);
      return null;
    }
    this.reads.add(`${phase}.${step}`);
    return this.#field(keys, facts);
  }

  #facts(phase: string, step: string): StepFacts | null {
    const steps = this.#names.phases.get(phase);
    if (steps === undefined) {
      const ids = [...this.#names.phases.keys()];
      this.#report('unknown_phase', `There is no phase '${phase}'.${hint(phase, ids, ['phases'])}`);
      return null;
    }
    const facts = steps.get(step);
    if (facts !== undefined) return facts;
    const ids = [...steps.keys()];
    const has = `It has ${listNames(ids)}.`;
    this.#report(
      'unknown_step',
      `The phase '${phase}' has no step '${step}'. ${has}${hint(step, ids, ['phases', phase])}`,
    );
    return null;
  }

  #field(keys: readonly (string | number)[], facts: StepFacts): Shape {
    const [field, rest] = [String(keys[2]), keys.slice(3)];
    const text = writePath('phases', keys.slice(0, 2));
    if (!STEP_FIELDS.has(field)) {
      const known = [...STEP_FIELDS];
      const meant = didYouMean(field, known) || ` Is '${writePath(`${text}.output`, [field])}' meant?`;
      this.#report('unknown_name', `Of a step can be read ${listNames(known)}, not '${field}'.${meant}`);
      return null;
    }
    if (field === 'output' && facts.forEach) {
      this.#report(
        'unknown_name',
        `The step has 'forEach', so it has a list of results: write ${text}.outputs.`,
      );
    }
    if (field === 'outputs' && !facts.forEach) {
      this.#report('unknown_name', `The step has no 'forEach', so it has one result: write ${text}.output.`);
    }
    if (field === 'output') return this.#follow(facts.output, `${text}.output`, rest);
    const shape = field === 'outputs' ? { type: 'array', items: facts.output ?? {} } : OF_STEP[field]!;
    return this.#follow(shape, `${text}.${field}`, rest);
  }

  #follow(shape: Shape, root: string, keys: readonly (string | number)[]): Shape {
    let at = shape;
    for (const [depth, key] of keys.entries())
      at = this.#descend(at, key, writePath(root, keys.slice(0, depth)));
    return at;
  }

  /** What a schema says about a key; a key that a closed object does not declare is a problem. */
  #descend(shape: Shape, key: string | number, where: string): Shape {
    if (shape === null || isOpenEnded(shape)) return null;
    if (this.#names.thorough && !canHave(shape, key)) {
      const types = [shape['type']].flat().map(String);
      this.#report(
        'unknown_name',
        `${placeOf(where)} has no ${typeof key === 'number' ? `element ${key}` : `'${key}'`}: its type is ${types.join(' or ')}.`,
      );
      return null;
    }
    if (typeof key === 'number') return elementShape(shape);
    const properties = isObject(shape['properties']) ? shape['properties'] : {};
    if (Object.hasOwn(properties, key)) return asShape(properties[key]);
    if (shape['additionalProperties'] !== false && shape['unevaluatedProperties'] !== false) {
      return asShape(shape['additionalProperties']);
    }
    const declared = Object.keys(properties);
    this.#report(
      'unknown_name',
      `${placeOf(where)} has no '${key}': its schema allows only ${listNames(declared)}.${didYouMean(key, declared)}`,
    );
    return null;
  }

  /** `phases.sign-off.x` reads as a subtraction; says how the name is written. True where it was one. */
  #hyphen(node: ASTNode, variables: Variables): boolean {
    const words: string[] = [];
    let keys: readonly (string | number)[] = [];
    let at = node;
    while (at.op === '-') {
      const right = pathOf(at.args[1]);
      if (right === null || ROOTS.has(right.root) || variables.has(right.root)) return false;
      if (words.length > 0 && right.keys.length > 0) return false;
      words.unshift(right.root);
      if (words.length === 1) keys = right.keys;
      at = at.args[0];
    }
    const left = pathOf(at);
    if (left === null || left.keys.length === 0 || typeof left.keys.at(-1) === 'number') return false;
    const name = [left.keys.at(-1), ...words].join('-');
    const written = writePath(left.root, [...left.keys.slice(0, -1), name, ...keys]);
    this.#report(
      'unknown_name',
      `'-' is a minus here and '${words[0]}' is not known. A name with a hyphen is written in brackets: ${written}`,
    );
    return true;
  }
}

function hint(name: string, ids: readonly string[], before: readonly string[]): string {
  const meant = didYouMean(name, ids);
  const nearest = ids.find((id) => meant.includes(`'${id}'`) || id.startsWith(`${name}-`));
  if (nearest === undefined || !nearest.includes('-')) return meant;
  return ` A name with a hyphen is written in brackets: ${writePath(before[0]!, [...before.slice(1), nearest])}.`;
}

const placeOf = (where: string): string => (where === '' ? 'The value' : `'${where}'`);

/** Objects have texts for keys and lists have numbers; nothing else has any. */
const canHave = ({ type }: JsonObject, key: string | number): boolean =>
  type === undefined || [type].flat().includes(typeof key === 'number' ? 'array' : 'object');

const asShape = (schema: unknown): Shape => (isObject(schema) ? schema : null);

const OPEN = [
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'patternProperties',
  'dependentSchemas',
];
/** Schemas whose properties cannot be told from `properties` alone. */
const isOpenEnded = (schema: JsonObject): boolean => OPEN.some((keyword) => schema[keyword] !== undefined);

export function elementShape(shape: Shape): Shape {
  if (shape === null || isOpenEnded(shape) || shape['prefixItems'] !== undefined) return null;
  return asShape(shape['items']);
}
