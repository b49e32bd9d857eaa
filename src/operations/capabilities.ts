import { capabilityOf, countsAt, type FullPassport } from '../routing/index.ts';
import { mayAct } from '../runtime/index.ts';
import { plainWrite, type Context, type Read } from './context.ts';
import { done } from './outcome.ts';
import { asGranted } from './permissions.ts';
import { remembering } from './repetition.ts';
import type { OutputOf } from './schema/index.ts';
import type { CapabilityView } from './schema/organisation-views.ts';

function capabilityView({ runtime, clock }: Context, id: string): CapabilityView {
  const { organisation } = runtime;
  const known = organisation.capabilities.get(id);
  const { description, consumes, produces, implies, input, output, step } =
    known?.capability ?? capabilityOf({ id });
  const names = new Set(organisation.directory.capabilities.impliers(id));
  const now = clock.now();
  let participants = 0;
  let available = 0;
  for (const holder of organisation.capabilities.holders(id)) {
    const passport = organisation.passport(holder);
    participants += 1;
    if (passport && mayAct(passport) && holdsNow(passport, names, now)) available += 1;
  }
  return {
    id,
    documented: known !== null,
    revision: known?.revision ?? 0,
    description,
    consumes: [...consumes],
    produces: [...produces],
    implies: [...implies],
    input: input && { ...input },
    output: output && { ...output },
    step: step && { ...step },
    participants,
    available,
  };
}

/** By a claim that may hold for some task: its level and bounds are looked at for a task only. */
export const holdsNow = (
  { claims }: Pick<FullPassport, 'claims'>,
  names: ReadonlySet<string>,
  now: number,
): boolean => claims.some((claim) => names.has(claim.capability) && countsAt(claim, now));

export const listCapabilities: Read<'capability.list'> = async (context, { input: { limit, cursor } }) => {
  const names = context.runtime.organisation.capabilities.names();
  const from = cursor === undefined ? 0 : names.findIndex((name) => name > cursor);
  const page = from < 0 ? [] : names.slice(from, from + limit);
  const next = from >= 0 && names.length > from + limit ? (page.at(-1) ?? null) : null;
  return done({ rows: page.map((id) => capabilityView(context, id)), next });
};

export const getCapability: Read<'capability.get'> = async (context, { input: { id } }) => {
  const { directory } = context.runtime.organisation;
  const impliedBy = directory.capabilities.impliers(id).filter((name) => name !== id);
  return done({ ...capabilityView(context, id), impliedBy: impliedBy.toSorted() });
};

export const checkCapability: Read<'capability.check'> = async ({ runtime }, { input }) => {
  const problems = runtime.organisation.capabilities.check(input);
  return done({
    ok: !problems.some(({ severity }) => severity === 'error'),
    problems: problems.map((problem) => ({ ...problem })),
  });
};

type Saved = OutputOf<'capability.save'>;

export const saveCapability = plainWrite('capability.save', {
  async act(context, { input, caller, idempotency }) {
    const { revision, ...capability } = input;
    const by = asGranted(caller, 'capabilities.write');
    const view = ({
      problems,
      revision: made,
    }: {
      problems: readonly object[];
      revision: number;
    }): Saved => ({
      capability: { ...capabilityView(context, input.id), ...capability, documented: true, revision: made },
      problems: problems.map((problem) => ({ ...problem })) as Saved['problems'],
    });
    const { capabilities } = context.runtime.organisation;
    const saved = await capabilities.save(capability, revision ?? null, by, remembering(idempotency, view));
    return saved.ok ? done(view(saved.value)) : saved;
  },
});

export const deleteCapability = plainWrite('capability.delete', {
  async act({ runtime }, { input: { id }, caller, idempotency }) {
    const by = asGranted(caller, 'capabilities.write');
    const kept = remembering(idempotency, () => ({ id }));
    const deleted = await runtime.organisation.capabilities.delete(id, by, kept);
    return deleted.ok ? done({ id }) : deleted;
  },
});
