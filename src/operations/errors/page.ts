import { PROBLEM_CODES } from '../../definition/index.ts';
import { ERRORS, refusalOf, type ErrorCode } from './catalogue.ts';
import { FAILURES } from '../failures.ts';
import { STORAGE_FAULTS } from '../storage-faults.ts';

interface Family {
  readonly of: Readonly<Record<string, { readonly title: string; readonly remediation: string }>>;
  /** When a code of the family is met. */
  when(code: string): string;
}

const FAMILIES: readonly Family[] = [
  {
    of: ERRORS,
    when: (code) =>
      `A request is refused with this code (${ERRORS[code as ErrorCode].kind.replaceAll('_', ' ')}).`,
  },
  {
    of: FAILURES,
    when: () => 'A task, a step or a run that did not succeed has this code in its `failure`.',
  },
  {
    of: STORAGE_FAULTS,
    when: (code) =>
      `A server or a command cannot use its database, or not as asked. A request that meets it is refused with \`${refusalOf({ code }).code}\`.`,
  },
];

/** The page of a code, as Markdown; null for a code that nothing refuses or fails with. `detail` is written by hand. */
export function errorPage(code: string, detail = ''): string | null {
  const family = FAMILIES.find(({ of }) => Object.hasOwn(of, code));
  const known = family?.of[code];
  if (!family || !known) return null;
  const parts = [`# ${code}`, `**${known.title}.** ${family.when(code)}`, '## What to do', known.remediation];
  if (code === 'definition_invalid') parts.push('## Codes of the problems', problemList());
  if (detail !== '') parts.push(detail.trim());
  return `${parts.join('\n\n')}\n`;
}

const problemList = (): string => PROBLEM_CODES.map((code) => `- \`${code}\``).join('\n');

export const documentedCodes = (): string[] => FAMILIES.flatMap(({ of }) => Object.keys(of)).toSorted();
