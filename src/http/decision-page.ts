import { createHash } from 'node:crypto';
import {
  dueOf,
  escaped,
  readJson,
  type LinkDecision,
  type LinkView,
  type Operations,
  type Rejection,
} from '../operations/index.ts';
import { readBytes } from './body.ts';
import { statusOf } from './problem.ts';

/**
 * The page behind a link in a mail: what is asked, and a form that answers.
 *
 * PAGE-1  A page is looked at by GET and HEAD, which change nothing, and answered by POST with the token in the body.
 * PAGE-2  No script, no picture, nothing from elsewhere; what people wrote is text. Nothing is kept, and the address is told to nobody.
 * PAGE-3  What cannot be shown whole cannot be decided here.
 * PAGE-4  A form has line ends of its own, and no NUL: by these nothing is changed, and what is not changed is decided on as it is.
 */
type Desk = Operations['decisions'];

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
dt { font-weight: 600; margin-top: .75rem } dd { margin: 0 }
pre { overflow: auto; max-height: 30rem; padding: 1rem; border: 1px solid #8888; border-radius: .5rem; white-space: pre-wrap }
textarea { width: 100%; box-sizing: border-box; font: inherit }
button { font: inherit; padding: .5rem 1.25rem; margin: .75rem .75rem 0 0 }
fieldset { border: 1px solid #8888; border-radius: .5rem; margin: 1rem 0 } code { overflow-wrap: anywhere }
:focus-visible { outline: .2rem solid; outline-offset: .1rem }
.refusal { border-left: .25rem solid #c33; padding-left: 1rem }
`;
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MOST_BYTES = 524_288;
const MOST_REASON = 20_000;
const MOST_SHOWN = 262_144;
/** Of a text that is changed here, as a form sends it: beside the longest reason, nine bytes a character, it fits into MOST_BYTES. */
const MOST_CHANGED = 300_000;

type Said = LinkDecision['outcome'];
const ANSWERS: Readonly<Record<Said, string>> = {
  approve: 'yes',
  approve_with_changes: 'yes, with your changes',
  request_changes: 'changes are asked for',
  reject: 'no',
  abstain: 'you abstain',
};
const isAnswer = (word: string): word is Said => Object.hasOwn(ANSWERS, word);

/** What somebody has written into the form, so that a refusal does not cost it. */
interface Written {
  readonly reason: string;
  readonly changes: string | null;
}
const NOTHING: Written = { reason: '', changes: null };

export const showDecision = async (desk: Desk, token: string): Promise<Response> =>
  respond(await desk.open(token), token);

export async function takeDecision(desk: Desk, request: Request): Promise<Response> {
  const bytes = await readBytes(request, MOST_BYTES);
  if (!bytes.ok) return notRead(bytes.rejection);
  const form = new URLSearchParams(Buffer.from(bytes.value).toString('utf8'));
  const token = form.get('token') ?? '';
  const open = await desk.open(token);
  if (open.state !== 'open') return respond(open, token);
  const changes = form.get('changes');
  const written = {
    reason: asInForm(form.get('reason') ?? '').trim(),
    changes: changes && asInForm(changes),
  };
  const decision = decisionOf(open, form.get('outcome') ?? '', written);
  if (typeof decision === 'string') return respond({ ...open, refusal: decision }, token, written);
  return respond(await desk.decide(token, decision), token, written);
}

/** What the form says, or why it says nothing. */
function decisionOf(open: Open, outcome: string, { reason, changes }: Written): LinkDecision | string {
  if (!isWhole(open) || !isAnswer(outcome)) return 'Nothing was decided: choose one of the answers.';
  if (reason.length > MOST_REASON)
    return `Nothing was decided: the reason has more than ${MOST_REASON} characters.`;
  const said = { outcome, ...(reason !== '' && { reason }) };
  const { input } = open.task;
  if (outcome !== 'approve_with_changes')
    return outcome === 'approve' && isChanged(input, changes)
      ? 'Nothing was decided: you have changed the content. Approve it with your changes, or put it back as it was.'
      : said;
  if (changes === null) return 'Nothing was decided: the changed content is missing.';
  if (changes === asInForm(textOf(input))) return { ...said, changes: input };
  if (typeof input === 'string') return { ...said, changes };
  const read = readJson(changes);
  return read.ok
    ? { ...said, changes: read.value as LinkDecision['changes'] }
    : `Nothing was decided: what you have made of the content cannot be read. ${read.rejection.message}`;
}

// --- what is shown ----------------------------------------------------------------------------------------------------

const STATUS: Readonly<Record<LinkView['state'], number>> = {
  open: 200,
  decided: 200,
  unknown: 404,
  expired: 410,
  used: 410,
  stale: 409,
  over: 409,
};

const respond = (view: LinkView, token: string, written = NOTHING): Response =>
  pageOf(contentOf(view, token, written), STATUS[view.state]);

/** Nothing is known of a form that has not come whole, its token not either. */
const notRead = ({ code, message }: Rejection): Response =>
  pageOf(
    said(
      'Nothing was decided',
      message,
      'The link is still good: go back, and send less; a long reason or changed content can be given by humanos inbox.',
    ),
    statusOf(code),
  );

function pageOf({ title, body }: Content, status: number): Response {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main></body></html>
`;
  return new Response(html, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY },
  });
}

interface Content {
  readonly title: string;
  readonly body: string;
}
const said = (title: string, ...paragraphs: readonly string[]): Content => ({
  title,
  body: paragraphs.map((text) => `<p>${escaped(text)}</p>`).join('\n'),
});

function contentOf(view: LinkView, token: string, written: Written): Content {
  switch (view.state) {
    case 'open':
      return question(view, token, written);
    case 'decided':
      return said(
        'Thank you',
        `Your answer is recorded, ${view.person}: ${ANSWERS[view.outcome]}. You can close this page.`,
      );
    case 'used':
      return said(
        'This link has been used',
        'An answer was given by it, and it works once. Nothing else was done now.',
      );
    case 'expired':
      return said(
        'This link is too old',
        'It was good for seven days. What waits for you is in your inbox: humanos inbox.',
      );
    case 'stale':
      return said(
        'What you were asked about has changed',
        'So that nobody answers to something they have not seen, this link counts no more. If your answer is still needed, another mail is on its way.',
      );
    case 'over':
      return said('There is nothing left to decide here', view.why);
    case 'unknown':
      return said(
        'This link leads nowhere',
        'Perhaps a part of it was lost: open it from the mail again, whole.',
      );
  }
}

type Open = Extract<LinkView, { state: 'open' }>;

function question({ person, task, refusal }: Open, token: string, written: Written): Content {
  const { asked } = task;
  const deadline = dueOf(task);
  const rows: readonly (readonly [string, string | null])[] = [
    ['For', person],
    ['Process', asked.definition.name],
    ['Asked by', asked.startedBy],
    ['Why', asked.why],
    ['If you say yes', asked.onApproval],
    ['If you ask for changes', asked.onChanges],
    ['If you say no', asked.onRejection],
    ['By', deadline === null ? null : new Date(deadline).toUTCString()],
  ];
  const list = rows
    .filter(([, text]) => text !== null && text !== '')
    .map(([label, text]) => `<dt>${label}</dt><dd>${escaped(text ?? '')}</dd>`);
  if (asked.subject !== null)
    list.push(`<dt>Digest of what it is about</dt><dd><code>${escaped(asked.subject)}</code></dd>`);
  const alert = refusal === undefined ? '' : `<p class="refusal" role="alert">${escaped(refusal)}</p>`;
  const text = escaped(textOf(task.input).slice(0, MOST_SHOWN));
  const shown = `<h2 id="subject">What it is about</h2>\n<pre tabindex="0" aria-labelledby="subject">${text}</pre>`;
  const form = answer({ task, person, state: 'open' }, token, written);
  return {
    title: asked.what,
    body: [alert, `<dl>${list.join('\n')}</dl>`, shown, form].filter(Boolean).join('\n'),
  };
}

function answer(view: Open, token: string, written: Written): string {
  const { task } = view;
  if (!task.asked.actions.includes('decide'))
    return `<p>This is work to be done, not a question: see <code>humanos show ${escaped(task.id)}</code>.</p>`;
  if (!isWhole(view))
    return '<p>This is too large to be shown here whole, so it is not decided here: see <code>humanos inbox</code>.</p>';
  const needed = task.approval?.reasoned ? ' It is required.' : '';
  const back = task.asked.onChanges === null ? '' : button('request_changes', 'Ask for changes');
  return `<form method="post" action="/decisions">
<input type="hidden" name="token" value="${escaped(token)}">
<p><label for="reason">Your reason</label>
<textarea id="reason" name="reason" rows="3" maxlength="${MOST_REASON}" aria-describedby="why">\n${escaped(written.reason)}</textarea>
<small id="why">It goes into the record.${needed}${back === '' ? '' : ' Who asks for changes says here what they are.'}</small></p>
<fieldset><legend>Your answer</legend>
${button('approve', 'Approve')}${back}${button('reject', 'Reject')}${button('abstain', 'Abstain')}
</fieldset>${changing(task, written)}
</form>`;
}

const button = (outcome: Said, label: string): string =>
  `<button name="outcome" value="${outcome}">${label}</button>`;

/** Where the content is short enough to be changed on a page. */
function changing({ input }: Open['task'], { changes }: Written): string {
  const text = textOf(input);
  if (bytesInForm(text) > MOST_CHANGED) return '';
  return `
<details${isChanged(input, changes) ? ' open' : ''}><summary>Approve it with changes of your own</summary>
<p><label for="changes">The whole content, as it is to be</label>
<textarea id="changes" name="changes" rows="12" spellcheck="false" aria-describedby="changed">\n${escaped(changes ?? text)}</textarea>
<small id="changed">It is checked like the original, and takes its place.</small></p>
${button('approve_with_changes', 'Approve with these changes')}
</details>`;
}

const isWhole = ({ task }: Open): boolean => {
  const text = textOf(task.input);
  return text.length <= MOST_SHOWN && !text.includes('"$artifact":');
};

/** PAGE-4 */
const asInForm = (text: string): string => text.replaceAll(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD');

const bytesInForm = (text: string): number =>
  new URLSearchParams({ changes: asInForm(text).replaceAll('\n', '\r\n') }).toString().length;

/** Space around the content says nothing. */
const isChanged = (input: unknown, changes: string | null): boolean =>
  changes !== null && changes.trim() !== asInForm(textOf(input)).trim();

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
