import { taskOfRequest, type Rejection } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { attribute, type Runtime } from '../runtime/index.ts';
import type { Clock } from '../runtime/index.ts';

/** Refused for who somebody is, or whom they name. */
const UNPRIVILEGED: readonly string[] = ['not_eligible', 'separation_of_duties', 'participant_excluded'];
const HOUR_MS = 3_600_000;
/** Entries of one participant within an hour; one more says that there were others. */
const MOST_EACH = 50;
/** Of everybody together within an hour: nobody fills the ledger by being refused, whatever they are called. */
const MOST_ALL = 2000;

/**
 * Refusals for lack of a privilege, and those of policies, kept in the ledger: who tried what on what.
 *
 * REFUSED-1  The same attempt of the same participant is one entry an hour, and there are at most so many entries an hour.
 * REFUSED-2  The refusal is answered when its entry is durable. Where that cannot be written, it is a refusal all the same.
 * REFUSED-3  What was tried is told by what it is: `task` is a task, so that the entry is as hidden as that is.
 */
export class Refusals {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  #began = 0;
  #all = 0;
  #each = new Map<string, { count: number; seen: Set<string> }>();

  constructor(runtime: Runtime, clock: Clock) {
    this.#runtime = runtime;
    this.#clock = clock;
  }

  async keep(
    caller: Passport,
    operation: string,
    tried: Tried,
    { code, message, details }: Rejection,
  ): Promise<void> {
    if (!this.#counts(caller.id, `${operation} ${Object.values(tried).join(' ')}`)) return;
    const more = this.#each.get(caller.id)?.count === MOST_EACH;
    const ruled = details?.['ruled'];
    const payload = {
      participant: caller.id,
      operation,
      ...tried,
      code,
      message,
      ...(ruled !== undefined && { ruled }),
      ...(more && { more }),
    };
    await this.#runtime.organisation
      .change({
        by: attribute(caller, { kind: 'system', id: 'access' }),
        decide: () => ({ ok: true, value: { type: 'access.refused', payload, changes: [], value: null } }),
      })
      .catch(() => null);
  }

  /**
   * What is refused for who they are, or whom they name, is in the ledger, whatever found that out. So is what a policy has refused, with
   * the facts that it saw; who asked is told the reasons alone.
   */
  async told(
    operation: string,
    { caller, input }: { readonly caller: Passport; readonly input: unknown },
    rejection: Rejection,
  ): Promise<Rejection> {
    const isRuled = rejection.details?.['ruled'] !== undefined;
    if (isRuled || UNPRIVILEGED.includes(rejection.code))
      await this.keep(caller, operation, triedBy(operation, input as Given), rejection);
    if (!isRuled) return rejection;
    const { ruled: _, ...details } = rejection.details;
    return { ...rejection, details };
  }

  #counts(participant: string, attempt: string): boolean {
    const now = this.#clock.now();
    if (now - this.#began >= HOUR_MS) {
      this.#began = now;
      this.#all = 0;
      this.#each.clear();
    }
    let mine = this.#each.get(participant);
    if (!mine) this.#each.set(participant, (mine = { count: 0, seen: new Set() }));
    if (mine.seen.has(attempt) || mine.count >= MOST_EACH || this.#all >= MOST_ALL) return false;
    mine.seen.add(attempt);
    mine.count += 1;
    this.#all += 1;
    return true;
  }
}

/** REFUSED-3. Empty for what is only about to be. */
type Tried = Readonly<
  Partial<Record<'task' | 'request' | 'run' | 'definition' | 'delegation' | 'plan', string>>
>;
interface Given {
  readonly id?: string;
  readonly definition?: string;
}

/** What `id` names in the operations of an area. */
const NAMED: Readonly<Record<string, keyof Tried>> = {
  task: 'task',
  tool: 'request',
  workflow: 'run',
  delegation: 'delegation',
  plan: 'plan',
};

function triedBy(operation: string, { id, definition }: Given): Tried {
  if (id === undefined) return definition === undefined ? {} : { definition };
  if (operation === 'tool.request') return { task: id };
  const member = NAMED[operation.split('.', 1)[0] ?? ''];
  if (member === 'request') return { task: taskOfRequest(id), request: id };
  return member === undefined ? {} : { [member]: id };
}
