import type { ASTNode } from '@marcbachmann/cel-js';
import { quote } from './values.ts';

/** What is wrong with the keys of an object as they are written out, in words: such an object never is, or not as it stands there. */
export function* oddKeys(entries: readonly (readonly [ASTNode, ASTNode])[]): Generator<string, void, void> {
  const known = new Set<unknown>();
  for (const [{ op, args }] of entries) {
    if (op !== 'value') continue;
    const text = quote(String(args));
    if (typeof args !== 'string') yield `The keys of an object are texts: write ${text} for ${String(args)}.`;
    else if (known.has(args)) yield `An object has the key ${text} twice, of which the last would count.`;
    known.add(args);
  }
}
