/** Reads YAML 1.2 (core schema): one document, plain values only, and never more than was written. */
import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Parser,
  type Document,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { keepsDigits } from './digits.ts';
import type { Json } from './json.ts';
import { MAX_DEPTH, textResult, type TextProblem, type TextResult } from './json-text.ts';

/** Values that the document may have after its aliases are written out; stops alias bombs. */
const MAX_VALUES = 100_000;
/** The reader is slow by the token rather than by the byte: more of what separates tokens than this would hold a server up for a second. */
export const MAX_YAML_MARKS = 20_000;
const MARKS = /[\n,[{]|[-?:#&*!] /g;
const PLAIN_TAGS = /^(?:!|tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq))$/;

class Stop extends Error {}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  intAsBigInt: true,
  uniqueKeys: false, // Its check compares every pair of keys; #map finds repeated ones in one pass.
  strict: true,
  resolveKnownTags: false,
  merge: false,
  logLevel: 'silent',
} as const;

type ErrorSource = number | readonly [number, number, ...number[]] | { readonly offset: number };

/** Stops at the twentieth error: a text of nothing but errors costs far more than linear time otherwise. */
class BoundedComposer extends Composer {
  readonly problems: TextProblem[] = [];

  constructor() {
    super(OPTIONS);
    this['onError'] = (source: ErrorSource, code: string, message: string): void => {
      const at = typeof source === 'number' ? source : 'offset' in source ? source.offset : source[0];
      this.#add(wording(code, at, message));
    };
  }

  /** Tokens that are errors by themselves do not come by the handler above. */
  *tokens(text: string): Generator<CST.Token> {
    for (const token of new Parser().parse(text)) {
      if (token.type === 'error') this.#add(wording('', token.offset, token.message));
      yield token;
    }
  }

  #add(problem: TextProblem): void {
    if (this.problems.push(problem) >= 20) throw new Stop();
  }
}

export function readYaml(text: string): TextResult {
  const excess = tooDeep(text) ?? tooMuch(text);
  if (excess !== null) return { ok: false, problems: [excess] };
  const composer = new BoundedComposer();
  try {
    const documents = composer.compose(composer.tokens(text), false);
    const first = documents.next();
    const second = first.done ? first : documents.next();
    if (composer.problems.length > 0) return { ok: false, problems: composer.problems };
    if (!second.done) return several(second.value);
    return single(first.done ? undefined : first.value);
  } catch (error) {
    if (error instanceof Stop) return { ok: false, problems: composer.problems };
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, problems: [deepProblem(0)] };
  }
}

/**
 * The reader below follows nesting by recursion and flow brackets cost it more than linear time, so brackets are counted before.
 * Brackets inside texts count too; a text with 200 opening brackets more than closing ones is taken for nesting.
 */
function tooDeep(text: string): TextProblem | null {
  const dashes = /^ *(?:[-?] +){65}/m.exec(text);
  if (dashes !== null) return deepProblem(dashes.index);
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 91 || code === 123) open++;
    else if (code === 93 || code === 125) open = Math.max(0, open - 1);
    if (open > 200) return deepProblem(at);
  }
  return null;
}

function tooMuch(text: string): TextProblem | null {
  let marks = 0;
  for (const { index } of text.matchAll(MARKS))
    if ((marks += 1) > MAX_YAML_MARKS)
      return {
        code: 'too_large',
        at: index,
        message: `YAML has at most ${MAX_YAML_MARKS} lines, entries and brackets. Write it as JSON.`,
      };
  return null;
}

const deepProblem = (at: number): TextProblem => ({
  code: 'too_deep',
  at,
  message: `The document is nested more than ${MAX_DEPTH} levels deep.`,
});

const several = (second: { readonly range?: readonly number[] | null }): TextResult => ({
  ok: false,
  problems: [
    {
      code: 'syntax',
      at: second.range?.[0] ?? 0,
      message: 'There are several documents (`---`); write one.',
    },
  ],
});

function single(document: Document.Parsed | undefined): TextResult {
  if (document === undefined || document.contents === null) {
    return { ok: false, problems: [{ code: 'syntax', at: 0, message: 'The document is empty.' }] };
  }
  const version = document.directives?.yaml;
  if (version?.explicit === true && version.version !== '1.2') {
    return {
      ok: false,
      problems: [{ code: 'syntax', at: 0, message: 'Only YAML 1.2 is read; leave the %YAML line out.' }],
    };
  }
  const reader = new YamlReader();
  try {
    return textResult(reader.value(document.contents, 0).json, reader.problems);
  } catch (error) {
    if (error instanceof Stop) return { ok: false, problems: reader.problems };
    throw error;
  }
}

const WORDS: { readonly [code: string]: string } = {
  TAB_AS_INDENT: 'Lines are indented with a tab; YAML allows only spaces.',
  BAD_INDENT: 'The line is not indented like those it belongs to.',
  BAD_ALIAS: 'An alias (*name) names no anchor (&name) before it.',
  TAG_RESOLVE_FAILED: 'Tags (!name) are not supported; write a plain value.',
  MULTIPLE_DOCS: 'There are several documents (`---`); write one.',
  MISSING_CHAR: 'A closing quote or bracket is missing.',
};

function wording(code: string, at: number, message: string): TextProblem {
  if (message.startsWith('Maximum call stack')) return deepProblem(at);
  const words = WORDS[code];
  return {
    code: 'syntax',
    at,
    message: words === undefined ? `${message}.`.replace(/\.\.$/, '.') : `${words} (${message})`,
  };
}

/** A value, and how many values it consists of when aliases are written out. */
interface Read {
  readonly json: Json;
  readonly values: number;
}

class YamlReader {
  readonly problems: TextProblem[] = [];
  readonly #anchors = new Map<string, Read & { readonly depth: number }>();
  readonly #path: (string | number)[] = [];
  #values = 0;
  #deepest = 0;

  value(node: ParsedNode | null, depth: number): Read {
    if (node === null) return this.#count({ json: null, values: 1 }, 0);
    const at = node.range[0];
    if (depth > MAX_DEPTH) throw this.#stop(deepProblem(at));
    this.#deepest = Math.max(this.#deepest, depth);
    if (isAlias(node)) return this.#alias(node.source, at, depth);
    if (node.tag !== undefined && !PLAIN_TAGS.test(node.tag)) {
      this.#problem('syntax', at, `The tag ${node.tag.slice(0, 60)} is not supported; write a plain value.`);
    }
    const outer = this.#deepest;
    this.#deepest = depth;
    const read = isMap(node)
      ? this.#map(node, depth)
      : isSeq(node)
        ? this.#list(node, depth)
        : this.#scalar(node, at);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { ...read, depth: this.#deepest - depth });
    this.#deepest = Math.max(outer, this.#deepest);
    return read;
  }

  #problem(code: TextProblem['code'], at: number, message: string): void {
    if (this.problems.length < 50) this.problems.push({ code, at, message, path: [...this.#path] });
  }

  #stop(problem: TextProblem): Stop {
    this.problems.push(problem);
    return new Stop();
  }

  #count(read: Read, at: number): Read {
    this.#values += read.values;
    if (this.#values <= MAX_VALUES) return read;
    const message = `The document has more than ${MAX_VALUES} values once its aliases (*name) are written out.`;
    throw this.#stop({ code: 'syntax', at, message });
  }

  #alias(name: string, at: number, depth: number): Read {
    const target = this.#anchors.get(name);
    if (target === undefined)
      throw this.#stop({
        code: 'syntax',
        at,
        message: `The alias *${name} names nothing before it: an anchor (&${name}) comes first and cannot contain its alias.`,
      });
    if (depth + target.depth > MAX_DEPTH) throw this.#stop(deepProblem(at));
    this.#deepest = Math.max(this.#deepest, depth + target.depth);
    return this.#count(target, at);
  }

  #scalar(node: ParsedNode, at: number): Read {
    const [value, source] = isScalar(node) ? [node.value, node.source] : [null];
    return this.#count({ json: this.#plain(value, source ?? '', at), values: 1 }, at);
  }

  #plain(value: unknown, source: string, at: number): Json {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    const number = Number(value);
    if (!keepsDigits(typeof value === 'bigint' ? String(value) : source))
      this.#problem(
        'invalid_value',
        at,
        'This number cannot be held exactly; write it as a text, in quotes.',
      );
    return Number.isFinite(number) ? number : 0;
  }

  #list(node: YAMLSeq.Parsed, depth: number): Read {
    let values = 1;
    const json = node.items.map((item, index) => {
      this.#path.push(index);
      const read = this.value(item, depth + 1);
      this.#path.pop();
      values += read.values;
      return read.json;
    });
    this.#count({ json: null, values: 1 }, node.range[0]);
    return { json, values };
  }

  #map(node: YAMLMap.Parsed, depth: number): Read {
    const json: { [key: string]: Json } = {};
    let values = 1;
    for (const pair of node.items) {
      const key = this.#key(pair.key);
      if (key !== null) this.#path.push(key);
      const read = this.value(pair.value, depth + 1);
      values += read.values;
      if (key !== null && Object.hasOwn(json, key)) {
        const message = `The key ${JSON.stringify(key.slice(0, 60))} stands twice in the same object.`;
        this.#problem('duplicate_key', pair.key.range?.[0] ?? 0, message);
      }
      if (key === null) continue;
      this.#path.pop();
      json[key] = read.json;
    }
    this.#count({ json: null, values: 1 }, node.range[0]);
    return { json, values };
  }

  /** Keys are texts; a number or a word like `true` is taken as it is written, as JSON would have it in quotes. */
  #key(node: ParsedNode): string | null {
    const at = node.range?.[0] ?? 0;
    if (!isScalar(node) || node.value === null) {
      this.#problem('syntax', at, 'A key must be a plain text.');
      return null;
    }
    const key = typeof node.value === 'string' ? node.value : (node.source ?? '');
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { json: key, values: 1, depth: 0 });
    if (key === '<<' && node.type === 'PLAIN') {
      this.#problem('syntax', at, 'Nothing is merged (<<); write the entries out, or the key in quotes.');
      return null;
    }
    if (key !== '__proto__') return key;
    this.#problem('reserved_name', at, "The key '__proto__' is not allowed.");
    return null;
  }
}
