import type { Json } from './json.ts';
import { IN_VALUES, readJson, type Taken, type TextProblem, type TextResult } from './json-text.ts';
import { formatPath } from './path.ts';
import type { DefinitionProblem } from './problem.ts';
import { readYaml } from './yaml-text.ts';

/** UTF-8 bytes of the largest definition that is read. */
export const MAX_DEFINITION_BYTES = 1024 * 1024;
/** The same for YAML, whose reader is about twenty times as slow. */
export const MAX_YAML_BYTES = 256 * 1024;

export type ParsedDefinition =
  | { readonly ok: true; readonly document: Json }
  | {
      readonly ok: false;
      readonly problems: readonly DefinitionProblem[];
      /** What can be checked all the same, so that these problems hide no others. */
      readonly document?: Json;
    };

/**
 * Reads the text of a definition. Without `format`, a text that starts with `{` or `[` is JSON, unless it is valid YAML
 * only; everything else is YAML. What the document says is not looked at: that is `checkDefinition`.
 *
 * Refused, with line and column: malformed text, repeated keys, more than 64 levels, more than 1 MiB (YAML 256 KiB), numbers that lose
 * digits, the key `__proto__`; in YAML also several documents, tags, aliases that write out to more than 100,000 values, and more than
 * 20,000 lines, entries and brackets.
 */
export function parseDefinition(text: string, format?: 'json' | 'yaml'): ParsedDefinition {
  const bytes = utf8Length(text);
  if (bytes > MAX_DEFINITION_BYTES) {
    return tooLarge(
      `The definition has ${bytes} bytes; the most is ${MAX_DEFINITION_BYTES}. Pass large content as input instead.`,
    );
  }
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const yaml = format === 'yaml' || (format === undefined && !isBraced(plain));
  if (yaml && bytes > MAX_YAML_BYTES) {
    return tooLarge(
      `The definition has ${bytes} bytes; the most for YAML is ${MAX_YAML_BYTES}. Write it as JSON.`,
    );
  }
  if (yaml) return located(plain, readYaml(plain));
  return located(plain, format === 'json' ? readJson(plain) : readJsonOrFlow(plain, bytes));
}

/**
 * Reads a value that is sent or comes back: as strictly, so that nothing is recorded but what was written. JSON may be of any length, as deep
 * as a server takes it, and its fractions are as near as a number comes to them. Whoever writes YAML may write JSON as well.
 */
export function parseValue(text: string, format: 'json' | 'yaml'): ParsedDefinition {
  if (format === 'json') return located(text, readJson(text, IN_VALUES));
  return located(text, isBraced(text) ? readJsonOrFlow(text, text.length, IN_VALUES) : readYaml(text));
}

const isBraced = (text: string): boolean => /^\s*[[{]/.test(text);

function located(plain: string, result: TextResult): ParsedDefinition {
  if (result.ok) return { ok: true, document: result.value };
  const lines = new Lines(plain);
  const problems = result.problems.map((problem) => placed(problem, lines));
  return { ok: false, problems, ...(result.value !== undefined && { document: result.value }) };
}

const tooLarge = (message: string): ParsedDefinition => ({
  ok: false,
  problems: [{ code: 'too_large', severity: 'error', path: '', message }],
});

/** A text in braces may also be YAML; where it is neither, what is wrong with it as JSON is told. */
function readJsonOrFlow(text: string, bytes: number, taken?: Taken): TextResult {
  const json = readJson(text, taken);
  if (json.ok || bytes > MAX_YAML_BYTES) return json;
  if (json.problems.some((problem) => problem.code !== 'syntax')) return json;
  const yaml = readYaml(text);
  return yaml.ok ? yaml : json;
}

function placed(problem: TextProblem, lines: Lines): DefinitionProblem {
  const { line, column } = lines.at(problem.at);
  const message = `Line ${line}, column ${column}: ${problem.message}`;
  const path = formatPath(problem.path ?? []);
  return { code: problem.code, severity: 'error', path, message, line, column };
}

class Lines {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  at(position: number): { line: number; column: number } {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#starts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: position - this.#starts[low]! + 1 };
  }
}

/** A lone surrogate counts three, as the replacement character that stands for it in UTF-8 would. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      at++;
    } else bytes += 3;
  }
  return bytes;
}
