import type { AuthoredPhase, JsonObject } from '../definition/index.ts';
import type { Reason } from './goal.ts';
import { listed } from './names.ts';
import type { Choice } from './view.ts';

export const firstly = ({ from }: NonNullable<Choice['approval']>): string =>
  `${listed(from)} decides before it begins`;

export const shapeOf = (phase: string, list: string): Reason => ({
  about: phase,
  because: `done for each of ${list}`,
});
export const askedFor = (phase: string, approval: Choice['approval']): Reason[] =>
  approval ? [{ about: phase, because: `${firstly(approval)}, because ${approval.reason}` }] : [];

/** What is said of all steps together. */
export const STEPS = 'steps';

/**
 * Why a plan is as it is after an edit. What was said of a phase that is as it was stands, and what was said of all steps where all are;
 * what was said of others goes, and so does what was said of capabilities that no step asks for any more.
 */
export function explainEdited(
  before: { readonly definition: JsonObject; readonly explanation: readonly Reason[] },
  document: JsonObject,
  choices: ReadonlyMap<string, Choice>,
): Reason[] {
  const [former, now] = [phasesOf(before.definition), phasesOf(document)];
  const isAsWas = (id: string): boolean => JSON.stringify(former.get(id)) === JSON.stringify(now.get(id));
  const areAll = [...former.keys(), ...now.keys()].every(isAsWas);
  const [asked, asks] = [capabilitiesOf(former), capabilitiesOf(now)];
  const stands = ({ about }: Reason): boolean => {
    if (about === STEPS) return areAll;
    if (former.has(about)) return isAsWas(about);
    return !asked.has(about) || asks.has(about);
  };
  const changed = [...now.values()].filter(({ id }) => !isAsWas(id));
  return [...before.explanation.filter(stands), ...changed.flatMap((phase) => reasonsOf(phase, choices))];
}

const phasesOf = ({ phases }: JsonObject): Map<string, AuthoredPhase> =>
  new Map((phases as unknown as readonly AuthoredPhase[]).map((phase) => [phase.id, phase]));

const capabilitiesOf = (phases: ReadonlyMap<string, AuthoredPhase>): Set<string> =>
  new Set([...phases.values()].flatMap(({ steps }) => steps.flatMap(({ task }) => task?.requires ?? [])));

const reasonsOf = ({ id, steps }: AuthoredPhase, choices: ReadonlyMap<string, Choice>): Reason[] =>
  steps.flatMap((step) => {
    const choice = choices.get(`${id}.${step.id}`);
    const reasons = [
      ...(step.forEach === undefined ? [] : [shapeOf(id, listNamed(step.forEach))]),
      ...(choice ? [{ about: id, because: choice.reason }, ...askedFor(id, choice.approval)] : []),
    ];
    const which = steps.length === 1 ? '' : `${step.id}: `;
    return reasons.map(({ about, because }) => ({ about, because: which + because }));
  });

/** A list is named by its expression, as authored. */
const listNamed = (list: unknown): string =>
  typeof list === 'string'
    ? (/^\$\{(.*)\}$/s.exec(list)?.[1]?.trim() ?? list)
    : `${Array.isArray(list) ? list.length : 0} items`;
