import { createHash } from 'node:crypto';
import type { LinkView, Operations } from '../operations/index.ts';
import { readBytes } from './body.ts';

/**
 * The page behind a link in a mail: what is asked, and a form that answers.
 *
 * PAGE-1  A page is looked at by GET and HEAD, which change nothing, and answered by POST with the token in the body.
 * PAGE-2  No script, no picture, nothing from elsewhere; what people wrote is text. Nothing is kept, and the address is told to nobody.
 * PAGE-3  What cannot be shown whole cannot be decided here.
 */
type Desk = Operations['decisions'];

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
dt { font-weight: 600; margin-top: .75rem } dd { margin: 0 }
pre { overflow: auto; max-height: 30rem; padding: 1rem; border: 1px solid #8888; border-radius: .5rem; white-space: pre-wrap }
textarea { width: 100%; box-sizing: border-box; font: inherit }
button { font: inherit; padding: .5rem 1.25rem; margin: .75rem .75rem 0 0 }
.refusal { border-left: .25rem solid #c33; padding-left: 1rem }
`;
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MOST_BYTES = 65_536;
const MOST_REASON = 20_000;
const MOST_SHOWN = 262_144;

export const showDecision = async (desk: Desk, token: string): Promise<Response> =>
  respond(await desk.open(token), token);

export async function takeDecision(desk: Desk, request: Request): Promise<Response> {
  const bytes = await readBytes(request, MOST_BYTES);
  const form = new URLSearchParams(bytes.ok ? Buffer.from(bytes.value).toString('utf8') : '');
  const token = form.get('token') ?? '';
  const outcome = form.get('outcome');
  const reason = (form.get('reason') ?? '').trim().slice(0, MOST_REASON);
  const open = await desk.open(token);
  if (open.state === 'open' && (!isWhole(open) || (outcome !== 'approve' && outcome !== 'reject')))
    return respond({ ...open, refusal: 'Nothing was decided: say yes or no.' }, token);
  const decision = {
    outcome: outcome === 'approve' ? outcome : 'reject',
    ...(reason !== '' && { reason }),
  } as const;
  return respond(open.state === 'open' ? await desk.decide(token, decision) : open, token);
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

function respond(view: LinkView, token: string): Response {
  const { title, body } = contentOf(view, token);
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
</body></html>
`;
  return new Response(html, {
    status: STATUS[view.state],
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

function contentOf(view: LinkView, token: string): Content {
  switch (view.state) {
    case 'open':
      return question(view, token);
    case 'decided': {
      const word = view.outcome === 'approve' ? 'yes' : 'no';
      return said('Thank you', `Your answer is recorded, ${view.person}: ${word}. You can close this page.`);
    }
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

function question({ person, task, refusal }: Open, token: string): Content {
  const { asked, deadline } = task;
  const rows: readonly (readonly [string, string | null])[] = [
    ['For', person],
    ['Process', asked.definition.name],
    ['Asked by', asked.startedBy],
    ['Why', asked.why],
    ['If you say yes', asked.onApproval],
    ['If you say no', asked.onRejection],
    ['By', deadline === null ? null : new Date(deadline).toUTCString()],
  ];
  const list = rows
    .filter(([, text]) => text !== null && text !== '')
    .map(([label, text]) => `<dt>${label}</dt><dd>${escaped(text ?? '')}</dd>`);
  const alert = refusal === undefined ? '' : `<p class="refusal" role="alert">${escaped(refusal)}</p>`;
  const shown = `<h2>What it is about</h2>\n<pre>${escaped(textOf(task.input).slice(0, MOST_SHOWN))}</pre>`;
  const body = [alert, `<dl>${list.join('\n')}</dl>`, shown, answer({ task, person, state: 'open' }, token)];
  return { title: asked.what, body: body.filter(Boolean).join('\n') };
}

function answer(view: Open, token: string): string {
  if (!view.task.asked.actions.includes('decide'))
    return `<p>This is work to be done, not a question: see <code>humanos tasks show ${escaped(view.task.id)}</code>.</p>`;
  if (!isWhole(view))
    return '<p>This is too large to be shown here whole, so it is not decided here: see <code>humanos inbox</code>.</p>';
  return `<form method="post" action="/decisions">
<input type="hidden" name="token" value="${escaped(token)}">
<p><label for="reason">Your reason, which goes into the record</label><textarea id="reason" name="reason" rows="3" maxlength="${MOST_REASON}"></textarea></p>
<button name="outcome" value="approve">Approve</button><button name="outcome" value="reject">Reject</button>
</form>`;
}

const isWhole = ({ task }: Open): boolean => {
  const text = textOf(task.input);
  return text.length <= MOST_SHOWN && !text.includes('"$artifact":');
};

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
