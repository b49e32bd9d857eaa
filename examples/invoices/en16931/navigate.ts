/** Ways through an element tree: first child by name, its text, its attributes, and the path that names a place. */
import type { Element } from './xml.ts';

export function child(element: Element | undefined, ...path: readonly string[]): Element | undefined {
  let at = element;
  for (const name of path) at = at?.children.find((candidate) => candidate.name === name);
  return at;
}

export function children(element: Element | undefined, name: string): Element[] {
  return element ? element.children.filter((candidate) => candidate.name === name) : [];
}

/** Text of the first element at `path`, without white space around it; `undefined` where there is no such element. */
export function text(element: Element | undefined, ...path: readonly string[]): string | undefined {
  const found = child(element, ...path);
  return found && trimmed(found.text);
}

/** Without the white space of XML at either end; other spaces, such as U+00A0, are content. */
export function trimmed(content: string): string {
  let from = 0;
  let to = content.length;
  while (from < to && isSpace(content.charCodeAt(from))) from += 1;
  while (to > from && isSpace(content.charCodeAt(to - 1))) to -= 1;
  return to - from === content.length ? content : content.slice(from, to);
}

/** Trimmed, and with one blank for white space within: what XPath calls normalize-space. */
export function collapsed(content: string): string {
  return trimmed(content).replaceAll(/[ \t\r\n]+/g, ' ');
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

export function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.attributes.get(name);
}

/** All elements at a path below. */
export function at(element: Element, ...path: readonly string[]): readonly Element[] {
  let found: readonly Element[] = [element];
  for (const name of path) {
    const next: Element[] = [];
    for (const one of found) for (const inner of one.children) if (inner.name === name) next.push(inner);
    if (next.length === 0) return next;
    found = next;
  }
  return found;
}

/** All elements of a name, at whatever depth below. */
export function everywhere(element: Element, name: string): Element[] {
  const found: Element[] = [];
  const pending: Element[] = [element];
  for (let one = pending.pop(); one; one = pending.pop()) {
    if (one.name === name) found.push(one);
    for (const inner of one.children) pending.push(inner);
  }
  return found;
}

export function within(element: Element, name: string): boolean {
  for (let at = element.parent; at; at = at.parent) if (at.name === name) return true;
  return false;
}

/** `/Invoice/cac:InvoiceLine[2]/cbc:ID`; the position is given where siblings share the name. */
export function pathOf(element: Element): string {
  const steps: string[] = [];
  for (let at: Element | null = element; at; at = at.parent) {
    const siblings = at.parent ? children(at.parent, at.name) : [];
    steps.unshift(siblings.length > 1 ? `${at.name}[${siblings.indexOf(at) + 1}]` : at.name);
  }
  return `/${steps.join('/')}`;
}
