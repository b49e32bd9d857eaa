/** What an approval asks for, of what its author wrote and the check has found to be right. */
import { parseReminder, parseSpan } from './duration.ts';
import type {
  ApprovalNode,
  DeadlineNode,
  Lapse,
  OnReject,
  Quorum,
  SendBack,
  Span,
  StageNode,
  Template,
} from './graph.ts';
import type { Json, JsonObject } from './json.ts';
import type { Path } from './path.ts';
import type { AuthoredStep } from './schema.ts';

type Authored = NonNullable<AuthoredStep['approval']>;
type AuthoredDeadlines = Authored['deadlines'];

const DEFAULT_REDOS = 3;

/** What else there is in the definition. */
export interface Around {
  /** The condition that stands at the path, null where it is none or always true. */
  condition(path: Path): Template | null;
  /** What is known of the value that stands at the path. */
  shape(path: Path): JsonObject | null;
  /** The index of a phase. */
  phase(id: string): number;
}

type Compiled = Pick<
  ApprovalNode,
  | 'description'
  | 'schema'
  | 'quorum'
  | 'chain'
  | 'distinct'
  | 'distinctFrom'
  | 'veto'
  | 'reasoned'
  | 'keeps'
  | 'escalate'
  | 'onTimeout'
  | 'onReject'
  | 'onChanges'
  | 'deadlines'
>;

export function compileApproval(approval: Authored, path: Path, around: Around): Compiled {
  const chain = (approval.chain ?? []).map((stage, index): StageNode => ({
    from: listOf(stage.from),
    quorum: quorumOf(stage.quorum),
    if: around.condition([...path, 'chain', index]),
  }));
  return {
    description: approval.description ?? null,
    schema: approval.schema ?? inherited(approval.subject, around.shape([...path, 'subject'])),
    quorum: quorumOf(approval.quorum),
    chain,
    distinct: approval.distinct ?? 'people',
    distinctFrom: listOf(approval.distinctFrom),
    veto: approval.veto ?? true,
    reasoned: approval.reason === 'required',
    keeps: approval.onChange === 'keep',
    escalate: listOf(approval.escalate),
    onTimeout: approval.onTimeout === 'reject' ? 'reject' : 'expire',
    onReject: rejectionOf(approval.onReject, around),
    onChanges: approval.onChanges === undefined ? null : sendBackOf(approval.onChanges, around),
    deadlines: compileDeadlines(approval.deadlines),
  };
}

/** Of what the check has found to be a span. */
export function lapseOf(text: string | undefined): Lapse | null {
  const span = text === undefined ? null : parseSpan(text);
  return span && (span.working ? span : span.ms);
}

/** A subject that is the result of a step keeps to its schema, where that stands on its own. */
const inherited = (subject: Json, shape: JsonObject | null): JsonObject | null =>
  typeof subject !== 'string' || shape === null || JSON.stringify(shape).includes('"$ref"') ? null : shape;

const quorumOf = (quorum: number | 'all' | 'any' | undefined): Quorum =>
  quorum === undefined || quorum === 'any' ? 1 : quorum;

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

function rejectionOf(onReject: Authored['onReject'], around: Around): OnReject {
  if (typeof onReject !== 'object') return { redo: null, appeal: [] };
  if ('escalate' in onReject) return { redo: null, appeal: listOf(onReject.escalate) };
  return sendBackOf(onReject, around);
}

const sendBackOf = ({ redo, max, by }: NonNullable<Authored['onChanges']>, around: Around): SendBack => ({
  redo: around.phase(redo),
  max: max ?? DEFAULT_REDOS,
  others: by === 'another_participant',
});

/** Without `on` it is about the completion; without `then` whoever is asked to do it is told. */
export const compileDeadlines = (deadlines: AuthoredDeadlines): readonly DeadlineNode[] =>
  (deadlines ?? []).map(({ on, within, remind, then, suspended }) => ({
    on: on ?? 'completion',
    within: parseSpan(within) as Span,
    remind: listOf(remind).map((text) => parseReminder(text)!),
    ...actionOf(then),
    pauses: suspended === 'pauses',
  }));

type Then = NonNullable<AuthoredDeadlines>[number]['then'];

function actionOf(then: Then): Pick<DeadlineNode, 'then' | 'to'> {
  if (then === undefined) return { then: 'notify', to: [] };
  if (typeof then === 'string') return { then, to: [] };
  if ('notify' in then) return { then: 'notify', to: listOf(then.notify) };
  if ('reassign' in then) return { then: 'reassign', to: listOf(then.reassign) };
  return { then: 'escalate', to: listOf(then.escalate) };
}
