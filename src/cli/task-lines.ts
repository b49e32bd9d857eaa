import {
  isArtifactRef,
  jsonIn,
  ProblemError,
  type ArtifactRef,
  type Client,
  type TaskDetailView,
  type TaskView,
} from '../client/index.ts';
import { document, indent, moment, oneLine, pairs } from './layout.ts';

/**
 * The value with the content of artifacts in the place of the references to them, wherever they stand. References to what is not JSON,
 * or is not there, stay.
 */
export async function whole(client: Client, value: unknown): Promise<unknown> {
  if (isArtifactRef(value)) return contentOf(client, value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((part) => whole(client, part)));
  const parts = Object.entries(value).map(async ([name, part]) => [name, await whole(client, part)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

async function contentOf(client: Client, reference: ArtifactRef): Promise<unknown> {
  try {
    const content = jsonIn(await client.content(reference));
    return content === undefined ? reference : content;
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'artifact_unknown') return reference;
    throw error;
  }
}

/** A task for people: what is asked of whom, and on what. `most`: lines of what it is about. */
export function describeTask(task: TaskDetailView, input: unknown, most = Infinity): string[] {
  return [
    oneLine(task.asked.what),
    ...indent(pairs(factsOf(task))),
    task.approval ? 'subject' : 'input',
    ...indent(document(input, most)),
    ...(task.output === null ? [] : ['output', ...indent(document(task.output, 60))]),
    ...notesOf(task),
  ];
}

function factsOf(task: TaskDetailView): [string, string | null | undefined][] {
  const { asked, approval, failure, suspension } = task;
  const { definition } = asked;
  return [
    ['task', task.id],
    ['status', approval ? `${task.status}, approval ${approval.status}` : task.status],
    ['definition', `${definition.name} (${definition.id}, version ${definition.version})`],
    ['started by', asked.startedBy],
    ['answers for it', asked.accountable],
    ['asked of', [...task.from, ...task.requires].join(', ') || task.by],
    ['offered to', task.offeredTo?.join(', ') ?? null],
    ['held by', task.assignee],
    ['put aside until', suspension && (moment(suspension.until) || 'somebody resumes it')],
    ['why', asked.why],
    ['priority', String(task.priority)],
    ['deadline', moment(task.deadline)],
    ...(task.endedAt === null ? task.deadlines : []).map((one): [string, string] => [
      DONE_BY[one.on],
      clockOf(one),
    ]),
    ['if approved', asked.onApproval],
    ['if sent back', asked.onChanges],
    ['if rejected', asked.onRejection],
    ['failure', failure && `${failure.code}: ${failure.message}`],
    ['reason', approval?.reasoned ? 'every decision needs one' : null],
    ['decisions', approval && saidOn(approval)],
    ['you can', asked.actions.join(', ') || null],
    ['but', asked.obstacle],
    ['digest', asked.subject],
  ];
}

type Clock = TaskView['deadlines'][number];

const DONE_BY = { start: 'begin by', completion: 'done by' } as const satisfies Record<Clock['on'], string>;
const ELSE: Record<Clock['then'], (to: string) => string> = {
  notify: (to) => `${to || 'whoever is asked'} is told`,
  reassign: (to) => `it goes to ${to}`,
  escalate: (to) => `it goes up to ${to}`,
  reject: () => 'it is rejected',
  expire: () => 'the attempt has failed',
};
const clockOf = ({ due, then, to, stopped }: Clock): string =>
  `${stopped === null ? moment(due) : 'its clock stands still'}; else ${ELSE[then](to.join(', '))}`;

/** Who has decided how and for whom, and what of that counts no more since the subject was changed. */
export const saidOn = ({
  subject,
  keeps,
  decisions,
}: Pick<NonNullable<TaskDetailView['approval']>, 'subject' | 'keeps' | 'decisions'>): string =>
  decisions
    .map(({ participant, onBehalfOf, inNameOf, outcome, changed, ...said }) => {
      const others = [onBehalfOf, inNameOf].filter((one) => one != null && one !== participant);
      const whom = others.length > 0 ? ` for ${others.join(' and ')}` : '';
      const stands = keeps || (changed ?? said.subject) === subject;
      return `${participant}${whom}: ${outcome}${stands ? '' : ' (earlier content)'}`;
    })
    .join('; ');

/** What people have said to it, hung on it, and asked of each other. */
function notesOf({ notes, help }: TaskDetailView): string[] {
  const { comments = [], attachments = [], draft = null } = notes ?? {};
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...indent(lines)];
  return [
    ...section(
      'comments',
      comments.map(({ by, at, text }) => `${moment(at)}  ${by}: ${oneLine(text)}`),
    ),
    ...section(
      'attachments',
      attachments.map(({ name, mediaType, by, at }) =>
        oneLine(`${name}  ${mediaType}, by ${by}, ${moment(at)}`),
      ),
    ),
    ...section(
      'help',
      help.map(({ id, from, text, answer }) =>
        oneLine(`${id}. ${from}: ${text} ${answer ? `→ answered by ${answer.by}` : '→ not answered yet'}`),
      ),
    ),
    ...(draft === null ? [] : ['draft', ...indent(document(draft, 20))]),
  ];
}
