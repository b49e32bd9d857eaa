import { consumed, produced, unspoken, type Contract } from './contract.ts';
import { impossible, type Goal, type PlanProblem, type Reason } from './goal.ts';
import { capabilitiesFor } from './match.ts';
import { listed } from './names.ts';
import type { Supplies } from './supply.ts';
import type { PlanningView } from './view.ts';

export interface Selection {
  /** As they were asked for, and behind them those that were added, by id. */
  readonly contracts: readonly Contract[];
  readonly reasons: readonly Reason[];
  readonly guessed: boolean;
}
type Selected =
  | { readonly ok: true; readonly selection: Selection }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** A plan of more steps than this is no plan. */
export const MOST_STEPS = 100;

/** The capabilities of a goal: those it names, or else its words find, and those that make what these take. */
export function select(goal: Goal, view: PlanningView, supplies: Supplies): Selected {
  const documents = new Map(view.contracts.map((contract) => [contract.id, contract]));
  const guessed = goal.requiredCapabilities.length === 0;
  const ids = guessed ? capabilitiesFor(goal.goal, view.contracts) : [...new Set(goal.requiredCapabilities)];
  if (ids.length === 0) return nothing(view);
  const chosen = ids.map((id) => documents.get(id) ?? unspoken(id));
  const reasons: Reason[] = guessed
    ? [{ about: listed(ids), because: 'the words of the goal are in their names and descriptions' }]
    : [];
  const added = complete(chosen, view, supplies, reasons);
  if (!added.ok) return added;
  const contracts = [...chosen, ...added.contracts];
  if (contracts.length > MOST_STEPS)
    return impossible(
      'too_large',
      '',
      `That takes ${contracts.length} capabilities; the most is ${MOST_STEPS}.`,
    );
  const lacking = contracts.filter((contract) => !isHeld(contract, view));
  if (lacking.length > 0) return { ok: false, problems: lacking.map((contract) => unheld(contract, view)) };
  return { ok: true, selection: { contracts, reasons, guessed } };
}

const nothing = ({ contracts }: PlanningView) =>
  impossible(
    'nothing_matches',
    '',
    contracts.length === 0
      ? 'No capability is registered, so that the words of the goal find none. Name those that are needed in `requiredCapabilities`.'
      : `The words of the goal find no capability. Name those that are needed in \`requiredCapabilities\`; there are ${listed(
          contracts
            .map(({ id }) => id)
            .toSorted()
            .slice(0, 12),
        )}.`,
  );

type Completed =
  | { readonly ok: true; readonly contracts: readonly Contract[] }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Adds who makes what is taken and neither made nor in the input, as long as there is one who does. */
function complete(
  chosen: readonly Contract[],
  view: PlanningView,
  supplies: Supplies,
  reasons: Reason[],
): Completed {
  const added: Contract[] = [];
  for (;;) {
    const all = [...chosen, ...added];
    const open = openKinds(all).filter((kind) => supplies.of(kind) === null);
    const wanted = open.map((kind) => ({ kind, makers: makersOf(kind, view, all) }));
    const next = wanted.find(({ makers }) => makers.length > 0);
    if (!next || all.length > MOST_STEPS) {
      reasons.push(...adoptFor(all, supplies));
      return { ok: true, contracts: added.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
    }
    const [maker, ...others] = next.makers;
    if (!maker || others.length > 0) return several(next.kind, next.makers);
    added.push(maker);
    reasons.push({
      about: maker.id,
      because: `added, because it makes ${next.kind}, which ${takers(next.kind, all)} and nothing else makes`,
    });
  }
}

/** Gives the one kind that is left the one member that is left (SUPPLY-2). */
export function adoptFor(contracts: readonly Contract[], supplies: Supplies): Reason[] {
  const adopted = supplies.adopt(openKinds(contracts));
  return adopted ? [adoption(adopted)] : [];
}

const adoption = ({ kind, member }: { kind: string; member: string }): Reason => ({
  about: kind,
  because: `taken from \`${member}\`, the only member of the input that nothing else takes`,
});

const takers = (kind: string, contracts: readonly Contract[]): string => {
  const names = contracts
    .filter((one) => consumed(one).some(({ name }) => name === kind))
    .map(({ id }) => id);
  return `${listed(names)} ${names.length === 1 ? 'takes' : 'take'}`;
};

const several = (kind: string, makers: readonly Contract[]): Completed =>
  impossible(
    'ambiguous',
    kind,
    `${kind} is needed, and ${listed(makers.map(({ id }) => id))} make it. Name one of them in \`requiredCapabilities\`.`,
  );

/** Kinds that are taken and that nothing chosen makes, in the order in which they are taken. */
function openKinds(contracts: readonly Contract[]): string[] {
  const kinds = new Set(contracts.flatMap((contract) => consumed(contract).map(({ name }) => name)));
  return [...kinds].filter(
    (kind) =>
      !contracts.some(
        (maker) =>
          produced(maker).some(({ name }) => name === kind) &&
          !consumed(maker).some(({ name }) => name === kind),
      ),
  );
}

/** Those that somebody has, where there are such. */
function makersOf(kind: string, view: PlanningView, chosen: readonly Contract[]): Contract[] {
  const makers = view.contracts
    .filter(({ id }) => !chosen.some((one) => one.id === id))
    .filter((contract) => contract.produces.length > 0)
    .filter((contract) => produced(contract).some(({ name }) => name === kind))
    .filter((contract) => !consumed(contract).some(({ name }) => name === kind))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const held = makers.filter((contract) => isHeld(contract, view));
  return held.length > 0 ? held : makers;
}

export const partiesOf = (from: string | readonly string[] | undefined): readonly string[] =>
  from === undefined ? [] : typeof from === 'string' ? [from] : from;

const workOf = ({ id, step }: Contract) => ({
  requires: [id],
  by: step.by ?? null,
  from: partiesOf(step.from),
  priority: 5,
});
export const isHeld = (contract: Contract, view: PlanningView): boolean =>
  view.choose(workOf(contract)).assignee !== null;

export const unheld = (contract: Contract, view: PlanningView): PlanProblem => ({
  code: 'capability_missing',
  about: contract.id,
  message: `Nobody can do ${contract.id}: ${view.choose(workOf(contract)).reason}.`,
});
