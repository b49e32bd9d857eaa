/** An XML element: its name, attributes, and either text or elements. `false` and `undefined` stand for no element. */
export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  content: string | readonly Element[];
}

export type Part = Element | false | undefined;

export function element(
  name: string,
  content: string | readonly Part[],
  attributes: Record<string, string> = {},
): Element {
  return {
    name,
    attributes,
    content: typeof content === 'string' ? content : content.filter((part) => !!part),
  };
}

/** The whole document, indented by two spaces, with a final line feed. */
export function document(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}

function write({ name, attributes, content }: Element, indent: string): string {
  const start = `${indent}<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escape(value)}"`)
    .join('')}`;
  if (typeof content === 'string') return `${start}>${escape(content)}</${name}>\n`;
  if (content.length === 0) return `${start}/>\n`;
  return `${start}>\n${content.map((child) => write(child, `${indent}  `)).join('')}${indent}</${name}>\n`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
