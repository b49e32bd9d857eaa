import { compileSchema, type CompiledSchema, type Json, type JsonObject } from '../definition/index.ts';
import type { Bound } from './bind.ts';
import { unspoken, type Contract } from './contract.ts';
import { STEPS } from './explained.ts';
import { impossible, type Goal, type PlanMoment, type Planned, type PlanProblem } from './goal.ts';
import { listed, oneLine } from './names.ts';
import { arrange, finish, workOf } from './plan.ts';
import { adoptFor, isHeld, MOST_STEPS, unheld } from './select.ts';
import { Supplies } from './supply.ts';
import type { Unit } from './unit.ts';
import type { PlanningView } from './view.ts';

/**
 * A model breaks a goal down into steps; the rest is made here, as for any plan.
 *
 * PROPOSAL-1  A model chooses capabilities, their grouping and order, and words. What steps are given, who gets them, approvals and limits
 *             are not its to say.
 * PROPOSAL-2  It is shown the names and types of the input's members, and not what they hold.
 * PROPOSAL-3  Its answer is checked whole; what is wrong goes back to it in words.
 */
export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[];
  /** JSON Schema of the answer. */
  readonly schema: JsonObject;
}

/** What came of asking. `unreadable`: it answered, and not with JSON; `unavailable`: it did not answer, so that asking again is no use. */
export type ModelAnswer =
  | { readonly ok: true; readonly value: Json; readonly text: string }
  | { readonly ok: false; readonly code: 'unreadable'; readonly text: string }
  | { readonly ok: false; readonly code: 'unavailable'; readonly reason: string };

const MOST_SHOWN = 200;
const MOST_TEXT = 2000;

const text = { type: 'string', minLength: 1, maxLength: MOST_TEXT };
const PROPOSAL: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['steps'],
  properties: {
    steps: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_STEPS,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'description', 'capabilities', 'after', 'by'],
        properties: {
          id: { type: 'string', minLength: 1, maxLength: 60 },
          description: text,
          capabilities: { type: 'array', items: text, maxItems: 20 },
          after: { type: 'array', items: text, maxItems: MOST_STEPS },
          by: { enum: ['agent', 'human', 'any'] },
        },
      },
    },
  },
};

interface ProposedStep {
  readonly id: string;
  readonly description: string;
  readonly capabilities: readonly string[];
  readonly after: readonly string[];
  readonly by: 'agent' | 'human' | 'any';
}

const SYSTEM = `You break a goal down into the steps of a workflow for people and AI agents.
Answer with one JSON object that fits this JSON Schema, and nothing else:
${JSON.stringify(PROPOSAL)}
Rules:
- A step is done by one participant in one go. "capabilities" are those it takes, by their ids as listed; use each at most once, and only those listed.
- Where capabilities are required, use all of them. Else use the fewest that reach the goal.
- What a capability consumes has to be produced by another step or be held by the input. "invoice[]" is a list of "invoice"; what consumes one of a list is done for each by itself, so never repeat a step for that.
- Put capabilities into one step only where one participant would do them together; steps that consume whole lists stand apart from those that work on each.
- "after" names steps that have to come first for other reasons than what they produce; usually it is empty.
- "by" is "human" where a person has to do it, "agent" where only a program may, else "any". A step without capabilities is for a human.
- Do not add steps for approval: they are added where they are asked for.
- "description" says to whoever does the step what to do, in the language of the goal.`;

export function proposalRequest(goal: Goal, view: PlanningView): ModelRequest {
  const known = {
    goal: goal.goal,
    requiredCapabilities: goal.requiredCapabilities,
    input: membersOf(goal.input),
    capabilities: shown(goal, view),
  };
  return {
    system: SYSTEM,
    messages: [{ role: 'user', text: JSON.stringify(known, null, 1) }],
    schema: PROPOSAL,
  };
}

/** The same request, with what was answered and what is wrong with it. */
export const repairRequest = (
  request: ModelRequest,
  answer: string,
  problems: readonly PlanProblem[],
): ModelRequest => ({
  ...request,
  messages: [
    ...request.messages,
    { role: 'assistant', text: oneLine(answer, 20_000) || '(nothing)' },
    {
      role: 'user',
      text: `That cannot be used:\n${problems
        .slice(0, 20)
        .map(({ message }) => `- ${message}`)
        .join('\n')}\nAnswer again with the whole corrected JSON object.`,
    },
  ],
});

const membersOf = (input: Json): Json =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? Object.fromEntries(
        Object.entries(input)
          .slice(0, MOST_SHOWN)
          .map(([name, value]) => [name, typeWord(value ?? null)]),
      )
    : typeWord(input);

const typeWord = (value: Json): string => {
  if (Array.isArray(value)) return `list of ${value.length}`;
  return value === null ? 'nothing' : typeof value;
};

/** What is required stands first, so that it is shown however many there are. */
const shown = ({ requiredCapabilities }: Goal, view: PlanningView): Json =>
  contractsOf(requiredCapabilities, view)
    .slice(0, MOST_SHOWN)
    .map(({ id, description, consumes, produces }) => ({
      id,
      description: oneLine(description, 300),
      consumes: [...consumes],
      produces: [...produces],
    }));

const contractsOf = (required: readonly string[], { contracts }: PlanningView): Contract[] => {
  const documents = new Map(contracts.map((contract) => [contract.id, contract]));
  const first = [...new Set(required)].map((id) => documents.get(id) ?? unspoken(id));
  const others = contracts
    .filter(({ id }) => !required.includes(id))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [...first, ...others];
};

/** The plan that a model's answer leads to, or what is wrong with the answer. */
export function planProposal(
  goal: Goal,
  view: PlanningView,
  moment: PlanMoment,
  answer: { readonly value: Json; readonly model: string },
): Planned {
  const read = readProposal(answer.value);
  if (!read.ok) return read;
  const built = unitsOf(read.steps, goal, view);
  if (!built.ok) return built;
  const supplies = new Supplies(goal.input);
  const adopted = adoptFor(
    built.units.flatMap(({ contracts }) => contracts),
    supplies,
  );
  const arranged = arrange(built.units, goal, supplies);
  if (!arranged.ok) return arranged;
  const undone = arranged.binding.bound.flatMap((bound) => undoable(bound, goal, view));
  if (undone.length > 0) return { ok: false, problems: undone };
  return finish(goal, arranged.binding, {
    view,
    moment,
    supplies,
    reasons: [{ about: STEPS, because: `proposed by the model ${answer.model}` }, ...adopted],
    guessed: false,
  });
}

type Read =
  | { readonly ok: true; readonly steps: readonly ProposedStep[] }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

/** Compiled when the first answer comes: most servers have no model. */
const compiler: { proposal?: CompiledSchema } = {};

function readProposal(value: Json): Read {
  const compiled = (compiler.proposal ??= compileSchema(PROPOSAL));
  if (!compiled.ok) throw new Error('the schema of proposals cannot be compiled');
  const problems = compiled.check(value);
  if (problems.length === 0)
    return { ok: true, steps: (value as unknown as { steps: ProposedStep[] }).steps };
  return {
    ok: false,
    problems: problems.map(({ path, message }) => wrong(path, `${path || 'The answer'} ${message}`)),
  };
}

const wrong = (about: string, message: string): PlanProblem => ({ code: 'proposal_invalid', about, message });

type Built =
  | { readonly ok: true; readonly units: readonly Unit[] }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

function unitsOf(steps: readonly ProposedStep[], goal: Goal, view: PlanningView): Built {
  const known = new Map(
    contractsOf(goal.requiredCapabilities, view).map((contract) => [contract.id, contract]),
  );
  const problems = [
    ...namesWrong(steps),
    ...capabilitiesWrong(steps, goal, known),
    ...performersWrong(steps, known),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const units = steps.map(({ id, description, capabilities, after, by }): Unit => {
    const contracts = capabilities.flatMap((name) => known.get(name) ?? []);
    return { id, description, contracts, after, by: by === 'any' ? null : by };
  });
  const lacking = units.flatMap(({ contracts }) => contracts.filter((contract) => !isHeld(contract, view)));
  return lacking.length > 0
    ? { ok: false, problems: lacking.map((contract) => unheld(contract, view)) }
    : { ok: true, units };
}

function namesWrong(steps: readonly ProposedStep[]): PlanProblem[] {
  const ids = steps.map(({ id }) => id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  return [
    ...twice.map((id) => wrong(id, `Two steps are called '${id}'.`)),
    ...steps.flatMap(({ id, after }) =>
      after
        .filter((other) => other === id || !ids.includes(other))
        .map((other) => wrong(id, `The step '${id}' comes after '${other}', which is no other step.`)),
    ),
    ...steps
      .filter(({ capabilities, by }) => capabilities.length === 0 && by !== 'human')
      .map(({ id }) => wrong(id, `The step '${id}' names no capability, and is not for a human.`)),
  ];
}

function capabilitiesWrong(
  steps: readonly ProposedStep[],
  { requiredCapabilities }: Goal,
  known: ReadonlyMap<string, Contract>,
): PlanProblem[] {
  const used = steps.flatMap(({ capabilities }) => capabilities);
  const unknown = [...new Set(used)].filter((id) => !known.has(id));
  const twice = [...new Set(used.filter((id, at) => used.indexOf(id) !== at))];
  const left = requiredCapabilities.filter((id) => !used.includes(id));
  return [
    ...unknown.map((id) => wrong(id, `There is no capability '${id}'.`)),
    ...twice.map((id) => wrong(id, `The capability '${id}' is used more than once.`)),
    ...(left.length > 0 ? [wrong(left[0] ?? '', `The required ${listed(left)} is in no step.`)] : []),
  ];
}

function performersWrong(
  steps: readonly ProposedStep[],
  known: ReadonlyMap<string, Contract>,
): PlanProblem[] {
  return steps.flatMap(({ id, by, capabilities }) =>
    capabilities.flatMap((name) => {
      const asked = known.get(name)?.step.by;
      return by === 'any' || asked === undefined || asked === by
        ? []
        : [wrong(id, `The step '${id}' is for ${by}, and ${name} is for ${asked}.`)];
    }),
  );
}

/** Somebody has each capability; together, or of the kind that was said, perhaps nobody. */
function undoable({ unit, terms }: Bound, goal: Goal, view: PlanningView): PlanProblem[] {
  const work = workOf(unit, terms.from, goal);
  if (view.choose(work).assignee !== null) return [];
  const { requires, by } = work;
  const what = requires.length > 0 ? `has ${listed(requires)}` : 'may do it';
  const how = requires.length > 1 ? ', for it to be done in one go' : '';
  return [wrong(unit.id, `Nobody can do the step '${unit.id}': no ${by ?? 'participant'} ${what}${how}.`)];
}

/** The value in a text that may say more around it: the object from the first brace to the last. */
export function readAnswer(answer: string): Json | undefined {
  const from = answer.indexOf('{');
  const to = answer.lastIndexOf('}');
  for (const part of [answer, from === -1 ? '' : answer.slice(from, to + 1)]) {
    try {
      return JSON.parse(part) as Json;
    } catch {
      continue;
    }
  }
  return undefined;
}

export const unreadable = (): Planned => impossible('proposal_invalid', '', 'The answer is not JSON.');
