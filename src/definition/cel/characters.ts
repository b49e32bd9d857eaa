/** Texts are made of characters (code points), as CEL says: positions count them, and none is ever cut in half. */
import type { Meter } from './values.ts';

const BEYOND_ONE_UNIT = /[\ud800-\udbff]/;
const width = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? 2 : 1);

/** Whether every character is one unit; looking costs a share of the length. */
function isPlain(text: string, meter: Meter): boolean {
  meter.spend(1 + text.length / 16);
  return !BEYOND_ONE_UNIT.test(text);
}

/** The characters in the first `units` units of a text. */
export function charactersIn(text: string, units: number, meter: Meter): number {
  if (isPlain(text, meter)) return units;
  meter.spend(units / 2);
  let count = 0;
  for (let at = 0; at < units; at += width(text, at)) count++;
  return count;
}

/** The units that the first `characters` characters of a text take. */
export function unitsOf(text: string, characters: number, meter: Meter): number {
  if (isPlain(text, meter)) return characters;
  meter.spend(characters / 2);
  let at = 0;
  for (let left = characters; left > 0; left--) at += width(text, at);
  return at;
}

/** Half of a pair has no UTF-8 form, so that nothing with it can be written down. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
