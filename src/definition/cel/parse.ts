/** Reads the text of one expression. Syntax and types are cel-js's; what it may name is checked in `references.ts`. */
import { Environment, ParseError, type ASTNode, type ParseResult } from '@marcbachmann/cel-js';

/** Bounds of one expression, so that reading and checking it is cheap whatever it says. */
export const EXPRESSION_LIMITS = {
  length: 4096,
  nodes: 500,
  depth: 50,
  elements: 200,
  nestedLoops: 2,
} as const;

export interface ParsedExpression {
  readonly node: ASTNode;
  /** The CEL type of the result (`bool`, `list<int>`, `dyn`), or what is wrong with the types. */
  type(): { readonly ok: true; readonly type: string } | { readonly ok: false; readonly message: string };
}
export type ParseOutcome =
  | { readonly ok: true; readonly expression: ParsedExpression }
  | { readonly ok: false; readonly message: string };

const blank = (): Environment =>
  new Environment({
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: false,
    unlistedVariablesAreDyn: false,
    limits: {
      maxAstNodes: EXPRESSION_LIMITS.nodes,
      maxDepth: EXPRESSION_LIMITS.depth,
      maxListElements: EXPRESSION_LIMITS.elements,
      maxMapEntries: EXPRESSION_LIMITS.elements,
      maxCallArguments: 8,
    },
  });

/** Reads expressions, and checks the types of what they name. */
export type Language = Environment;

const ROOT_TYPES = {
  input: 'dyn',
  phases: 'dyn',
  run: 'dyn',
  item: 'dyn',
  index: 'dyn',
  subject: 'dyn',
} as const;
const TEMPLATES = makeLanguage(ROOT_TYPES);

/** A CEL type, or the types of the members of an object that has no others. */
export type TypeOf = string | { readonly [member: string]: TypeOf };

/** The language in which these names stand for values of these types. */
export function makeLanguage(names: { readonly [name: string]: TypeOf }): Language {
  const language = blank();
  for (const [name, type] of Object.entries(names)) {
    if (typeof type === 'string') language.registerVariable(name, type);
    else language.registerVariable({ name, schema: type });
  }
  return declareNumbers(language);
}

/** Teaches the type checker that ints and doubles mix (CEL-1); evaluation itself is in `compile.ts`. */
function declareNumbers(target: Environment): Environment {
  const never = (): never => {
    throw new Error('the type checker never evaluates');
  };
  for (const symbol of ['+', '-', '*', '/', '%']) {
    target.registerOperator(`int ${symbol} double: double`, never);
    target.registerOperator(`double ${symbol} int: double`, never);
  }
  target.registerOperator('double % double: double', never);
  target.registerOperator('int == double: bool', never);
  target.registerFunction('timestamp(double): google.protobuf.Timestamp', never);
  target.registerFunction('string(google.protobuf.Timestamp): string', never);
  target.registerFunction('string(google.protobuf.Duration): string', never);
  target.registerFunction('int(google.protobuf.Timestamp): int', never);
  return target;
}

export function parseExpression(source: string, language: Language = TEMPLATES): ParseOutcome {
  if (source.trim() === '') return { ok: false, message: 'the expression is empty' };
  if (source.length > EXPRESSION_LIMITS.length) {
    return { ok: false, message: `the expression is longer than ${EXPRESSION_LIMITS.length} characters` };
  }
  try {
    const parsed = language.parse(source);
    return { ok: true, expression: { node: parsed.ast, type: () => typeOf(parsed, source, language) } };
  } catch (error) {
    if (error instanceof ParseError) return { ok: false, message: syntaxMessage(error) };
    if (error instanceof RangeError) return { ok: false, message: 'the expression is nested too deeply' };
    throw error;
  }
}

/** What the checker says of a `has` that does not take a path of names. */
const HAS = 'has() invalid argument';

function typeOf(
  parsed: ParseResult,
  source: string,
  language: Language,
): ReturnType<ParsedExpression['type']> {
  const checked = parsed.check();
  if (checked.valid) return { ok: true, type: inWords(checked.type ?? 'dyn') };
  const summary = checked.error?.summary ?? 'its types do not fit';
  const plain = summary === HAS ? withoutHas(parsed.ast, source) : source;
  if (plain !== source) {
    const other = parseExpression(plain, language);
    return other.ok ? other.expression.type() : other;
  }
  const isOfBranches = summary.startsWith('Ternary branches');
  if (!isOfBranches && !mixesNumbers(summary)) return { ok: false, message: typeMessage(summary) };
  let left = summary;
  for (const holders of [BRANCHES, HOLDERS]) {
    const again = language.check(asInJson(parsed.ast, source, holders));
    if (again.valid) return { ok: true, type: isOfBranches ? 'dyn' : inWords(again.type ?? 'dyn') };
    left = again.error?.summary ?? left;
  }
  return { ok: false, message: typeMessage(left) };
}

/** Lists and objects of numbers that are of one kind where ints and doubles are (CEL-1). */
function mixesNumbers(summary: string): boolean {
  const [, left = '', symbol = '', right = ''] =
    NO_OVERLOAD.exec(summary.replace(/\bint\b/g, 'double')) ?? [];
  return left.includes('double') && right === (symbol === 'in' ? `list<${left}>` : left);
}

/** The parts of an operator that may be of different types, as in JSON. */
type Holders = { readonly [op: string]: (node: ASTNode) => readonly ASTNode[] };
const BRANCHES: Holders = { '?:': ({ args }) => (args as readonly ASTNode[]).slice(1) };
const HOLDERS: Holders = { ...BRANCHES, list: (node) => [node], map: (node) => [node] };

const sides = ({ args }: ASTNode) => args as readonly ASTNode[];

/** The same expression where anything may be held against anything else for being equal, which always has an answer. */
export const withAnyEqual = (root: ASTNode, source: string): string =>
  asInJson(root, source, { '==': sides, '!=': sides, in: sides });

/** The same expression with `dyn(…)` around these parts. */
const asInJson = (root: ASTNode, source: string, holders: Holders): string =>
  edited(root, source, (node) =>
    (holders[node.op]?.(node) ?? []).flatMap(({ start, end }) => [
      { start, end: start, text: ' dyn(' },
      { start: end, end, text: ')' },
    ]),
  );

/** `has(…)` of the checker takes a path of names alone, and not what is read with brackets: the same expression without those. */
const withoutHas = (root: ASTNode, source: string): string =>
  edited(root, source, (node) => {
    const field = node.op === 'call' && node.args[0] === 'has' ? node.args[1][0] : undefined;
    if (field?.op !== '.') return [];
    const [of] = field.args;
    return [
      { start: node.start, end: of.start, text: '(dyn(' },
      { start: of.end, end: node.end, text: ') == null)' },
    ];
  });

/** What is to stand in the place of a part of the source. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}
function edited(root: ASTNode, source: string, editsOf: (node: ASTNode) => readonly Edit[]): string {
  const edits: Edit[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null || !('op' in node)) return;
    edits.push(...editsOf(node as ASTNode));
    visit((node as ASTNode).args);
  };
  visit(root);
  edits.sort((a, b) => a.start - b.start);
  let text = '';
  let at = 0;
  for (const edit of edits) {
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at);
}

const TOKENS: readonly (readonly [RegExp, string])[] = [
  [/\bEOF\b/g, 'the end'],
  [/\bRPAREN\b/g, "')'"],
  [/\bLPAREN\b/g, "'('"],
  [/\bRBRACKET\b/g, "']'"],
  [/\bLBRACKET\b/g, "'['"],
  [/\bRBRACE\b/g, "'}'"],
  [/\bLBRACE\b/g, "'{'"],
  [/\bIDENTIFIER\b/g, 'a name'],
  [/\bCOLON\b/g, "':'"],
  [/\bCOMMA\b/g, "','"],
  [/\bDOT\b/g, "'.'"],
];
const LIMIT_NAMES: { readonly [limit: string]: string } = {
  maxAstNodes: `it has more than ${EXPRESSION_LIMITS.nodes} parts`,
  maxDepth: `it is nested more than ${EXPRESSION_LIMITS.depth} deep`,
  maxListElements: `a list in it has more than ${EXPRESSION_LIMITS.elements} elements`,
  maxMapEntries: `an object in it has more than ${EXPRESSION_LIMITS.elements} entries`,
  maxCallArguments: 'a function is called with more than 8 values',
};

function syntaxMessage(error: ParseError): string {
  const limit = /^Exceeded (\w+)/.exec(error.summary);
  if (limit) return `the expression is too large: ${LIMIT_NAMES[limit[1]!] ?? error.summary}`;
  let text = error.summary;
  for (const [token, words] of TOKENS) text = text.replace(token, words);
  const at = error.range === undefined ? '' : ` (at character ${error.range.start + 1} of the expression)`;
  return `it cannot be read: ${text}${at}`;
}

const NO_OVERLOAD = /^no such overload: (.+) ([^\w\s]+|in) (.+)$/;

/** The checker calls the type of an object that has only known members by its name. */
const inWords = (types: string): string => types.replace(/\$\w+(?:\.\w+)*(?!\w*\()/g, 'an object');

function typeMessage(told: string): string {
  const summary = inWords(told);
  const operator = NO_OVERLOAD.exec(summary);
  if (operator) return `'${operator[2]}' does not work on ${operator[1]} and ${operator[3]}`;
  const missing = /^found no matching overload for '(.*)'$/.exec(summary);
  if (missing) return `there is no function '${missing[1]}'`;
  return summary;
}
