/** What a task asks, as its reader is told. */
export interface Question {
  readonly task: string;
  readonly what: string;
  /** Of the definition. */
  readonly name: string;
  /** Name of who started the run. */
  readonly startedBy: string;
  readonly why: string | null;
  readonly onApproval: string | null;
  readonly onRejection: string | null;
  /** Ms since the epoch. */
  readonly deadline: number | null;
  readonly subject: string | null;
}
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}
export type Occasion = 'asked' | 'reminded' | 'escalated';

const OPENING: Readonly<Record<Occasion, string>> = {
  asked: '',
  reminded: 'Reminder: ',
  escalated: 'Escalated to you: ',
};
const MOST_SUBJECT = 150;

/**
 * The mail that asks somebody. What is decided on is not in it: that is shown where it is decided, as it is then.
 *
 * LETTER-1  Texts of others (descriptions, reasons, names) are text: in HTML they are escaped, and the subject is one line.
 */
export function letterOf(question: Question, name: string, link: string, occasion: Occasion): Letter {
  const { what, startedBy, why, onApproval, onRejection, deadline } = question;
  const rows: readonly (readonly [label: string, text: string | null])[] = [
    ['What', what],
    ['Process', question.name],
    ['Asked by', startedBy],
    ['Why', why],
    ['If yes', onApproval],
    ['If no', onRejection],
    ['By', deadline === null ? null : new Date(deadline).toUTCString()],
  ];
  const given = rows.filter((row): row is readonly [string, string] => row[1] !== null && row[1] !== '');
  return {
    subject: oneLine(`${OPENING[occasion]}${what}`),
    text: asText(name, given, link),
    html: asHtml(name, given, link),
  };
}

const CLOSING =
  'The link is for you alone, works once and for seven days. Opening it decides nothing. Do not pass this mail on.';

const asText = (name: string, rows: readonly (readonly [string, string])[], link: string): string =>
  [
    `${oneLine(name)},`,
    '',
    'something waits for you.',
    '',
    ...rows.map(([label, text]) => `${`${label}:`.padEnd(10)} ${text}`),
    '',
    'Look at it and answer:',
    link,
    '',
    CLOSING,
    '',
  ].join('\n');

const asHtml = (name: string, rows: readonly (readonly [string, string])[], link: string): string =>
  [
    `<p>${escaped(name)},</p><p>something waits for you.</p><table cellpadding="4">`,
    ...rows.map(([label, text]) => `<tr><th align="left">${label}</th><td>${escaped(text)}</td></tr>`),
    `</table><p><a href="${escaped(link)}">Look at it and answer</a></p><p><small>${CLOSING}</small></p>`,
  ].join('\n');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');

const oneLine = (text: string): string =>
  text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MOST_SUBJECT);
