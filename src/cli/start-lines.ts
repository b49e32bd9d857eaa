import type { RunView } from '../client/index.ts';
import { document, indent, moment, pairs, span } from './layout.ts';

type Approval = NonNullable<RunView['launch']>['approvals'][number];

/** What whoever decides on the start of a run has to know: what goes in, how far it may go, who decides, and why they are asked. */
export const describeStart = ({ limits, launch }: RunView, input: unknown): string[] => [
  ...indent(
    pairs([
      ['waits for', launch && launch.approvals.map(waitText).join(' and ')],
      ['because', launch && launch.reasons.join(', ')],
    ]),
  ),
  'input',
  ...indent(document(input)),
  'limits',
  ...indent(limitLines(limits)),
];

const waitText = ({ from, quorum, decided, deadline }: Approval): string => {
  const heard = quorum > 1 ? ` (${decided.length} of ${quorum})` : '';
  return `${from.join(' or ')}${heard}${deadline === null ? '' : `, until ${moment(deadline)}`}`;
};

const limitLines = ({ concurrency, tasks, tokens, cost, duration }: RunView['limits']): string[] =>
  pairs([
    ['at a time', String(concurrency)],
    ['tasks', String(tasks)],
    ['tokens', tokens === null ? null : String(tokens)],
    ['cost', cost && `${cost.amount} ${cost.currency}`],
    ['duration', duration === null ? null : span(duration)],
  ]);
