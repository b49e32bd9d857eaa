/**
 * A strict, namespace-aware reader of the XML that invoices are made of.
 *
 * XML-1 A document type declaration is refused, so no entity is ever declared, expanded or fetched.
 * XML-2 Time and memory are linear in the input; depth, siblings and prefixes are bounded, and nothing here recurses.
 * XML-3 Elements are told apart by namespace URI and local name; the prefix in the file has no meaning.
 * XML-4 What is not well-formed is a problem with its position, never a half-read document.
 *
 * fast-xml-parser knows no namespaces, accepts some malformed input and takes about a millisecond for 16 kB,
 * which is the whole time an invoice may take; the tests hold this reader against it.
 */

/** One element. `name` is `prefix:local` with the prefix of {@link Namespaces}, `{uri}local` for other URIs. */
export interface Element {
  readonly name: string;
  readonly parent: Element | null;
  readonly children: Element[];
  /** Attributes without a namespace, as written. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The element's own character data, comments and child elements left out. */
  text: string;
}

/** Namespace URI to the prefix by which this program calls it. An empty prefix gives the bare local name. */
export type Namespaces = ReadonlyMap<string, string>;

export type Parsed = { readonly root: Element } | { readonly problem: string };

interface Scope {
  readonly uris: ReadonlyMap<string, string>;
  readonly names: Map<string, string>;
}

interface Tag {
  readonly raw: string;
  readonly attributes: Map<string, string>;
  readonly empty: boolean;
}

const MAX_DEPTH = 100;
/** Below the second level, where lines are, nothing else repeats that often; it bounds every search among siblings. */
const MAX_CHILDREN = 1000;
/** Holds in CII what UBL has at its root: allowances, charges and preceding invoices of the whole document, any number of them. */
const UNBOUNDED = 'ram:ApplicableHeaderTradeSettlement';
const MAX_PREFIXES = 100;
const XML_URI = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_URI = 'http://www.w3.org/2000/xmlns/';
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();
const START =
  ':A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}' +
  '\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
const NAME = new RegExp(`[${START}][${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}]*`, 'uy');
/** Nearly all names; the full form is asked only where a name goes on beyond ASCII. */
const ASCII_NAME = /[A-Za-z_:][A-Za-z0-9_:.-]*/y;
const SPACE = /[ \t\r\n]*/y;
// oxlint-disable-next-line no-control-regex -- these are the characters XML 1.0 does not allow
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;
const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/;
const PREDEFINED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

class Malformed extends Error {}

/** Reads a whole document. `source` is already decoded and carries no byte order mark. */
export function parseXml(source: string, namespaces: Namespaces): Parsed {
  const forbidden = FORBIDDEN.exec(source);
  if (forbidden) {
    return {
      problem: `character U+${hex(forbidden[0])} is not allowed in XML (${place(source, forbidden.index)})`,
    };
  }
  const reader = new Reader(source, namespaces);
  try {
    return { root: reader.document() };
  } catch (error) {
    if (error instanceof Malformed) return { problem: `${error.message} (${place(source, reader.at)})` };
    throw error;
  }
}

class Reader {
  at = 0;
  readonly #source: string;
  readonly #namespaces: Namespaces;
  readonly #open: { element: Element; raw: string; scope: Scope }[] = [];
  #root: Element | null = null;

  constructor(source: string, namespaces: Namespaces) {
    this.#source = source;
    this.#namespaces = namespaces;
  }

  document(): Element {
    this.#declaration();
    const source = this.#source;
    while (this.at < source.length) {
      const next = source.indexOf('<', this.at);
      this.#characters(next < 0 ? source.length : next);
      if (next < 0) break;
      this.#markup();
    }
    const top = this.#open.at(-1);
    if (top) throw new Malformed(`<${top.raw}> is never closed`);
    if (!this.#root) throw new Malformed('there is no element');
    return this.#root;
  }

  #declaration(): void {
    if (!this.#source.startsWith('<?xml') || !/^[ \t\r\n]/.test(this.#source.slice(5, 6))) return;
    const match = DECLARATION.exec(this.#source);
    if (!match) throw new Malformed('the XML declaration is malformed');
    this.at = match[0].length;
  }

  #markup(): void {
    const source = this.#source;
    const second = source.charCodeAt(this.at + 1);
    if (second === 0x2f) this.#close();
    else if (second === 0x3f) this.#instruction();
    else if (second !== 0x21) this.#start();
    else if (source.startsWith('<!--', this.at)) this.#comment();
    else if (source.startsWith('<![CDATA[', this.at)) this.#cdata();
    else if (source.startsWith('<!DOCTYPE', this.at)) {
      throw new Malformed('a document type declaration is not accepted: it can declare entities');
    } else throw new Malformed('unknown markup after "<!"');
  }

  #characters(end: number): void {
    if (end === this.at) return;
    const raw = this.#source.slice(this.at, end);
    const top = this.#open.at(-1);
    if (!top) {
      if (raw.trim() !== '') throw new Malformed('text outside the root element');
    } else {
      const wrong = raw.indexOf(']]>');
      if (wrong >= 0) throw new Malformed('"]]>" is not allowed in text');
      top.element.text += this.#references(normalised(raw));
    }
    this.at = end;
  }

  #comment(): void {
    const end = this.#source.indexOf('--', this.at + 4);
    if (end < 0 || this.#source[end + 2] !== '>') throw new Malformed('a comment is not closed by "-->"');
    this.at = end + 3;
  }

  #cdata(): void {
    const end = this.#source.indexOf(']]>', this.at + 9);
    const top = this.#open.at(-1);
    if (end < 0 || !top) throw new Malformed('a CDATA section is misplaced or not closed');
    top.element.text += normalised(this.#source.slice(this.at + 9, end));
    this.at = end + 3;
  }

  #instruction(): void {
    const end = this.#source.indexOf('?>', this.at + 2);
    if (end < 0) throw new Malformed('a processing instruction is not closed');
    const target = nameAt(this.#source, this.at + 2);
    if (target?.toLowerCase() === 'xml')
      throw new Malformed(
        'the XML declaration does not stand at the very start, before which there may be nothing, not even a blank line',
      );
    if (!target) throw new Malformed('a processing instruction has no valid target');
    this.at = end + 2;
  }

  #close(): void {
    const top = this.#open.at(-1);
    const from = this.at + 2;
    if (!top || !this.#source.startsWith(top.raw, from)) {
      throw new Malformed(
        top ? `<${top.raw}> is not closed where it should be` : 'an end tag without its start',
      );
    }
    const end = this.#skipSpace(from + top.raw.length);
    if (this.#source.charCodeAt(end) !== 0x3e)
      throw new Malformed(`<${top.raw}> is not closed where it should be`);
    this.#open.pop();
    this.at = end + 1;
  }

  #start(): void {
    const tag = this.#tag();
    const top = this.#open.at(-1);
    if (!top && this.#root) throw new Malformed('a second root element');
    if (this.#open.length >= MAX_DEPTH)
      throw new Malformed(`elements are nested more than ${MAX_DEPTH} deep`);
    const scope = scopeOf(tag.attributes, top?.scope ?? OUTER);
    const parent = top?.element ?? null;
    const element: Element = {
      name: this.#qualified(tag.raw, scope),
      parent,
      children: [],
      attributes: tag.attributes.size === 0 ? NO_ATTRIBUTES : plainAttributes(tag.attributes, scope),
      text: '',
    };
    const isBounded = this.#open.length > 2 && parent?.name !== UNBOUNDED;
    if (isBounded && parent && parent.children.length >= MAX_CHILDREN) {
      throw new Malformed(`<${top?.raw}> holds more than ${MAX_CHILDREN} elements`);
    }
    if (parent) parent.children.push(element);
    else this.#root = element;
    if (!tag.empty) this.#open.push({ element, raw: tag.raw, scope });
  }

  #tag(): Tag {
    const raw = this.#name(this.at + 1);
    const attributes = new Map<string, string>();
    for (;;) {
      const spaced = this.#skipSpace(this.at);
      const code = this.#source.charCodeAt(spaced);
      if (code === 0x3e || (code === 0x2f && this.#source.charCodeAt(spaced + 1) === 0x3e)) {
        this.at = spaced + (code === 0x3e ? 1 : 2);
        return { raw, attributes, empty: code === 0x2f };
      }
      if (spaced === this.at) throw new Malformed(`<${raw}> is malformed`);
      const name = this.#name(spaced);
      if (attributes.has(name)) throw new Malformed(`attribute ${name} is given twice`);
      attributes.set(name, this.#value());
    }
  }

  #value(): string {
    const source = this.#source;
    const equals = this.#skipSpace(this.at);
    if (source[equals] !== '=') throw new Malformed('an attribute has no value');
    const from = this.#skipSpace(equals + 1);
    const quote = source[from];
    if (quote !== '"' && quote !== "'") throw new Malformed('an attribute value is not quoted');
    const end = source.indexOf(quote, from + 1);
    if (end < 0) throw new Malformed('an attribute value is not closed');
    const raw = source.slice(from + 1, end);
    if (raw.includes('<')) throw new Malformed('"<" is not allowed in an attribute value');
    this.at = end + 1;
    return this.#references(raw.replace(/\r\n|[\t\r\n]/g, ' '));
  }

  #name(from: number): string {
    const name = nameAt(this.#source, from);
    if (!name) throw new Malformed('a name is missing or malformed');
    this.at = from + name.length;
    return name;
  }

  #skipSpace(from: number): number {
    if (this.#source.charCodeAt(from) > 0x20) return from;
    SPACE.lastIndex = from;
    SPACE.exec(this.#source);
    return SPACE.lastIndex;
  }

  #references(raw: string): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(/&([^;&\s]*)(;?)/g, (whole, name: string, closed: string) => {
      const character = closed ? referenced(name) : undefined;
      if (character === undefined) throw new Malformed(`"${whole.slice(0, 40)}" is not a known entity`);
      return character;
    });
  }

  #qualified(raw: string, scope: Scope): string {
    const known = scope.names.get(raw);
    if (known !== undefined) return known;
    const { uri, local } = expanded(raw, scope, true);
    const prefix = this.#namespaces.get(uri);
    const name = prefix === undefined ? `{${uri}}${local}` : prefix === '' ? local : `${prefix}:${local}`;
    scope.names.set(raw, name);
    return name;
  }
}

function nameAt(source: string, from: number): string | undefined {
  ASCII_NAME.lastIndex = from;
  const name = ASCII_NAME.exec(source)?.[0];
  if (name && !(source.charCodeAt(from + name.length) > 0x7f)) return name;
  NAME.lastIndex = from;
  return NAME.exec(source)?.[0];
}

const OUTER: Scope = { uris: new Map([['xml', XML_URI]]), names: new Map() };

/** An element without namespace declarations shares its parent's scope, and with it the names already resolved. */
function scopeOf(attributes: ReadonlyMap<string, string>, outer: Scope): Scope {
  let uris: Map<string, string> | null = null;
  for (const [name, uri] of attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    const prefix = name === 'xmlns' ? '' : name.slice(6);
    if (!allowedBinding(prefix, uri, name))
      throw new Malformed(`namespace declaration ${name} is not allowed`);
    uris ??= new Map(outer.uris);
    uris.set(prefix, uri);
    if (uris.size > MAX_PREFIXES)
      throw new Malformed(`more than ${MAX_PREFIXES} namespace prefixes are declared`);
  }
  if (uris) return { uris, names: new Map() };
  return outer === OUTER ? { uris: OUTER.uris, names: new Map() } : outer;
}

function allowedBinding(prefix: string, uri: string, name: string): boolean {
  if (prefix === 'xml') return uri === XML_URI;
  if (prefix === 'xmlns' || uri === XML_URI || uri === XMLNS_URI || prefix.includes(':')) return false;
  return name === 'xmlns' || (prefix !== '' && uri !== '');
}

function expanded(raw: string, scope: Scope, isElement: boolean): { uri: string; local: string } {
  const colon = raw.indexOf(':');
  if (colon < 0) return { uri: isElement ? (scope.uris.get('') ?? '') : '', local: raw };
  const local = raw.slice(colon + 1);
  const uri = scope.uris.get(raw.slice(0, colon));
  if (uri === undefined) throw new Malformed(`prefix of ${raw} is not declared`);
  if (local === '' || local.includes(':') || /^[-.0-9]/.test(local))
    throw new Malformed(`${raw} is not a valid name`);
  return { uri, local };
}

function plainAttributes(attributes: ReadonlyMap<string, string>, scope: Scope): ReadonlyMap<string, string> {
  let qualified: Set<string> | null = null;
  let plain: Map<string, string> | null = null;
  for (const [name, value] of attributes) {
    if (!name.includes(':')) {
      if (name !== 'xmlns') (plain ??= new Map()).set(name, value);
    } else if (!name.startsWith('xmlns:')) {
      const { uri, local } = expanded(name, scope, false);
      qualified ??= new Set();
      if (qualified.has(`{${uri}}${local}`)) throw new Malformed(`attribute ${name} is given twice`);
      qualified.add(`{${uri}}${local}`);
    }
  }
  return plain ?? NO_ATTRIBUTES;
}

function referenced(name: string): string | undefined {
  const match = /^#(?:x0*([0-9A-Fa-f]{1,6})|0*([0-9]{1,7}))$/.exec(name);
  if (!match) return Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined;
  const code = match[1] ? Number.parseInt(match[1], 16) : Number.parseInt(match[2] ?? '', 10);
  const allowed = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  if (!allowed) return undefined;
  const character = String.fromCodePoint(code);
  return code === 0 || FORBIDDEN.test(character) ? undefined : character;
}

function normalised(raw: string): string {
  return raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
}

function place(source: string, at: number): string {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  return `line ${line}, column ${at - before.lastIndexOf('\n')}`;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}
