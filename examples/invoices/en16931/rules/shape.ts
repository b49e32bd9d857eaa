/**
 * Rules about the shape of a file rather than the meaning of the invoice: what the bindings of EN 16931 to UBL and CII
 * allow where, and how often. They look at elements, each at those of certain names, in one walk over the document.
 */
import { at } from '../navigate.ts';
import type { Element } from '../xml.ts';
import type { Findings } from './findings.ts';

export interface Shape {
  readonly id: string;
  readonly message: string;
  /** The name of the elements concerned, or a test of it. */
  readonly on: string | ((name: string) => boolean);
  readonly holds: (element: Element) => boolean;
}

export type Shapes = (name: string) => readonly Shape[];

/** Names are few and repeat: what concerns a name is found once. */
export function shapesOf(table: readonly Shape[]): Shapes {
  const known = new Map<string, readonly Shape[]>();
  return (name) => {
    let found = known.get(name);
    if (!found) {
      const concerns = ({ on }: Shape) => (typeof on === 'string' ? on === name : on(name));
      found = table.filter(concerns);
      if (known.size < MAX_NAMES) known.set(name, found);
    }
    return found;
  };
}

/** Files can hold any name; only so many are remembered. */
const MAX_NAMES = 2000;

export function judgeShapes(root: Element, shapes: Shapes, findings: Findings): void {
  const pending: Element[] = [root];
  for (let element = pending.pop(); element; element = pending.pop()) {
    // What an extension holds is outside the standard.
    if (element.name === 'ext:UBLExtensions') continue;
    for (const { id, message, holds } of shapes(element.name)) {
      if (!holds(element)) findings.add(id, message, element);
    }
    for (let index = element.children.length - 1; index >= 0; index -= 1)
      pending.push(element.children[index]!);
  }
}

export function atMostOnce(id: string, on: Shape['on'], what: string, ...path: readonly string[]): Shape {
  const message = `${what} occurs at most once.`;
  return { id, message, on, holds: (element) => at(element, ...path).length <= 1 };
}

export function once(id: string, on: Shape['on'], what: string, ...path: readonly string[]): Shape {
  return {
    id,
    message: `${what} occurs exactly once.`,
    on,
    holds: (element) => at(element, ...path).length === 1,
  };
}

export function never(id: string, on: Shape['on'], ...path: readonly string[]): Shape {
  return {
    id,
    message: `${path.join('/')} is not used here.`,
    on,
    holds: (element) => at(element, ...path).length === 0,
  };
}

export function noAttribute(id: string, on: Shape['on'], name: string): Shape {
  return {
    id,
    message: `The attribute ${name} is not used here.`,
    on,
    holds: (element) => !element.attributes.has(name),
  };
}
