/**
 * Regular expressions that always finish: the pattern becomes a machine that reads the text once and never goes back, so
 * the work is at most (size of the pattern) x (length of the text), whatever both are. Used for `matches` in expressions and for
 * `pattern` in JSON Schemas, where the pattern and the text may come from different strangers.
 *
 * The syntax is ECMAScript's without what needs going back (`(?=`, `(?!`, `(?<=`, `\1`), plus a leading `(?i)`.
 */

import { Places } from './pattern-places.ts';

/** Asked to pay for work; throws where there is none left. */
export type Spend = (units: number) => void;

export interface Pattern {
  /** What it costs to make, and at most to read one character. */
  readonly size: number;
  /** True where the pattern is found anywhere in the text. */
  test(text: string, spend: Spend): boolean;
}
export type PatternResult =
  | { readonly ok: true; readonly pattern: Pattern }
  /** With what it cost to find out, measured as the size of a pattern is. */
  | { readonly ok: false; readonly message: string; readonly size: number };

const MAX_PATTERN_LENGTH = 2000;
const MAX_INSTRUCTIONS = 5000;
const MAX_REPEAT = 1000;
const MAX_GROUPS_DEEP = 50;

type CharTest = (code: number) => boolean;
type Assertion = 'start' | 'end' | 'boundary' | 'inside';
type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'choice'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly min: number; readonly max: number };

/** What reads nothing. It stands in no sequence and no repeat, so that writing out every other node gives an instruction. */
const EMPTY: Node = { kind: 'sequence', nodes: [] };

class Refusal extends Error {
  readonly size: number;
  constructor(message: string, size = 0) {
    super(message);
    this.size = size;
  }
}

export function compilePattern(source: string): PatternResult {
  try {
    if (source.length > MAX_PATTERN_LENGTH) {
      throw new Refusal(`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
    }
    return { ok: true, pattern: new Machine(new Reader(source).read()) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, message: error.message, size: error.size };
    throw error;
  }
}

const ESCAPED_LETTERS: { readonly [letter: string]: string } = {
  t: '\t',
  n: '\n',
  r: '\r',
  v: '\v',
  f: '\f',
  0: '\0',
};

class Reader {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    const folded = source.startsWith('(?i)');
    this.#source = source;
    this.#flags = folded ? 'iu' : 'u';
    if (folded) this.#at = 4;
  }

  read(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#refuse("there is a ')' without its '('");
    return node;
  }

  #refuse(reason: string): Refusal {
    return new Refusal(`${reason} (at character ${this.#at + 1})`);
  }

  #choice(): Node {
    if (++this.#depth > MAX_GROUPS_DEEP)
      throw this.#refuse(`groups are nested more than ${MAX_GROUPS_DEEP} deep`);
    const nodes = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      nodes.push(this.#sequence());
    }
    this.#depth--;
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (
      this.#at < this.#source.length &&
      this.#source[this.#at] !== '|' &&
      this.#source[this.#at] !== ')'
    ) {
      const node = this.#repeated(this.#atom());
      if (node !== EMPTY) nodes.push(node);
    }
    if (nodes.length === 0) return EMPTY;
    return nodes.length === 1 ? nodes[0]! : { kind: 'sequence', nodes };
  }

  #repeated(node: Node): Node {
    const range = this.#quantifier();
    if (range === null) return node;
    if (node.kind === 'assert') throw this.#refuse('there is nothing to repeat');
    if (this.#source[this.#at] === '?') this.#at++; // Lazy or greedy makes no difference to whether it is found.
    if (this.#quantifier() !== null) throw this.#refuse('there is nothing to repeat');
    const [min, max] = range;
    return node === EMPTY || max === 0 ? EMPTY : { kind: 'repeat', node, min, max };
  }

  #quantifier(): readonly [number, number] | null {
    switch (this.#source[this.#at]) {
      case '*':
        return (this.#at++, [0, Infinity]);
      case '+':
        return (this.#at++, [1, Infinity]);
      case '?':
        return (this.#at++, [0, 1]);
      case '{':
        return this.#counted();
      default:
        return null;
    }
  }

  #counted(): readonly [number, number] {
    const match = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(this.#source.slice(this.#at, this.#at + 20));
    if (!match) throw this.#refuse("write '\\{' for a brace that is meant as such");
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]);
    if (max < min) throw this.#refuse('the smaller count comes first');
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) {
      throw this.#refuse(`nothing may be repeated more than ${MAX_REPEAT} times`);
    }
    this.#at += match[0].length;
    return [min, max];
  }

  #atom(): Node {
    const char = this.#source[this.#at]!;
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '^':
        return (this.#at++, { kind: 'assert', what: 'start' });
      case '$':
        return (this.#at++, { kind: 'assert', what: 'end' });
      case '.':
        return (this.#at++, this.#delegate('.'));
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#refuse('there is nothing to repeat');
      default:
        return this.#literal(String.fromCodePoint(this.#source.codePointAt(this.#at)!));
    }
  }

  #group(): Node {
    const start = this.#source.slice(this.#at, this.#at + 4);
    if (start.startsWith('(?')) {
      const named = /^\(\?<[A-Za-z_]\w*>/.exec(this.#source.slice(this.#at, this.#at + 80));
      if (start.startsWith('(?:')) this.#at += 3;
      else if (named) this.#at += named[0].length;
      else
        throw this.#refuse(
          "only plain groups '(…)' and '(?:…)' are possible; looking ahead or behind is not",
        );
    } else this.#at++;
    const node = this.#choice();
    if (this.#source[this.#at] !== ')') throw this.#refuse("a '(' has no ')'");
    this.#at++;
    return node.kind === 'assert' ? { kind: 'sequence', nodes: [node] } : node;
  }

  #class(): Node {
    let end = this.#at + 1;
    while (end < this.#source.length && this.#source[end] !== ']') end += this.#source[end] === '\\' ? 2 : 1;
    if (end >= this.#source.length) throw this.#refuse("a '[' has no ']'");
    const text = this.#source.slice(this.#at, end + 1);
    const node = this.#delegate(text);
    this.#at = end + 1;
    return node;
  }

  #escape(): Node {
    const rest = this.#source.slice(this.#at, this.#at + 60);
    const letter = rest[1];
    if (letter === undefined) throw this.#refuse("a '\\' stands at the end");
    if (letter === 'b' || letter === 'B') {
      this.#at += 2;
      return { kind: 'assert', what: letter === 'b' ? 'boundary' : 'inside' };
    }
    const set = /^\\(?:[dDwWsS]|[pP]\{[\w=]+\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\})/.exec(
      rest,
    );
    if (set) {
      const node = this.#delegate(set[0]);
      this.#at += set[0].length;
      return node;
    }
    if (/[1-9]/.test(letter)) throw this.#refuse('a reference back to a group is not possible');
    const plain = ESCAPED_LETTERS[letter] ?? (/[A-Za-z]/.test(letter) ? undefined : letter);
    if (plain === undefined) throw this.#refuse(`'\\${letter}' means nothing`);
    this.#at++;
    return this.#literal(plain, 1);
  }

  #literal(char: string, length = char.length): Node {
    this.#at += length;
    if (this.#flags === 'u') {
      const expected = char.codePointAt(0)!;
      return { kind: 'char', test: (code) => code === expected };
    }
    return this.#delegate(char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'));
  }

  /** What one character can be is left to the built-in engine: a test of a single character cannot go back. */
  #delegate(source: string): Node {
    let single: RegExp;
    try {
      single = new RegExp(`^${source}$`, this.#flags);
    } catch {
      throw this.#refuse(`'${source.slice(0, 40)}' is not a valid set of characters`);
    }
    const known = new Uint8Array(128);
    const test: CharTest = (code) => {
      if (code >= 128) return single.test(String.fromCodePoint(code));
      const memo = known[code]!;
      if (memo !== 0) return memo === 1;
      const result = single.test(String.fromCharCode(code));
      known[code] = result ? 1 : 2;
      return result;
    };
    return { kind: 'char', test };
  }
}

type Instruction =
  | { readonly op: 'char'; readonly test: CharTest }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'split'; readonly targets: number[] }
  | { readonly op: 'found' };

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

/** Shared by all patterns, as no two texts are read at once; making them for a short text would cost far more than reading it. */
const PLACES: readonly [Places, Places] = [new Places(MAX_INSTRUCTIONS), new Places(MAX_INSTRUCTIONS)];

class Machine implements Pattern {
  readonly #program: Instruction[] = [];

  constructor(root: Node) {
    this.#emit(root);
    this.#push({ op: 'found' });
  }

  get size(): number {
    return this.#program.length;
  }

  test(text: string, spend: Spend): boolean {
    let [now, next] = PLACES;
    let before = -1;
    now.clear();
    for (let at = 0; ;) {
      const code = at < text.length ? text.codePointAt(at)! : -1;
      if (this.#follow(0, now, before, code)) return true;
      spend(1 + now.count / 2);
      if (code === -1) return false;
      at += code > 0xffff ? 2 : 1;
      const after = at < text.length ? text.codePointAt(at)! : -1;
      next.clear();
      for (let index = 0; index < now.count; index++) {
        const place = now.list[index]!;
        const step = this.#program[place]!;
        if (step.op === 'char' && step.test(code) && this.#follow(place + 1, next, code, after)) return true;
      }
      before = code;
      [now, next] = [next, now];
    }
  }

  /** Adds a place and all that can be reached from it without reading; true where the end of the pattern is. */
  #follow(start: number, places: Places, before: number, code: number): boolean {
    const open = [start];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (!places.add(place)) continue;
      const step = this.#program[place]!;
      if (step.op === 'found') return true;
      if (step.op === 'split') for (const target of step.targets) open.push(target);
      else if (step.op === 'assert' && holds(step.what, before, code)) open.push(place + 1);
    }
    return false;
  }

  #push(instruction: Instruction): number {
    if (this.#program.length >= MAX_INSTRUCTIONS)
      throw new Refusal('the pattern is too large when its counts are written out', MAX_INSTRUCTIONS);
    return this.#program.push(instruction) - 1;
  }

  #emit(node: Node): void {
    switch (node.kind) {
      case 'char':
        this.#push({ op: 'char', test: node.test });
        return;
      case 'assert':
        this.#push({ op: 'assert', what: node.what });
        return;
      case 'sequence':
        for (const part of node.nodes) this.#emit(part);
        return;
      case 'choice':
        this.#emitChoice(node.nodes);
        return;
      case 'repeat':
        this.#emitRepeat(node.node, node.min, node.max);
    }
  }

  #emitChoice(nodes: readonly Node[]): void {
    const targets: number[] = [];
    this.#push({ op: 'split', targets });
    const ends: number[][] = [];
    for (const node of nodes) {
      targets.push(this.#program.length);
      this.#emit(node);
      const end: number[] = [];
      this.#push({ op: 'split', targets: end });
      ends.push(end);
    }
    for (const end of ends) end.push(this.#program.length);
  }

  #emitRepeat(node: Node, min: number, max: number): void {
    for (let count = 0; count < min; count++) this.#emit(node);
    if (max === Infinity) {
      const targets: number[] = [];
      const loop = this.#push({ op: 'split', targets });
      targets.push(loop + 1);
      this.#emit(node);
      this.#push({ op: 'split', targets: [loop] });
      targets.push(this.#program.length);
      return;
    }
    const exits: number[][] = [];
    for (let count = min; count < max; count++) {
      const targets: number[] = [];
      targets.push(this.#push({ op: 'split', targets }) + 1);
      exits.push(targets);
      this.#emit(node);
    }
    for (const exit of exits) exit.push(this.#program.length);
  }
}

function holds(what: Assertion, before: number, code: number): boolean {
  if (what === 'start') return before === -1;
  if (what === 'end') return code === -1;
  return (isWord(before) !== isWord(code)) === (what === 'boundary');
}
