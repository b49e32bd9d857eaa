import type { Json, JsonObject } from '../definition/index.ts';
import { isObject } from '../definition/json.ts';
import { toHex, canonical } from '../ledger/index.ts';
import {
  checkPolicy,
  checkProfile,
  compilePolicies,
  effective,
  FACTS,
  problemsOfFacts,
  readProfile,
  simulate,
  under,
  type FactsOf,
  type Organisation,
  type Point,
  type PolicySet,
  type Ruling,
  type Situation,
} from '../policy/index.ts';
import { participantOf, situationsOf, timeOf } from '../runtime/index.ts';
import { absent } from './archived.ts';
import type { Context, Read } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import type { RulingView } from './schema/policies.ts';

/** Policies tried on acts: what would apply now, and what another set would have said. */
const rulingView = (ruling: Ruling): RulingView => {
  const plain = JSON.parse(JSON.stringify(ruling)) as RulingView & { set: string; counts: boolean };
  const { set: _, counts: __, ...view } = plain;
  return view;
};

/** The plainest value of a shape, with what is given of it. */
function plainest({ type, enum: words, properties }: JsonObject, given: Json | undefined): Json {
  const types = Array.isArray(type) ? type : [type];
  if (given === undefined && types.includes('null')) return null;
  if (isObject(properties) && given !== null) {
    const members = isObject(given) ? given : {};
    return Object.fromEntries(
      Object.entries(properties).map(([name, of]) => [name, plainest(of as JsonObject, members[name])]),
    );
  }
  if (given !== undefined) return given;
  if (Array.isArray(words)) return words[0] as Json;
  const plain: Readonly<Record<string, Json>> = { string: '', number: 0, boolean: false, array: [] };
  return plain[String(types[0])] ?? null;
}

/** Participants may be given by their ids. */
function withParticipants({ runtime, clock }: Context, point: Point, given: JsonObject): JsonObject {
  const shapes: Readonly<Record<string, { readonly shape: JsonObject }>> = FACTS[point];
  const find = (id: string) => runtime.organisation.passport(id);
  const isParticipant = ({ properties }: JsonObject = {}): boolean =>
    isObject(properties) && properties['owner'] !== undefined;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === 'string' && isParticipant(shapes[name]?.shape)
        ? participantOf({ find, now: clock.now() }, value)
        : value,
    ]),
  );
}

type Found<P extends Point> = { readonly ok: true; readonly facts: FactsOf<P> } | Refused;

/** All facts of a point. What is no such fact, or cannot be what it is, would not be one that is ever seen. */
function factsOf<P extends Point>(context: Context, point: P, given: JsonObject): Found<P> {
  const told = withParticipants(context, point, { now: timeOf(context.clock.now()), ...given });
  const problems = problemsOfFacts(point, told);
  if (problems.length > 0) {
    const list = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(' ');
    return no('request_invalid', `These are no facts at ${point}. ${list}`, { problems });
  }
  const facts = Object.entries(FACTS[point]).map(([name, { shape }]) => [name, plainest(shape, told[name])]);
  return { ok: true, facts: Object.fromEntries(facts) as FactsOf<P> };
}

export const effectivePolicy: Read<'policy.effective'> = async (context, { input: { point, facts } }) => {
  const { policies } = context.runtime.organisation;
  const holds = policies.inForce();
  if (!holds) return no('policies_unreadable', 'The policies cannot be read, so that nothing begins.');
  const known = factsOf(context, point, facts);
  if (!known.ok) return known;
  const full = under(holds.profile, point, known.facts);
  const organisation = { profile: holds.profile, emergencyStop: policies.emergencyStop };
  const found = effective(holds.set, point, full, organisation);
  return done({
    ruling: rulingView(found.ruling),
    policies: JSON.parse(JSON.stringify(found.policies)) as JsonObject[],
    profile: JSON.parse(JSON.stringify(found.profile)) as JsonObject,
    facts: full,
  });
};

interface Tried {
  readonly ok: true;
  readonly set: PolicySet;
  readonly organisation: Organisation;
}

export const simulatePolicies: Read<'policy.simulate'> = async (context, { input }) => {
  const { policies } = context.runtime.organisation;
  const holds = policies.inForce();
  if (!holds) return no('policies_unreadable', 'The policies cannot be read, so that nothing begins.');
  const trial = trialOf(context, input);
  if (!trial.ok) return trial;
  const history: Situation[] = [];
  for (const { point, facts } of input.situations) {
    const known = factsOf(context, point, facts);
    if (!known.ok) return known;
    history.push({ point, facts: known.facts } as Situation);
  }
  for (const run of input.runs) {
    const found = await situationsOf(context.runtime, run);
    if (!found) return absent(context, run);
    history.push(...found);
  }
  const now = { profile: holds.profile, emergencyStop: { state: 'off' } } as const;
  const found = simulate(trial, history, { set: holds.set, organisation: now });
  return done({
    situations: history.length,
    verdicts: { ...found.verdicts },
    differences: found.differences.map(({ at, change, before, after }) => ({
      at,
      point: before.point,
      change,
      before: rulingView(before),
      after: rulingView(after),
    })),
  });
};

/** What is in force, with what is to be tried in its place. */
function trialOf(
  { runtime, sha256 }: Context,
  {
    policies: tried,
    without,
    profile,
  }: {
    readonly policies: readonly JsonObject[];
    readonly without: readonly string[];
    readonly profile?: JsonObject | undefined;
  },
): Tried | Refused {
  const { policies } = runtime.organisation;
  const replaced = new Set([...without, ...tried.map((document) => idOf(document))]);
  const kept = policies.active
    .filter(({ what, name }) => what === 'save_policy' && !replaced.has(name))
    .map(({ document, version, documentDigest }) => ({ document, version, digest: documentDigest }));
  for (const document of tried) {
    const problems = checkPolicy(document).filter(({ severity }) => severity === 'error');
    if (problems.length > 0)
      return no('policy_invalid', `${idOf(document)}: ${problems[0]?.message ?? ''}`, { problems });
  }
  const added = tried.map((document) => ({
    document,
    version: 1 + Math.max(0, ...policies.history(idOf(document)).map(({ version }) => version)),
    digest: toHex(sha256(canonical(document))),
  }));
  const compiled = compilePolicies([...kept, ...added], 'trial');
  if (!compiled.ok)
    return no('policy_invalid', compiled.problems[0]?.message ?? '', { problems: compiled.problems });
  const problems = profile === undefined ? [] : checkProfile(profile);
  if (problems.length > 0) return no('policy_invalid', problems[0]?.message ?? '', { problems });
  const read = profile === undefined ? null : readProfile(profile, 0);
  const holds = read?.ok ? read.profile : policies.inForce()?.profile;
  if (!holds) return no('policies_unreadable', 'The policies cannot be read.');
  return { ok: true, set: compiled.set, organisation: { profile: holds, emergencyStop: { state: 'off' } } };
}

const idOf = ({ id }: JsonObject): string => (typeof id === 'string' ? id : '');
