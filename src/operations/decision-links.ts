import type { DecisionLink, FoundLink } from '../channels/index.ts';
import type { Passport } from '../routing/index.ts';
import { mayAct, type Outcome } from '../runtime/index.ts';
import type { Context } from './context.ts';
import type { Operations } from './operations.ts';
import type { ParsedOf, TaskDetailView } from './schema/index.ts';

/** What stands behind a link that somebody opens. */
export type LinkView =
  | { readonly state: 'unknown' | 'expired' | 'used' | 'stale' }
  /** Nothing can be done by it; `why` in words. */
  | { readonly state: 'over'; readonly why: string }
  /** `refusal`: why what was just tried did not count. */
  | {
      readonly state: 'open';
      readonly person: string;
      readonly task: TaskDetailView;
      readonly refusal?: string;
    }
  | { readonly state: 'decided'; readonly person: string; readonly outcome: LinkDecision['outcome'] };

/** `changes`: the whole subject as it is to be, with `approve_with_changes`. */
export type LinkDecision = Pick<ParsedOf<'task.decide'>, 'outcome'> &
  Partial<Pick<ParsedOf<'task.decide'>, 'reason' | 'changes'>>;

/**
 * Links in mails, each of which stands for one person and one task.
 *
 * DLINK-1  Opening a link changes nothing, however often and by whomever it is done.
 * DLINK-2  A decision by a link is an ordinary `task.decide` of the person, on the subject that the link was made for. Its idempotency
 *          key is the link's own and is committed with it, so that of two decisions by one link one counts, and a decision that is
 *          recorded is told as that, whether or not the link could be noted as used.
 */
export class DecisionDesk {
  readonly #context: Context;
  readonly #call: Operations['call'];

  constructor(context: Context, call: Operations['call']) {
    this.#context = context;
    this.#call = call;
  }

  async open(token: string): Promise<LinkView> {
    const found = await this.#context.channels?.links.find(token);
    return found ? (await this.#look(found)).view : { state: 'unknown' };
  }

  async decide(token: string, said: LinkDecision): Promise<LinkView> {
    const links = this.#context.channels?.links;
    const found = await links?.find(token);
    if (!links || !found) return { state: 'unknown' };
    const { view, passport } = await this.#look(found);
    if (view.state !== 'open' || !passport) return view;
    const { task, subject } = found.link;
    const input = { id: task, subject, ...said };
    const decided = await this.#call('task.decide', input, passport, { idempotencyKey: `link:${found.id}` });
    if (!decided.ok) return afterRefusal(decided.rejection, view);
    await links.use(found.id).catch((fault: unknown) => this.#context.onFault(fault));
    return { state: 'decided', person: passport.name, outcome: said.outcome };
  }

  async #look({
    link,
    state,
  }: FoundLink): Promise<{ readonly view: LinkView; readonly passport?: Passport }> {
    if (state !== 'open') return { view: { state } };
    const passport = this.#context.runtime.organisation.passport(link.participant);
    if (!passport || !mayAct(passport)) return { view: { state: 'unknown' } };
    const task = await this.#call('task.get', { id: link.task }, passport);
    return { view: viewOf(link, passport, task), passport };
  }
}

function viewOf(link: DecisionLink, { name }: Passport, task: Outcome<TaskDetailView>): LinkView {
  if (!task.ok) return { state: 'over', why: task.rejection.message };
  const { approval, asked } = task.value;
  if ((approval?.subject ?? null) !== link.subject || approval?.status === 'stale') return { state: 'stale' };
  return asked.obstacle === null
    ? { state: 'open', person: name, task: task.value }
    : { state: 'over', why: asked.obstacle };
}

function afterRefusal(
  { code, message }: { readonly code: string; readonly message: string },
  view: Extract<LinkView, { state: 'open' }>,
): LinkView {
  if (code === 'idempotency_mismatch') return { state: 'used' };
  if (code === 'approval_stale') return { state: 'stale' };
  if (code === 'already_decided' || code === 'task_closed') return { state: 'over', why: message };
  return { ...view, refusal: message };
}
