import {
  consumed,
  produced,
  readKind,
  refines,
  sameKind,
  type Contract,
  type Kind,
  type StepDefaults,
} from './contract.ts';

/** What one participant does in one go: one step of the plan. */
export interface Unit {
  /** Unique in the plan; the phase is called after it. */
  readonly id: string;
  readonly description: string;
  /** Empty only where a person is to do what no capability names. */
  readonly contracts: readonly Contract[];
  /** Units that come before it whatever they produce. */
  readonly after: readonly string[];
  /** Where its capabilities leave it open. */
  readonly by: 'agent' | 'human' | null;
}

export const unitOf = (contract: Contract): Unit => ({
  id: contract.id,
  description: contract.description || contract.id,
  contracts: [contract],
  after: [],
  by: null,
});

const distinct = (kinds: readonly Kind[]): Kind[] =>
  kinds.filter((kind, at) => kinds.findIndex((other) => sameKind(kind, other)) === at);

/** What it takes from outside: not what one of its capabilities makes for another. */
export const needsOf = ({ contracts }: Unit): Kind[] =>
  distinct(
    contracts.flatMap((contract) =>
      consumed(contract).filter(
        ({ name }) => !contracts.some((other) => other !== contract && makes(other, name)),
      ),
    ),
  );

const makes = (contract: Contract, kind: string): boolean =>
  produced(contract).some(({ name }) => name === kind);

/** All that its capabilities produce, what they make for each other included. Where none says what, its result is one thing. */
export function makesOf({ id, contracts }: Unit): Kind[] {
  const told = distinct(contracts.flatMap(({ produces }) => produces.map(readKind)));
  if (told.length > 0) return told;
  const [only, ...others] = contracts;
  return [{ name: only && others.length === 0 ? only.id : id, list: false }];
}

/** What its result holds: not what only its own capabilities take. */
export function resultOf(unit: Unit, wanted: ReadonlySet<string>): Kind[] {
  const { contracts } = unit;
  const inside = (kind: string): boolean =>
    contracts.some(
      (contract) =>
        consumed(contract).some(({ name }) => name === kind) &&
        !refines(contract, kind) &&
        contracts.some((other) => other !== contract && makes(other, kind)),
    );
  const all = makesOf(unit);
  const told = all.filter(({ name }) => wanted.has(name) || !inside(name));
  return told.length > 0 ? told : all;
}

/** Says nothing about what it takes, so that it is given everything. */
export const isOpen = (unit: Unit): boolean => unit.contracts.every(({ consumes }) => consumes.length === 0);

export const refinesKind = ({ contracts }: Unit, kind: string): boolean =>
  contracts.some((contract) => refines(contract, kind));

/** The terms of all of its capabilities; null where they contradict each other. */
export function termsOf({ contracts, by }: Unit): StepDefaults | null {
  const terms: Record<string, unknown> = {};
  for (const { step } of contracts)
    for (const [key, value] of Object.entries(step)) {
      if (value === undefined) continue;
      if (key in terms && JSON.stringify(terms[key]) !== JSON.stringify(value)) return null;
      terms[key] = value;
    }
  return { ...(by && { by }), ...terms };
}
