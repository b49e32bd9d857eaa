/** Documents for tests as trees that can be edited by path and then written as XML. */

export interface Node {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
  text: string;
}

export type Edit = (document: Node) => void;

type Content = string | readonly (Node | null)[];

/** `n('cbc:ID', '1', { schemeID: '0088' })`, or with child nodes; `null` children are left out. */
export function n(name: string, content: Content = '', attributes: Record<string, string> = {}): Node {
  if (typeof content === 'string') return { name, attributes, children: [], text: content };
  return { name, attributes, children: content.filter((child) => child !== null), text: '' };
}

export function toXml(node: Node): string {
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const content = escaped(node.text) + node.children.map(toXml).join('');
  return `<${node.name}${attributes.join('')}>${content}</${node.name}>`;
}

export function bytesOf(document: Node): Uint8Array {
  return new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\n${toXml(document)}`);
}

/** A path written for a UBL Invoice also fits a CreditNote. */
const CREDIT_NOTE: Readonly<Record<string, string>> = {
  'cac:InvoiceLine': 'cac:CreditNoteLine',
  'cbc:InvoicedQuantity': 'cbc:CreditedQuantity',
  'cbc:InvoiceTypeCode': 'cbc:CreditNoteTypeCode',
};

/** All nodes at `path` (`a/b`, with `b[2]` for the second child b). An edit that finds nothing is an error of the test. */
export function all(document: Node, path: string): Node[] {
  const found = path.split('/').reduce<Node[]>(
    (nodes, step) => {
      const [, name, index] = /^([^[]+)(?:\[(\d+)\])?$/.exec(step) ?? [];
      return nodes.flatMap((node) => {
        const same = node.children.filter(
          (child) => child.name === name || child.name === CREDIT_NOTE[name ?? ''],
        );
        return index === undefined ? same : same.slice(Number(index) - 1, Number(index));
      });
    },
    [document],
  );
  if (found.length === 0) throw new Error(`no ${path} in ${document.name}`);
  return found;
}

export function drop(path: string): Edit {
  return (document) => {
    const gone = new Set(all(document, path));
    const above = path.includes('/') ? all(document, path.slice(0, path.lastIndexOf('/'))) : [document];
    for (const parent of above) parent.children = parent.children.filter((child) => !gone.has(child));
  };
}

export function put(path: string, text: string): Edit {
  return (document) => {
    for (const node of all(document, path)) node.text = text;
  };
}

export function attr(path: string, name: string, value?: string): Edit {
  return (document) => {
    for (const node of all(document, path)) {
      if (value === undefined) delete node.attributes[name];
      else node.attributes[name] = value;
    }
  };
}

/** Adds a copy of the node to every parent at `path`; an empty path is the document itself. */
export function add(path: string, node: Node): Edit {
  return (document) => {
    for (const parent of path === '' ? [document] : all(document, path))
      parent.children.push(structuredClone(node));
  };
}

/** Repeats the first node at `path` beside itself. */
export function twice(path: string): Edit {
  return (document) => {
    const [first] = all(document, path);
    const parent = path.includes('/') ? all(document, path.slice(0, path.lastIndexOf('/')))[0] : document;
    if (first && parent) parent.children.push(structuredClone(first));
  };
}

export function both(...edits: readonly Edit[]): Edit {
  return (document) => {
    for (const edit of edits) edit(document);
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
