/**
 * Turns a parsed expression into functions that evaluate it. The evaluation is this project's own and not cel-js's because
 * it must be possible to stop it (CEL-2) and because JSON's numbers must mix with literals (CEL-1); a test holds the two
 * against each other where they are meant to agree.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Scope } from '../graph.ts';
import { compilePattern } from '../pattern.ts';
import { FUNCTIONS, matcher, METHODS, TYPE_CONSTANTS, type Call } from './functions.ts';
import { BINARY, definedKeys, element, negate, ownValue, truth } from './operators.ts';
import { EXPRESSION_LIMITS } from './parse.ts';
import { pathOf, pathText, TEMPLATE_ROOTS, type Roots } from './paths.ts';
import { describe, Fault, FAULT_WORK, isList, isMap, type Meter, type Value } from './values.ts';

/** One evaluation: `slots` holds the variables of loops. */
export interface Frame {
  readonly scope: Scope;
  readonly slots: Value[];
  readonly meter: Meter;
}
export type Run = (frame: Frame) => Value;

/** What stands in the way of compiling; the text is for the author. */
export class Unusable extends Error {}

/** What making a list or an object costs beyond its parts. */
const CONTAINER_WORK = 5;

/** `cost` is the number of parts, which a loop pays for at every turn. */
interface Code {
  readonly run: Run;
  readonly cost: number;
}
interface Locals {
  readonly slots: ReadonlyMap<string, number>;
  readonly loops: number;
  readonly roots: Roots;
}

export const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

export const compileExpression = (node: ASTNode, roots: Roots = TEMPLATE_ROOTS): Run =>
  compile(node, { slots: new Map(), loops: 0, roots }).run;

function compile(node: ASTNode, locals: Locals): Code {
  const path = pathOf(node);
  if (path !== null && !locals.slots.has(path.root) && locals.roots.has(path.root)) {
    const get = locals.roots.getter(path);
    return { run: (frame) => get(frame.scope), cost: 1 + path.keys.length };
  }
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return name(node.args, locals);
    case '.':
    case '[]':
      return access(node, locals);
    case 'call':
      return call(node.args[0], node.args[1], locals);
    case 'rcall':
      return method(node.args, locals);
    case 'list':
      return list(node.args.map((part) => compile(part, locals)));
    case 'map':
      return map(node.args, locals);
    case '?:':
      return choice(node.args, locals);
    case '||':
    case '&&':
      return logic(node.op === '||', node.args, locals);
    case '!_':
      return unary(node.args, locals, (value) => !truth(value, "what '!' turns round"));
    case '-_':
      if (node.args.op === 'value' && node.args.args === 2n ** 63n) return literal(-node.args.args);
      return unary(node.args, locals, negate);
    default:
      return binary(node, locals);
  }
}

const total = (codes: readonly Code[]): number => codes.reduce((sum, code) => sum + code.cost, 1);

function literal(value: unknown): Code {
  if (typeof value === 'object' && value !== null) {
    throw new Unusable('bytes and unsigned numbers are not available; write a text or a plain number');
  }
  if (typeof value === 'bigint' && value > 9_223_372_036_854_775_807n)
    throw new Unusable(`${value} does not fit in 64 bits`);
  const constant = value as Value;
  return { run: () => constant, cost: 1 };
}

function name(id: string, locals: Locals): Code {
  const slot = locals.slots.get(id);
  if (slot !== undefined) return { run: (frame) => frame.slots[slot]!, cost: 1 };
  const type = TYPE_CONSTANTS[id];
  if (type === undefined) throw new Unusable(`'${id}' is not known`);
  return { run: () => type, cost: 1 };
}

function access(node: ASTNode & { op: '.' | '[]' }, locals: Locals): Code {
  const receiver = compile(node.args[0], locals);
  const where = (): string => pathText(node.args[0]);
  if (node.op === '.') {
    const key = node.args[1];
    return { run: (frame) => element(receiver.run(frame), key, where), cost: receiver.cost + 1 };
  }
  const index = compile(node.args[1], locals);
  return {
    run: (frame) => element(receiver.run(frame), index.run(frame), where),
    cost: total([receiver, index]),
  };
}

function call(name: string, args: readonly ASTNode[], locals: Locals): Code {
  if (name === 'has') return has(args[0]!, locals);
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!known?.arity.includes(args.length)) throw new Unusable(`the function '${name}' is not available`);
  return invoke(
    known.call,
    args.map((arg) => compile(arg, locals)),
  );
}

function invoke(run: Call, args: readonly Code[]): Code {
  return {
    run: (frame) =>
      run(
        args.map((arg) => arg.run(frame)),
        frame.meter,
      ),
    cost: total(args),
  };
}

function has(node: ASTNode, locals: Locals): Code {
  if (node.op !== '.') throw new Unusable('has(…) needs a field, as in has(input.name)');
  const receiver = compile(node.args[0], locals);
  const key = node.args[1];
  return {
    run: (frame) => {
      const value = receiver.run(frame);
      return isMap(value) && ownValue(value, key) !== undefined;
    },
    cost: receiver.cost + 1,
  };
}

function method([name, receiver, args]: readonly [string, ASTNode, ASTNode[]], locals: Locals): Code {
  if (LOOPS.has(name) && args[0]?.op === 'id') return loop(name, receiver, args, locals);
  if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel') return bind(args, locals);
  const known = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!known?.arity.includes(args.length + 1)) {
    const times = /^get[A-Z]/.test(name) ? '; times are read in UTC, without a time zone' : '';
    throw new Unusable(`the function '.${name}(…)' is not available with ${args.length} values${times}`);
  }
  const pattern = args[0];
  if (name === 'matches' && pattern?.op === 'value' && typeof pattern.args === 'string') {
    const compiled = compilePattern(pattern.args);
    if (!compiled.ok) throw new Unusable(`matches(…) cannot use this pattern: ${compiled.message}`);
    return invoke(matcher(compiled.pattern), [compile(receiver, locals)]);
  }
  return invoke(
    known.call,
    [receiver, ...args].map((arg) => compile(arg, locals)),
  );
}

function bind(args: readonly ASTNode[], locals: Locals): Code {
  const [variable, value, body] = args as [ASTNode & { op: 'id' }, ASTNode, ASTNode];
  const bound = compile(value, locals);
  const slot = locals.slots.size;
  const inner = compile(body, { ...locals, slots: withSlot(locals, variable.args) });
  return {
    run: (frame) => {
      frame.slots[slot] = bound.run(frame);
      return inner.run(frame);
    },
    cost: total([bound, inner]),
  };
}

/** Shadowed variables keep their own slot, so the next free slot is the number of names ever bound on the way in. */
function withSlot(locals: Locals, variable: string): ReadonlyMap<string, number> {
  const hidden = locals.slots.has(variable) ? [[`${variable} ${locals.slots.size}`, -1] as const] : [];
  return new Map([...locals.slots, ...hidden, [variable, locals.slots.size]]);
}

function loop(name: string, receiver: ASTNode, args: readonly ASTNode[], locals: Locals): Code {
  if (locals.loops >= EXPRESSION_LIMITS.nestedLoops) {
    throw new Unusable(
      `loops (map, filter, all, exists) are nested more than ${EXPRESSION_LIMITS.nestedLoops} deep`,
    );
  }
  const items = compile(receiver, locals);
  const slot = locals.slots.size;
  const inner = {
    ...locals,
    slots: withSlot(locals, (args[0] as ASTNode & { op: 'id' }).args),
    loops: locals.loops + 1,
  };
  const bodies = args.slice(1).map((body) => compile(body, inner));
  const turn = total(bodies);
  const [first, second] = [bodies[0]!, bodies[1]];
  const visit = LOOP_BODIES[name]!(first.run, second?.run);
  return {
    run: (frame) => {
      const elements = elementsOf(items.run(frame), name, frame.meter);
      return visit(elements, frame, (value) => {
        frame.meter.spend(turn);
        frame.slots[slot] = value;
      });
    },
    cost: items.cost + turn,
  };
}

function elementsOf(value: Value, name: string, meter: Meter): readonly Value[] {
  if (isList(value)) return value;
  if (!isMap(value)) throw new Fault(`'.${name}(…)' needs a list or an object, not ${describe(value)}`);
  const keys = definedKeys(value);
  meter.spend(keys.length);
  return keys;
}

type Turn = (value: Value) => void;
type Visit = (elements: readonly Value[], frame: Frame, turn: Turn) => Value;

const LOOP_BODIES: { readonly [name: string]: (first: Run, second: Run | undefined) => Visit } = {
  all: (test) => (elements, frame, turn) => decide(elements, frame, turn, test, false),
  exists: (test) => (elements, frame, turn) => decide(elements, frame, turn, test, true),
  exists_one: (test) => (elements, frame, turn) => keep(elements, frame, turn, test).length === 1,
  filter: (test) => (elements, frame, turn) => keep(elements, frame, turn, test),
  map: (first, second) =>
    second === undefined
      ? (elements, frame, turn) => each(elements, frame, turn, first)
      : (elements, frame, turn) => each(keep(elements, frame, turn, first), frame, turn, second),
};

const each = (elements: readonly Value[], frame: Frame, turn: Turn, body: Run): Value =>
  elements.map((value) => (turn(value), body(frame)));

const keep = (elements: readonly Value[], frame: Frame, turn: Turn, test: Run): readonly Value[] =>
  elements.filter((value) => (turn(value), truth(test(frame), 'the condition')));

/** `exists` looks for true, `all` for false; a fault counts only where no element decides. */
function decide(elements: readonly Value[], frame: Frame, turn: Turn, test: Run, decisive: boolean): boolean {
  let fault: Fault | null = null;
  for (const value of elements) {
    try {
      turn(value);
      if (truth(test(frame), 'the condition') === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      frame.meter.spend(FAULT_WORK);
      fault ??= error;
    }
  }
  if (fault !== null) throw fault;
  return !decisive;
}

function list(parts: readonly Code[]): Code {
  return { run: (frame) => parts.map((part) => part.run(frame)), cost: total(parts) + CONTAINER_WORK };
}

function map(entries: readonly (readonly [ASTNode, ASTNode])[], locals: Locals): Code {
  const parts = entries.map(([key, value]) => [compile(key, locals), compile(value, locals)] as const);
  const run: Run = (frame) => {
    const made: { [key: string]: Value } = {};
    for (const [key, value] of parts) {
      const text = key.run(frame);
      if (typeof text !== 'string') throw new Fault(`the keys of an object are texts, not ${describe(text)}`);
      if (text === '__proto__') throw new Fault("an object cannot have the key '__proto__'");
      made[text] = value.run(frame);
    }
    return made;
  };
  return { run, cost: total(parts.flat()) + CONTAINER_WORK };
}

function choice(args: readonly [ASTNode, ASTNode, ASTNode], locals: Locals): Code {
  const [test, yes, no] = args.map((arg) => compile(arg, locals)) as [Code, Code, Code];
  const what = "what stands before '?'";
  return {
    run: (frame) => (truth(test.run(frame), what) ? yes.run(frame) : no.run(frame)),
    cost: total([test, yes, no]),
  };
}

/** One side that decides is enough, even where the other is a fault. */
function logic(decisive: boolean, args: readonly [ASTNode, ASTNode], locals: Locals): Code {
  const [left, right] = [compile(args[0], locals), compile(args[1], locals)];
  const what = decisive ? "each side of '||'" : "each side of '&&'";
  const run: Run = (frame) => {
    let fault: Fault | null = null;
    try {
      if (truth(left.run(frame), what) === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      frame.meter.spend(FAULT_WORK);
      fault = error;
    }
    const value = truth(right.run(frame), what);
    if (value === decisive || fault === null) return value;
    throw fault;
  };
  return { run, cost: total([left, right]) };
}

function unary(arg: ASTNode, locals: Locals, apply: (value: Value) => Value): Code {
  const operand = compile(arg, locals);
  return { run: (frame) => apply(operand.run(frame)), cost: operand.cost + 1 };
}

function binary(node: ASTNode, locals: Locals): Code {
  const apply = Object.hasOwn(BINARY, node.op) ? BINARY[node.op] : undefined;
  if (apply === undefined) throw new Unusable(`'${node.op}' is not available`);
  const [left, right] = (node.args as [ASTNode, ASTNode]).map((arg) => compile(arg, locals)) as [Code, Code];
  return {
    run: (frame) => apply(left.run(frame), right.run(frame), frame.meter),
    cost: total([left, right]),
  };
}
