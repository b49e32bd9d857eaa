import type {
  Choice,
  Contract,
  Experience,
  Goal,
  PlannedWork,
  PlanningView,
  RequiredApproval,
} from '../index.ts';

/** A small organisation for tests: who has what is a table, and whoever stands first is the best. */
export interface Sample {
  readonly contracts?: readonly Contract[];
  /** Capabilities by participant. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly humans?: readonly string[];
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly capacity?: number;
  readonly experience?: (participant: string, capability: string) => Experience | null;
  /** What boundaries ask before work with a capability begins. */
  readonly approvals?: Readonly<Record<string, RequiredApproval>>;
}

export const contract = (
  id: string,
  consumes: readonly string[] = [],
  produces: readonly string[] = [],
  more: Partial<Contract> = {},
): Contract => ({ id, description: '', consumes, produces, input: null, output: null, step: {}, ...more });

export const goalOf = (requiredCapabilities: readonly string[], more: Partial<Goal> = {}): Goal => ({
  goal: 'Do what has to be done',
  name: null,
  requiredCapabilities,
  humanInLoop: false,
  approvers: ['role:manager'],
  priority: 5,
  deadline: null,
  budget: { cost: null, tokens: null },
  preferredAssignee: null,
  input: {},
  ...more,
});

const isParty = ({ roles = {} }: Sample, id: string, parties: readonly string[]): boolean =>
  parties.some((party) => party === id || (roles[id] ?? []).some((role) => party === `role:${role}`));

const choose = (sample: Sample, { requires, by, from }: PlannedWork): Choice => {
  const able = Object.keys(sample.people).filter(
    (id) =>
      requires.every((name) => sample.people[id]?.includes(name)) &&
      (by === null || (sample.humans?.includes(id) ?? false) === (by === 'human')) &&
      (from.length === 0 || isParty(sample, id, from)),
  );
  const [best] = able;
  return best === undefined
    ? { assignee: null, reason: `nobody has ${requires.join(' and ')}`, capacity: 0, approval: null }
    : {
        assignee: { id: best, name: best },
        reason: `${best} is the best`,
        capacity: able.length * (sample.capacity ?? 1),
        approval: requires.map((name) => sample.approvals?.[name]).find((asked) => asked) ?? null,
      };
};

export const viewOf = (sample: Sample): PlanningView => ({
  contracts: sample.contracts ?? [],
  choose: (work) => choose(sample, work),
  isOneOf: (id, parties) => isParty(sample, id, parties),
  experience: (participant, capability) => sample.experience?.(participant, capability) ?? null,
});
