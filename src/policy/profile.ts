/** The autonomy profile of an organisation: which column of the table holds, its thresholds, and whom it asks. */
import { z } from 'zod';
import { hasBounds } from '../definition/check.ts';
import type { Money } from '../definition/graph.ts';
import { isObject, type Json } from '../definition/json.ts';
import { ProblemList, type DefinitionProblem } from '../definition/problem.ts';
import { readBy } from '../definition/schema-problems.ts';
import { limits } from '../definition/schema.ts';
import { covers, toolPattern } from '../definition/tool-name.ts';
import { AUTONOMIES, type Autonomy } from './autonomy.ts';
import { checkApproval, checkParties, type KnownNames } from './check.ts';
import { approvalOf, listed } from './compile.ts';
import { TOOL_CLASSES, type FactsOf, type Point, type ToolClass } from './facts.ts';
import { sorted, type ApprovalTerms } from './policy.ts';
import { approvalTerms, someParties, wordsOf } from './schema.ts';

/** A result that is less sure goes to a human. */
const CONFIDENCE = 0.7;

export interface Profile {
  readonly autonomy: Autonomy;
  readonly version: number;
  /** What an approval looks like that no policy describes. */
  readonly approval: ApprovalTerms;
  /** Who gets what goes to a human. */
  readonly humans: readonly string[];
  /** 0..1: results of agents below it go to a human. */
  readonly confidence: number;
  /** A launch over it is approved first; null is never for its cost. */
  readonly cost: Money | null;
  /** Whoever is a person and starts a run has decided on its launch, but for its cost. */
  readonly peopleLaunch: boolean;
  /** What tools are, by name or by the beginning of names and a `*`; the longest that fits counts. */
  readonly tools: Readonly<Record<string, ToolClass>>;
}

const profileSchema = z.strictObject({
  autonomy: z.enum(AUTONOMIES),
  approval: z.strictObject({ from: someParties, ...approvalTerms }),
  humans: someParties.optional(),
  confidence: z.number().min(0).max(1).optional(),
  cost: limits.shape.cost,
  peopleLaunch: z.boolean().optional(),
  tools: z.record(toolPattern, z.enum(TOOL_CLASSES)).optional(),
});
export type ProfileDocument = z.infer<typeof profileSchema>;

export type ReadProfile =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

/** Everything that is wrong with a profile that is to be adopted; `readProfile` reads also what was adopted with a part of it. */
export function checkProfile(document: Json, known: KnownNames = {}): readonly DefinitionProblem[] {
  const read = readProfile(document, 0);
  if (!read.ok) return read.problems;
  const { approval, humans } = document as unknown as ProfileDocument;
  const problems = new ProblemList();
  checkApproval(approval, ['approval'], problems);
  checkParties(approval.from, ['approval', 'from'], known, problems);
  checkParties(approval.escalate, ['approval', 'escalate'], known, problems);
  checkParties(humans, ['humans'], known, problems);
  return problems.all();
}

/** Without `humans`, what goes to a human goes to who approves. */
export function readProfile(document: Json, version: number): ReadProfile {
  const problems = new ProblemList();
  const say = {
    ...wordsOf(null),
    keys: {
      '': Object.keys(profileSchema.shape),
      approval: ['from', ...Object.keys(approvalTerms)],
      cost: ['amount', 'currency'],
    },
    purposes: { approval: ' It says who decides where no policy does.' },
  };
  if (!isObject(document))
    problems.error('invalid_value', [], () => 'A profile is an object with `autonomy` and `approval`.');
  const read =
    isObject(document) && hasBounds(document, problems)
      ? readBy(profileSchema, document, say, problems)
      : null;
  if (read === null) return { ok: false, problems: problems.all() };
  const { autonomy, approval, humans, confidence, cost, peopleLaunch, tools } = read;
  const profile: Profile = {
    autonomy,
    version,
    approval: approvalOf(approval),
    humans: sorted(listed(humans ?? approval.from)),
    confidence: confidence ?? CONFIDENCE,
    cost: cost ?? null,
    peopleLaunch: peopleLaunch ?? false,
    tools: tools ?? {},
  };
  return { ok: true, profile };
}

/**
 * What a call of a tool is. Who calls cannot make less of it than the organisation does, and need not say anything (null): a tool that
 * the profile does not name is `consequential`, whatever is said of it.
 */
export function classOfTool({ tools }: Profile, tool: string, claimed: ToolClass | null): ToolClass {
  const [name] = Object.keys(tools)
    .filter((one) => covers(one, tool))
    .sort((a, b) => Number(b === tool) - Number(a === tool) || b.length - a.length);
  const known = name === undefined ? 'consequential' : (tools[name] ?? 'consequential');
  const isStricter = claimed !== null && TOOL_CLASSES.indexOf(claimed) > TOOL_CLASSES.indexOf(known);
  return isStricter ? claimed : known;
}

/** The facts of an act as they are under this profile: of a call, they say what its caller takes the tool for. */
export function under<P extends Point>(profile: Profile, point: P, facts: FactsOf<P>): FactsOf<P> {
  const { tool } = facts as Partial<FactsOf<'tool.call'>>;
  if (point !== 'tool.call' || !tool?.name) return facts;
  return { ...facts, tool: { ...tool, class: classOfTool(profile, tool.name, tool.class) } };
}

/** As approvals name that they rest on it. */
export const profileName = ({ autonomy, version }: Pick<Profile, 'autonomy' | 'version'>): string =>
  `profile:${autonomy}@${version}`;
