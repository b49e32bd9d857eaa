import { isObject, type Json, type JsonObject } from '../definition/json.ts';
import type { Path } from '../definition/path.ts';

type Draft = { [key: string]: Json };

/**
 * The parts of an object that the paths lead to, at their places. A list is taken whole, and so is what a path ends at; a path that
 * leads nowhere gives nothing.
 */
export function select(from: JsonObject, paths: readonly Path[]): JsonObject {
  // Short paths first: what is taken whole needs no part of it.
  const made: Draft = {};
  const whole = new Set<unknown>();
  for (const path of [...paths].sort((a, b) => a.length - b.length)) take(from, made, path, whole);
  return made;
}

function take(from: JsonObject, into: Draft, path: Path, whole: Set<unknown>): void {
  let [source, target] = [from, into];
  for (const [at, key] of path.entries()) {
    if (!Object.hasOwn(source, key)) return;
    const value = source[key];
    if (value === undefined) return;
    if (at === path.length - 1 || !isObject(value)) {
      target[key] = value;
      whole.add(value);
      return;
    }
    if (whole.has(value)) return;
    if (!Object.hasOwn(target, key)) target[key] = {};
    [source, target] = [value, target[key] as Draft];
  }
}
