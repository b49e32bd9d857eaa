import { PROBLEM_CODES } from '../definition/index.ts';
import { ERRORS, type ErrorCode } from './errors.ts';
import { FAILURES } from './failures.ts';

/** The page of a code, as Markdown; null for a code that nothing refuses or fails with. `detail` is written by hand. */
export function errorPage(code: string, detail = ''): string | null {
  const known: { title: string; remediation: string } | undefined = Object.hasOwn(ERRORS, code)
    ? ERRORS[code as ErrorCode]
    : Object.hasOwn(FAILURES, code)
      ? FAILURES[code as keyof typeof FAILURES]
      : undefined;
  if (!known) return null;
  const kind = Object.hasOwn(ERRORS, code)
    ? `A request is refused with this code (${ERRORS[code as ErrorCode].kind.replaceAll('_', ' ')}).`
    : 'A task, a step or a run that did not succeed has this code in its `failure`.';
  const parts = [`# ${code}`, `**${known.title}.** ${kind}`, '## What to do', known.remediation];
  if (code === 'definition_invalid') parts.push('## Codes of the problems', problemList());
  if (detail !== '') parts.push(detail.trim());
  return `${parts.join('\n\n')}\n`;
}

const problemList = (): string => PROBLEM_CODES.map((code) => `- \`${code}\``).join('\n');

export const documentedCodes = (): string[] => [...Object.keys(ERRORS), ...Object.keys(FAILURES)].toSorted();
