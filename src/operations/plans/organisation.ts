import {
  capabilityOf,
  route,
  workOf,
  type Explanation,
  type Routing,
  type Situation,
} from '../../routing/index.ts';
import type {
  Choice,
  Contract,
  PlannedWork,
  PlanningView,
  RequiredApproval,
  StepDefaults,
} from '../../planning/index.ts';
import { inWords, type Ruling } from '../../policy/index.ts';
import type { Capability, FullPassport, TrackRecord } from '../../routing/index.ts';
import { foresee } from '../../runtime/index.ts';
import type { Context } from '../context.ts';

type Directory = Context['runtime']['organisation']['directory'];

/** The organisation as a planner sees it: routing answers who would get what. */
export function planningView({ runtime, clock }: Context): PlanningView {
  const { capabilities, directory, policies } = runtime.organisation;
  const situation = situationOf(runtime, clock.now());
  return {
    contracts: capabilities
      .names()
      .map((id) => contractOf(directory.capabilities.get(id) ?? capabilityOf({ id }))),
    choose(work) {
      const rules = foresee({ policies, now: situation.now, find: (id) => directory.passport(id) }, work);
      const forbidden = (passport: FullPassport): string | null =>
        rules && whyNot(rules(passport.id), passport);
      const choice = choiceOf(route(directory, earlyWork(work), { ...situation, forbidden }), directory);
      return { ...choice, approval: choice.assignee && rules && approvalOf(rules(choice.assignee.id)) };
    },
    isOneOf: (participant, parties) => {
      const passport = directory.passport(participant);
      return passport !== null && parties.some((party) => directory.isNamed(passport, party));
    },
    experience: (participant, capability) => experienceOf(situation.trackRecord(participant, capability)),
  };
}

/** Why somebody would not get it, as far as that is known now, as a part of a sentence; what has to be approved first can be. */
function whyNot({ verdict, reasons }: Ruling, { kind }: FullPassport): string | null {
  if (verdict !== 'deny' && (verdict !== 'route_to_human' || kind === 'human')) return null;
  const known = reasons.filter(({ effect, failedClosed }) => effect === verdict && !failedClosed);
  return known.length > 0 ? inWords(known).replace(/\.$/, '') : null;
}

function approvalOf({ verdict, obligations, reasons }: Ruling): RequiredApproval | null {
  if (verdict !== 'require_approval') return null;
  const from = obligations.flatMap((one) => (one.kind === 'approval' ? one.from : []));
  return { from: [...new Set(from)], reason: inWords(reasons) };
}

const situationOf = ({ history }: Context['runtime'], now: number): Situation => ({
  now,
  trackRecord: (id, capability) => history.record(id, capability),
  lastAssigned: () => null,
  forbidden: () => null,
  seed: '',
});

/** Whoever may do it, whether free now or not: it will be done later. */
const earlyWork = ({ requires, by, from }: PlannedWork) =>
  workOf({ key: 'plan', requires, by, from, strategy: 'best_fit', when: 'early' });

const contractOf = (capability: Capability): Contract => {
  const { id, description, consumes, produces, input, output } = capability;
  const step = (capability.step ?? {}) as StepDefaults;
  return { id, description, consumes, produces, input, output, step };
};

function choiceOf({ choice, explanation }: Routing, directory: Directory): Omit<Choice, 'approval'> {
  const capacity = explanation.candidates.reduce(
    (sum, { id }) => sum + (directory.passport(id)?.capacity ?? 0),
    0,
  );
  if (choice.kind !== 'assigned')
    return {
      assignee: null,
      reason: choice.kind === 'nobody' ? `missing is ${choice.missing}` : 'nobody is free',
      capacity,
    };
  const nameOf = (id: string): string => directory.passport(id)?.name ?? id;
  const { to } = choice;
  return { assignee: { id: to, name: nameOf(to) }, reason: reasonOf(explanation, nameOf), capacity };
}

function reasonOf({ eligible, candidates }: Explanation, nameOf: (id: string) => string): string {
  const [best, next] = candidates;
  if (!best) return '';
  if (!next) return `${nameOf(best.id)} is the only one who can do it`;
  const others = eligible > 2 ? `, and ${eligible - 2} more` : '';
  return best.score > next.score
    ? `${nameOf(best.id)} fits best (${best.score}); next is ${nameOf(next.id)} (${next.score})${others}`
    : `${nameOf(best.id)} fits as well as ${nameOf(next.id)} (${next.score})${others}, and comes first`;
}

const experienceOf = (record: TrackRecord | null) =>
  record && {
    samples: Math.round(record.successes + record.failures),
    duration: record.medianMs,
    cost: record.cost,
    tokens: record.tokens,
  };
