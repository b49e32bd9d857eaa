/**
 * What can be read of a document that may be wrong anywhere: its phases, steps and needs as far as they are there. All checks
 * of meaning work on it, so that a wrong field hides no other problem.
 */
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Path } from './path.ts';
import { STEP_KINDS, type StepKind } from './schema.ts';

/** The last part of the id of what undoes a step or a phase: `phase.step.compensate`, `phase.compensate`. */
export const COMPENSATE = 'compensate';

export interface Outline {
  readonly id: string | null;
  readonly raw: JsonObject;
  readonly phases: readonly PhaseOutline[];
}
export interface PhaseOutline {
  readonly id: string | null;
  readonly index: number;
  readonly path: Path;
  readonly raw: JsonObject;
  readonly needs: readonly { readonly name: string; readonly path: Path }[];
  readonly steps: readonly StepOutline[];
  /** What undoes the steps, and the phase itself. */
  readonly compensations: readonly CompensationOutline[];
}
export interface CompensationOutline extends StepOutline {
  /** The step whose work it undoes; null is the whole phase. */
  readonly of: StepOutline | null;
}
export interface StepOutline {
  readonly id: string | null;
  readonly phase: number;
  readonly path: Path;
  readonly raw: JsonObject;
  /** The kinds it has; a right step has one. */
  readonly kinds: readonly StepKind[];
}

export const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const asText = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
const asList = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

export function readOutline(document: JsonObject): Outline {
  const phases = asList(document['phases']).map((phase, index): PhaseOutline => {
    const path: Path = ['phases', index];
    const raw = asObject(phase);
    const steps = readSteps(raw, path, index);
    const whole: StepOutline = { id: null, phase: index, path, raw, kinds: [] };
    return {
      id: asText(raw['id']),
      index,
      path,
      raw,
      needs: readNeeds(raw, path),
      steps,
      compensations: [
        ...steps.flatMap((step) => readCompensation(step, step)),
        ...readCompensation(whole, null),
      ],
    };
  });
  return { id: asText(document['id']), raw: document, phases };
}

const readNeeds = (raw: JsonObject, path: Path): PhaseOutline['needs'] =>
  asList(raw['needs']).flatMap((name, index) =>
    typeof name === 'string' ? [{ name, path: [...path, 'needs', index] }] : [],
  );

const readSteps = (raw: JsonObject, path: Path, phase: number): readonly StepOutline[] =>
  asList(raw['steps']).map((value, index) => {
    const step = asObject(value);
    const kinds = STEP_KINDS.filter((kind) => step[kind] !== undefined);
    return { id: asText(step['id']), phase, path: [...path, 'steps', index], raw: step, kinds };
  });

const readCompensation = (
  { raw, path, phase }: StepOutline,
  of: StepOutline | null,
): readonly CompensationOutline[] => {
  if (raw[COMPENSATE] === undefined) return [];
  const undo = asObject(raw[COMPENSATE]);
  const kinds = STEP_KINDS.filter((kind) => undo[kind] !== undefined);
  return [{ id: COMPENSATE, phase, path: [...path, COMPENSATE], raw: undo, kinds, of }];
};

/** All that somebody is asked to do in a phase: its steps, and what undoes them. */
export const workOf = ({ steps, compensations }: PhaseOutline): readonly StepOutline[] => [
  ...steps,
  ...compensations,
];

/** One place where participants are named, written as one name or a list. */
export function readParties(
  raw: JsonObject,
  key: string,
  path: Path,
): readonly { readonly name: string; readonly path: Path }[] {
  const value = raw[key];
  if (typeof value === 'string') return [{ name: value, path: [...path, key] }];
  return asList(value).flatMap((name, index) =>
    typeof name === 'string' ? [{ name, path: [...path, key, index] }] : [],
  );
}
