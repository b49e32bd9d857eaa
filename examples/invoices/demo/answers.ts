import { confirm, isCancel, multiselect, note, select, text } from '@clack/prompts';
import type { TaskDetailView } from 'humanos/client';
import { summaryLines, type Exceptions, type JobSummary } from './report.ts';

/** What the people of the job answer when they are asked. Null: they do not want to answer now. */
export interface Answers {
  exceptions(found: Exceptions): Promise<{ exclude: string[]; note?: string } | null>;
  approval(task: TaskDetailView, subject: { summary: JobSummary }): Promise<Verdict | null>;
}
export interface Verdict {
  readonly outcome: 'approve' | 'reject';
  readonly reason?: string;
}

/** Nobody is there: what is invalid stays out, what came twice stays in and is reported, and the summary is approved. */
export const unattended: Answers = {
  exceptions: () => Promise.resolve({ exclude: [], note: 'Seen by nobody: the job ran unattended.' }),
  approval: () => Promise.resolve({ outcome: 'approve', reason: 'The job ran unattended.' }),
};

/** Asks at the terminal. */
export const atTerminal: Answers = {
  async exceptions({ invalid, duplicates }) {
    const broken = Object.entries(invalid).map(([file, rules]) => `${file}  breaks ${rules.join(', ')}`);
    const twice = duplicates.map(({ seller, number, files }) => `${seller}, number ${number}: ${files.join(', ')}`);
    if (broken.length > 0) note(broken.join('\n'), 'Invalid, and left out of the summary');
    if (twice.length === 0) return (await confirm({ message: 'Go on without the invalid ones?' })) === true ? { exclude: [] } : null;
    note(twice.join('\n'), 'The same seller and number more than once');
    const chosen = await multiselect({
      message: 'Accounts payable: which of these must be left out of the summary as well? (none: press Enter)',
      options: duplicates.flatMap(({ files }) => files.map((file) => ({ value: file, label: file }))),
      required: false,
    });
    return isCancel(chosen) ? null : { exclude: chosen };
  },
  async approval(_task, { summary }) {
    note(summaryLines(summary).join('\n'), 'Financial summary');
    const outcome = await select({
      message: 'Finance manager: do you approve this summary?',
      options: [
        { value: 'approve' as const, label: 'Approve' },
        { value: 'reject' as const, label: 'Reject', hint: 'the work goes back to accounts payable' },
      ],
    });
    if (isCancel(outcome)) return null;
    if (outcome === 'approve') return { outcome };
    const reason = await text({ message: 'Why?', validate: (given) => (given ? undefined : 'A rejection needs a reason.') });
    return isCancel(reason) ? null : { outcome, reason };
  },
};
