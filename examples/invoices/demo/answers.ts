import { confirm, isCancel, multiselect, note, select, text } from '@clack/prompts';
import { oneLine } from '../../../src/cli/layout.ts';
import type { Plan } from './job.ts';
import { exceptionLines, summaryLines, type Exceptions, type JobSummary } from './report.ts';

/** What the people of the job answer when they are asked. Null: they do not want to answer now. */
export interface Answers {
  /** Whether the plan is to be started. */
  start(plan: Plan): Promise<Decision | null>;
  /** `sentBack`: why the manager wants the work done again, null the first time. */
  exceptions(found: Exceptions, sentBack: string | null): Promise<Clarification | null>;
  approval(subject: Subject, sentBack: string | null): Promise<Decision | null>;
  /** Whether a file that no agent could process, for this reason, counts as invalid. */
  unread(file: string, reason: string | null): Promise<boolean>;
}
export interface Clarification {
  readonly exclude: string[];
  readonly note?: string;
}
/** What the manager decides about: an approval counts for exactly this. */
export interface Subject {
  readonly summary: JobSummary;
  readonly exceptions: Exceptions;
  /** Null where there was nothing to clarify. */
  readonly clarification: Clarification | null;
}
export interface Decision {
  readonly outcome: 'approve' | 'reject';
  readonly reason?: string;
}

/** Nobody is there: what is invalid stays out, what came twice stays in and is reported, and the summary is approved. */
export const unattended: Answers = {
  start: () => Promise.resolve({ outcome: 'approve', reason: 'The job ran unattended.' }),
  exceptions: () => Promise.resolve({ exclude: [], note: 'Seen by nobody: the job ran unattended.' }),
  approval: () => Promise.resolve({ outcome: 'approve', reason: 'The job ran unattended.' }),
  unread: () => Promise.resolve(true),
};

/** Asks at the terminal, until the signal aborts. */
export const atTerminal = (signal: AbortSignal): Answers => ({
  start: () => decision('Finance manager: do you let it begin?', 'nothing is done', signal),
  async exceptions(found, sentBack) {
    showSentBack(sentBack);
    const [invalid, twice] = exceptionLines(found);
    if (invalid.length > 0) note(invalid.join('\n'), 'Invalid, and left out of the summary');
    if (twice.length === 0) return goOnWithout(signal);
    note(twice.join('\n'), 'The same seller and number more than once');
    const chosen = await multiselect({
      message:
        'Accounts payable: which of these must be left out of the summary as well? (none: press Enter)',
      options: found.duplicates.flatMap(({ files }) =>
        files.map((file) => ({ value: file, label: oneLine(file) })),
      ),
      required: false,
      signal,
    });
    return isCancel(chosen) ? null : { exclude: chosen };
  },
  async approval(subject, sentBack) {
    showSentBack(sentBack);
    note([...summaryLines(subject.summary), '', ...omissionLines(subject)].join('\n'), 'Financial summary');
    const message = 'Finance manager: do you approve this summary?';
    return decision(message, 'the work goes back to accounts payable', signal);
  },
  async unread(file, reason) {
    note(
      `${oneLine(file)}${reason === null ? '' : `\n${oneLine(reason)}`}`,
      'No agent could process this file',
    );
    const message = 'Accounts payable: does it count as invalid? (no: it waits)';
    return (await confirm({ message, signal })) === true;
  },
});

const decision = async (message: string, hint: string, signal: AbortSignal): Promise<Decision | null> => {
  const outcome = await select({
    message,
    options: [
      { value: 'approve' as const, label: 'Approve' },
      { value: 'reject' as const, label: 'Reject', hint },
    ],
    signal,
  });
  if (isCancel(outcome)) return null;
  if (outcome === 'approve') return { outcome };
  const reason = await text({ message: 'Why?', validate: wanted, signal });
  return isCancel(reason) ? null : { outcome, reason };
};

const wanted = (given: string | undefined): string | undefined =>
  given?.trim() ? undefined : 'A rejection needs a reason.';

const goOnWithout = async (signal: AbortSignal): Promise<Clarification | null> => {
  const message = 'Accounts payable: go on without the invalid ones? (no: the run waits)';
  return (await confirm({ message, signal })) === true ? { exclude: [] } : null;
};

const showSentBack = (reason: string | null): void => {
  if (reason !== null) note(oneLine(reason), 'Sent back by the finance manager');
};

/** What the sums do not contain. */
const omissionLines = ({ exceptions, clarification }: Subject): string[] => {
  const excluded = clarification?.exclude ?? [];
  return [
    `Left out as invalid: ${Object.keys(exceptions.invalid).length}`,
    `Left out by accounts payable: ${excluded.length === 0 ? 'none' : excluded.map(oneLine).join(', ')}`,
    ...(clarification?.note === undefined ? [] : [`Note: ${oneLine(clarification.note)}`]),
  ];
};
