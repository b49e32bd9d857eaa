import type { Json, JsonObject } from '../definition/index.ts';
import { isObject } from '../definition/json.ts';
import { toHex, canonical } from '../ledger/index.ts';
import {
  checkPolicy,
  compilePolicies,
  effective,
  FACTS,
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

/** The plainest value of a shape; participants are given by their id, or as they are. */
function plainest(shape: JsonObject, context: Context, given: Json | undefined): Json {
  const { type, enum: words, properties } = shape;
  const types = Array.isArray(type) ? type : [type];
  if (properties !== undefined && isObject(properties) && types[0] === 'object') {
    if (given === undefined && types.includes('null')) return null;
    if (given === null) return null;
    if (typeof given === 'string' && properties['owner'])
      return participantOf({ find: (id) => context.runtime.organisation.passport(id) }, given);
    const members = given !== undefined && isObject(given) ? given : {};
    return Object.fromEntries(
      Object.entries(properties).map(([name, of]) => [
        name,
        plainest(of as JsonObject, context, members[name]),
      ]),
    );
  }
  if (given !== undefined) return given;
  if (types.includes('null')) return null;
  if (Array.isArray(words)) return words[0] as Json;
  const plain: Readonly<Record<string, Json>> = { string: '', number: 0, boolean: false, array: [] };
  return plain[String(types[0])] ?? null;
}

function factsOf<P extends Point>(context: Context, point: P, given: JsonObject): FactsOf<P> {
  const facts = Object.entries(FACTS[point]).map(([name, { shape }]) => {
    const own = given[name];
    if (name === 'now' && own === undefined) return [name, timeOf(context.clock.now())];
    return [name, plainest(shape, context, own)];
  });
  return Object.fromEntries(facts) as FactsOf<P>;
}

/** A fact that is no such thing would not be one that is ever seen. */
function misnamed(point: Point, facts: JsonObject): Refused | null {
  const wrong = Object.keys(facts).find((name) => !Object.hasOwn(FACTS[point], name));
  return wrong === undefined
    ? null
    : no(
        'request_invalid',
        `There is no fact ${wrong} at ${point}. There are: ${Object.keys(FACTS[point]).join(', ')}.`,
      );
}

export const effectivePolicy: Read<'policy.effective'> = async (context, { input: { point, facts } }) => {
  const { policies } = context.runtime.organisation;
  const holds = policies.inForce();
  if (!holds) return no('policies_unreadable', 'The policies cannot be read, so that nothing begins.');
  const refused = misnamed(point, facts);
  if (refused) return refused;
  const full = under(holds.profile, point, factsOf(context, point, facts));
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
    const refused = misnamed(point, facts);
    if (refused) return refused;
    history.push({ point, facts: factsOf(context, point, facts) } as Situation);
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
  const read = profile === undefined ? null : readProfile(profile, 0);
  if (read && !read.ok)
    return no('policy_invalid', read.problems[0]?.message ?? '', { problems: read.problems });
  const holds = read?.profile ?? policies.inForce()?.profile;
  if (!holds) return no('policies_unreadable', 'The policies cannot be read.');
  return { ok: true, set: compiled.set, organisation: { profile: holds, emergencyStop: { state: 'off' } } };
}

const idOf = ({ id }: JsonObject): string => (typeof id === 'string' ? id : '');
