import type { Json, JsonObject } from '../definition/index.ts';
import {
  listOf,
  problemsOf,
  refuse,
  RUN_COMMANDS,
  type Attribution,
  type Command,
  type Message,
  type Rejection,
  type Ruled,
  type RunStatus,
} from '../engine/index.ts';
import { canonicalProblem } from '../ledger/index.ts';
import { bySystem } from './authority.ts';
import type { Organisation } from './organisation/index.ts';
import type { Runs } from './runs.ts';
import { pagesOf, type Store } from '../store/index.ts';

interface DeliveriesParts {
  readonly store: Store;
  readonly runs: Runs;
  readonly organisation: Organisation;
}
type Removal = Extract<Message, { kind: 'removal' }>;
type ChildStart = Extract<Message, { kind: 'child.start' }>;
type ChildEnd = Extract<Message, { kind: 'child.end' }>;

/** A run in any of these can be cancelled. */
const REMOVABLE = (Object.keys(RUN_COMMANDS) as RunStatus[]).filter(
  (status) => 'cancel' in RUN_COMMANDS[status],
);
const REMOVED_AT_ONCE = 200;

/** Carries out what one run has to tell another. */
export class Deliveries {
  readonly #parts: DeliveriesParts;

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
  }

  async deliver(id: number, message: Message): Promise<unknown> {
    const options = { delivered: id };
    const by = bySystem('delivery');
    switch (message.kind) {
      case 'child.command': {
        const { run, command, recovery } = message;
        const asked = {
          type: command,
          reason: 'the run it belongs to asked for it',
          ...(command !== 'cancel' && { byParent: true as const }),
        };
        return this.#parts.runs.execute(run, { ...asked, ...(recovery && { recovery }) }, by, options);
      }
      case 'child.end':
        return this.#endChild(id, message);
      case 'child.start':
        return this.#startChild(id, message);
      case 'removal':
        return this.#remove(id, message);
    }
  }

  /** Those that have ended meanwhile refuse it, and so does the run that asked, which takes the message with that. */
  async #remove(id: number, { run, definition, ...asked }: Removal): Promise<unknown> {
    const { before, by, reason, recovery, cause } = asked;
    const command = {
      type: 'cancel' as const,
      recovery,
      ...(reason !== null && { reason }),
      ...(cause && { cause }),
    };
    const others = { definition, status: REMOVABLE };
    for await (const rows of pagesOf(REMOVED_AT_ONCE, (page) => this.#parts.store.runs(others, page))) {
      const begun = rows.filter(({ createdAt }) => createdAt <= before);
      await Promise.all(begun.map((row) => this.#cancel(row.id, command, by)));
    }
    return this.#parts.runs.execute(run, command, by, { delivered: id });
  }

  #endChild(id: number, { kind: _, parent, ...end }: ChildEnd): Promise<unknown> {
    const { run, step, slot } = parent;
    const told = { type: 'child.end' as const, step, slot, ...end };
    return this.#parts.runs.execute(run, told, bySystem('delivery'), { delivered: id });
  }

  /** A version that lacks the phase to which it should go back undoes all that it did. */
  async #cancel(run: string, command: Extract<Command, { type: 'cancel' }>, by: Attribution): Promise<void> {
    const outcome = await this.#parts.runs.execute(run, command, by);
    if (outcome.ok || outcome.rejection.code !== 'phase_unknown') return;
    await this.#parts.runs.execute(run, { ...command, recovery: 'compensate' }, by);
  }

  async #startChild(id: number, message: ChildStart): Promise<unknown> {
    const { parent, run, definitionVersion, input, priority, depth, allotment, accountable, by } = message;
    const definition = await this.#parts.organisation.definition(
      message.definition,
      definitionVersion ?? undefined,
    );
    const graph = definition && (await this.#parts.organisation.graph(definition));
    if (!definition || !graph) {
      const unknown = refuse('definition_unknown', `There is no definition ${message.definition}.`);
      return this.#endChild(id, neverStarted(message, unknown));
    }
    const problem = inputProblem(graph.input, input);
    if (problem) return this.#endChild(id, neverStarted(message, problem));
    const { version, digest } = definition;
    return this.#parts.runs.execute(
      run,
      {
        type: 'start',
        run,
        definition: { id: definition.id, version, digest },
        input,
        priority,
        startedBy: by,
        accountable,
        hold: false,
        parent,
        depth,
        allotment,
        contributors: message.contributors,
      },
      { ...bySystem(`parent:${parent.run}`), onBehalfOf: accountable },
      { graph, delivered: id, refused: (rejection) => startRefused(message, rejection) },
    );
  }
}

/** A child that is there already tells of its end itself. */
const startRefused = (message: ChildStart, rejection: Rejection): ChildEnd | null =>
  rejection.code === 'run_exists' ? null : neverStarted(message, rejection);

const neverStarted = ({ parent, run }: ChildStart, { code, message, details }: Rejection): ChildEnd => {
  const ruled = details?.['ruled'] as Ruled | undefined;
  return {
    kind: 'child.end',
    parent,
    run,
    output: null,
    failure: { code, message },
    usage: { tasks: 0, tokens: 0, cost: 0 },
    contributors: [],
    ...(ruled && { ruled }),
  };
};

/** What is wrong with the input of a run: not JSON that can be recorded, or not what the definition asks for. */
export const inputProblem = (schema: JsonObject | null, input: Json): Rejection | null => {
  const unfit = canonicalProblem(input);
  if (unfit) return refuse('input_invalid', `The input cannot be recorded: ${unfit.message}`);
  const problems = problemsOf(schema, input);
  if (problems.length === 0) return null;
  const message = `The input is not what the definition asks for. ${listOf(problems, 'input')}`;
  return refuse('input_invalid', message, { problems });
};
