import {
  checkDefinition,
  compileSchema,
  isError,
  SchemaBudget,
  TO_SAVE,
  type JsonObject,
} from '../../definition/index.ts';
import type { Attribution } from '../../engine/index.ts';
import { cycleOf, type Capability, type Directory } from '../../routing/index.ts';
import type { Outcome } from '../runs.ts';
import type { Documents } from './documents.ts';
import { done, no } from './outcome.ts';
import type { Passports } from './passports.ts';
import type { OrganisationStream, RememberOf } from './stream.ts';

/** What is wrong with a capability, or should be looked at. */
export interface CapabilityProblem {
  readonly code: 'implies_circular' | 'schema_invalid' | 'step_invalid' | 'capability_unnamed';
  readonly severity: 'error' | 'warning';
  /** Where in the document. */
  readonly path: string;
  readonly message: string;
}

/** A capability as it is kept. Nothing is ever taken out of the store, so what was deleted says so. */
export interface StoredCapability extends Capability {
  readonly deleted?: true;
}

export interface SavedCapability {
  readonly capability: Capability;
  readonly revision: number;
  readonly problems: readonly CapabilityProblem[];
}

/**
 * What can be asked for.
 *
 * CAPS-1  No capability implies itself, through others or not (CAP-1).
 * CAPS-2  What somebody holds is not deleted.
 * CAPS-3  Each save is a revision; whoever names the one it has read is refused when there has been another. What was deleted is read
 *         as 0, as what never was.
 */
export class Capabilities {
  readonly #documents: Documents<StoredCapability>;
  readonly #directory: Directory;
  readonly #passports: Passports;
  readonly #stream: OrganisationStream;

  constructor(
    documents: Documents<StoredCapability>,
    parts: { readonly directory: Directory; readonly passports: Passports },
    stream: OrganisationStream,
  ) {
    this.#documents = documents;
    this.#directory = parts.directory;
    this.#passports = parts.passports;
    this.#stream = stream;
  }

  /** Null for a name without a document. */
  get(id: string): { readonly capability: Capability; readonly revision: number } | null {
    const capability = present(this.#documents.get(id));
    return capability && { capability, revision: this.#documents.revision(id) };
  }

  /** All names, of documents and of claims that count, in order. */
  names(): string[] {
    const names = new Set(this.#passports.held());
    for (const { id, deleted } of this.#documents.values()) if (!deleted) names.add(id);
    return [...names].toSorted();
  }

  /** Who holds it by a claim that counts, on it or on what implies it. */
  holders(id: string): Set<string> {
    const holders = new Set<string>();
    for (const name of this.#directory.capabilities.impliers(id))
      for (const holder of this.#passports.holders(name)) holders.add(holder);
    return holders;
  }

  check(capability: Capability): CapabilityProblem[] {
    return this.#problems(capability, (id) => present(this.#documents.get(id)));
  }

  save(
    capability: Capability,
    expected: number | null,
    by: Attribution,
    remember?: RememberOf<SavedCapability>,
  ): Promise<Outcome<SavedCapability>> {
    const { id } = capability;
    return this.#stream.change({
      by,
      remember,
      decide: () => {
        const revision = this.#documents.latestRevision(id);
        const shown = present(this.#documents.latest(id)) ? revision : 0;
        if (expected !== null && expected !== shown)
          return no('changed_meanwhile', `Capability ${id} has revision ${shown}, not ${expected}.`, {
            revision: shown,
          });
        const problems = this.#problems(capability, (name) => present(this.#documents.latest(name)));
        const error = problems.find(({ severity }) => severity === 'error');
        if (error) return no('capability_invalid', error.message, { problems });
        const changes = [this.#documents.change(id, capability)];
        const value = { capability, revision: revision + 1, problems };
        return done({
          type: 'capability.saved',
          payload: { ...capability, revision: revision + 1 },
          changes,
          value,
        });
      },
    });
  }

  delete(id: string, by: Attribution, remember?: RememberOf<Capability>): Promise<Outcome<Capability>> {
    return this.#stream.change<Capability>({
      by,
      remember,
      decide: () => {
        const known = present(this.#documents.latest(id));
        if (!known) return no('capability_unknown', `There is no document of a capability ${id}.`);
        const holders = this.#passports.holders(id).size;
        if (holders > 0)
          return no('capability_held', `${holders} participants hold ${id}. Revoke their claims first.`, {
            holders,
          });
        const changes = [this.#documents.change(id, { ...known, deleted: true })];
        return done({ type: 'capability.deleted', payload: { id }, changes, value: known });
      },
    });
  }

  #problems(capability: Capability, find: (id: string) => Capability | null): CapabilityProblem[] {
    const { id, implies, input, output, step } = capability;
    const problems: CapabilityProblem[] = [];
    const cycle = cycleOf(capability, (name) => find(name)?.implies ?? []);
    if (cycle)
      problems.push({
        code: 'implies_circular',
        severity: 'error',
        path: 'implies',
        message: `${id} would imply itself: ${cycle.join(' -> ')}.`,
      });
    problems.push(...schemaProblems('input', input), ...schemaProblems('output', output));
    if (step) problems.push(...stepProblems(step));
    implies.forEach((name, at) => {
      if (find(name) === null && this.#passports.holders(name).size === 0)
        problems.push({
          code: 'capability_unnamed',
          severity: 'warning',
          path: `implies[${at}]`,
          message: `There is no capability ${name}, and nobody claims it.`,
        });
    });
    return problems;
  }
}

const present = (stored: StoredCapability | null): Capability | null => {
  if (!stored || stored.deleted) return null;
  const { deleted: _, ...capability } = stored;
  return capability;
};

/** What only the plan that the step comes to stand in can tell. */
const OF_PLAN: ReadonlySet<string> = new Set([
  'unknown_phase',
  'unknown_step',
  'unknown_name',
  'not_upstream',
]);

/** As of the one step of a definition; in its `if`, what it takes is as any input. */
function stepProblems(step: JsonObject): CapabilityProblem[] {
  const { by, from, skippable, confidence, if: condition, ...rest } = step;
  const task = { by, from, skippable, confidence };
  const given = Object.entries(task).filter(([, value]) => value !== undefined);
  const document = {
    id: 'check',
    phases: [
      {
        id: 'p',
        ...(typeof condition === 'string' && { if: condition.replaceAll(/\bconsumes\./g, 'input.') }),
        steps: [{ id: 's', task: { requires: ['work'], ...Object.fromEntries(given) }, ...rest }],
      },
    ],
  } as JsonObject;
  return checkDefinition(document)
    .filter((problem) => isError(problem) && !OF_PLAN.has(problem.code))
    .map(({ path, message }) => ({
      code: 'step_invalid',
      severity: 'error',
      path: path.replace(/^phases\[0\](\.steps\[0\](\.task)?)?/, 'step'),
      message,
    }));
}

const schemaProblems = (path: 'input' | 'output', schema: JsonObject | null): CapabilityProblem[] => {
  const compiled = schema && compileSchema(schema, new SchemaBudget(TO_SAVE));
  if (!compiled || compiled.ok) return [];
  return compiled.problems.map((problem) => ({
    code: 'schema_invalid',
    severity: 'error',
    path: [path, problem.path].join('').replace(/^(\w+)\$/, '$1'),
    message: problem.message,
  }));
};
