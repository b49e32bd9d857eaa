import { escaped } from '../html.ts';

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
 * LETTER-1  Texts of others (descriptions, reasons, names) are text: in HTML they are escaped, and elsewhere each is one line, so that
 *           none can pass for a line of the mail itself.
 */
export function letterOf(question: Question, name: string, link: string, occasion: Occasion): Letter {
  const { what, startedBy, why, onApproval, onRejection, deadline } = question;
  const rows: readonly Row[] = [
    ['What', what],
    ['Process', question.name],
    ['Asked by', startedBy],
    ['Why', why],
    ['If yes', onApproval],
    ['If no', onRejection],
    ['By', deadline === null ? null : new Date(deadline).toUTCString()],
  ];
  return written(`${OPENING[occasion]}${what}`, { name, lead: WAITS, rows, link, closing: CLOSING });
}

/** What somebody is told of, and has nothing to do about. */
export interface Notice {
  readonly what: string;
  readonly definition: string | null;
  readonly run: string | null;
  /** Name of who did it. */
  readonly by: string;
  /** Policies as `refunds@3`. */
  readonly policies: readonly string[];
  /** Ms since the epoch. */
  readonly at: number;
  /** The command by which they decide; null where nothing is asked of them. */
  readonly answer: string | null;
}

/** The mail that tells somebody. What was done with which facts is in the ledger, and not in it. */
export function noticeLetter(notice: Notice, name: string): Letter {
  const { what, definition, run, by, policies, at, answer } = notice;
  const rows: readonly Row[] = [
    ['What', what],
    ['Process', definition],
    ['Run', run],
    ['By', by],
    ['Policy', policies.join(', ')],
    ['At', new Date(at).toUTCString()],
  ];
  if (answer === null)
    return written(`Notice: ${what}`, {
      name,
      lead: 'you are to be told of this.',
      rows,
      link: null,
      closing: TOLD,
    });
  const closing = `Look at it and answer: ${answer}`;
  return written(what, { name, lead: WAITS, rows, link: null, closing });
}

type Row = readonly [label: string, text: string | null];
interface Content {
  readonly name: string;
  readonly lead: string;
  readonly rows: readonly Row[];
  /** Where it is answered; null where it is not. */
  readonly link: string | null;
  readonly closing: string;
}

function written(subject: string, content: Content): Letter {
  const rows = content.rows.filter((row): row is Given => row[1] !== null && row[1] !== '');
  const given: GivenContent = { ...content, rows };
  return { subject: short(subject), text: asText(given), html: asHtml(given) };
}
type Given = readonly [label: string, text: string];
type GivenContent = Omit<Content, 'rows'> & { readonly rows: readonly Given[] };

const WAITS = 'something waits for you.';
const CLOSING =
  'The link is for you alone, works once and for seven days. Opening it decides nothing. Do not pass this mail on.';

const TOLD = 'Nothing is asked of you.';

const asText = ({ name, lead, rows, link, closing }: GivenContent): string =>
  [
    `${short(name)},`,
    '',
    lead,
    '',
    ...rows.map(([label, text]) => `${`${label}:`.padEnd(10)} ${oneLine(text)}`),
    '',
    ...(link === null ? [] : ['Look at it and answer:', link, '']),
    closing,
    '',
  ].join('\n');

const asHtml = ({ name, lead, rows, link, closing }: GivenContent): string =>
  [
    `<p>${escaped(name)},</p><p>${escaped(lead)}</p><table cellpadding="4">`,
    ...rows.map(([label, text]) => `<tr><th align="left">${label}</th><td>${escaped(text)}</td></tr>`),
    '</table>',
    ...(link === null ? [] : [`<p><a href="${escaped(link)}">Look at it and answer</a></p>`]),
    `<p><small>${escaped(closing)}</small></p>`,
  ].join('\n');

const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();

const short = (text: string): string => oneLine(text).slice(0, MOST_SUBJECT);
