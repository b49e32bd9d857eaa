/**
 * The form of a rule: its id in the standard, what it asks in plain words, and where a reading breaks it.
 *
 * RULE-1 A rule looks at the semantic model. Where the official UBL and CII artefacts differ, it says so in its test.
 * RULE-2 A rule is total: absent and malformed values break it or do not concern it, they never throw.
 */
import type { Placed, Reading } from '../reading.ts';
import type { Element } from '../xml.ts';

export interface Rule {
  readonly id: string;
  readonly message: string;
  /** Elements that break the rule; `null` stands for the document as a whole. */
  readonly broken: (reading: Reading) => readonly (Element | null)[];
  /** Where the official artefact only warns. */
  readonly warns?: (reading: Reading) => boolean;
}

const WHOLE: readonly null[] = [null];
const NOWHERE: readonly never[] = [];

/** A rule about the document as a whole. */
export function once(id: string, message: string, holds: (reading: Reading) => boolean): Rule {
  return { id, message, broken: (reading) => (holds(reading) ? NOWHERE : WHOLE) };
}

/** A rule about each of some parts of the document. */
export function each<T>(
  id: string,
  message: string,
  parts: (reading: Reading) => readonly Placed<T>[],
  holds: (value: T, reading: Reading, at: Element) => boolean,
): Rule {
  return {
    id,
    message,
    broken: (reading) => {
      let broken: Element[] | null = null;
      for (const part of parts(reading))
        if (!holds(part.value, reading, part.at)) (broken ??= []).push(part.at);
      return broken ?? NOWHERE;
    },
  };
}

export function isFilled(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

export function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}
