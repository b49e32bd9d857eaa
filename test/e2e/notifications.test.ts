import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, test } from 'node:test';
import { createClient } from '../../src/client/index.ts';
import { answering, Receiver, SmtpServer, textOf, type Received } from '../channels-kit/index.ts';
import { ROOT, Site } from './cli-kit.ts';

const GUIDE = readFileSync(join(ROOT, 'docs/guides/notifications.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

const folder = mkdtempSync(join(tmpdir(), 'notifications-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type IsGenuine = (headers: Headers, body: string, secret: string, now?: number) => boolean;
async function verifier(): Promise<IsGenuine> {
  const path = join(folder, 'verify.ts');
  writeFileSync(path, blocks('ts').join('\n'));
  return ((await import(pathToFileURL(path).href)) as { isGenuine: IsGenuine }).isGenuine;
}
const headersOf = ({ headers }: Received): Headers => new Headers(headers as Record<string, string>);

const DEFINITION = `
id: letter
name: Letter
phases:
  - id: sign
    steps:
      - id: approve
        approval:
          subject: { text: 'Dear all' }
          from: 'role:administrator'
          within: 3d
          deadlines: [{ within: 4h, then: reject }]
`;

test('the guide is right, and a mail that was held up by a crash leads to a decision', async () => {
  const [there, smtp] = [await Receiver.open(), await SmtpServer.open()];
  const site = new Site();
  const env = {
    HUMANOS_WEBHOOK_ALLOW: '127.0.0.1',
    HUMANOS_SMTP_URL: smtp.url,
    HUMANOS_MAIL_FROM: 'HumanOS <humanos@example.com>',
    HUMANOS_PUBLIC_URL: 'http://localhost:4400',
  };
  try {
    const server = await site.serve(env);
    const program = `humanos() { '${process.execPath}' --conditions=source '${join(ROOT, 'src/main/humanos.ts')}' "$@"; }`;
    const script = ['set -eu', program, `RECEIVER_URL=${there.url}`, ...blocks('sh')].join('\n');
    const { code, out, err } = await site.spawn('bash', ['-c', script], { cwd: site.folder }).ended;
    assert.deepEqual([code, err], [0, ''], out);
    assert.match(out, /The receiver answered 204/);
    const secrets = [...out.matchAll(/whsec_\S+/g)].map(([secret]) => secret);
    assert.equal(secrets.length, 2);

    const isGenuine = await verifier();
    const [tried] = there.received as [Received];
    assert.ok(isGenuine(headersOf(tried), tried.body, secrets[0] ?? ''));
    assert.ok(!isGenuine(headersOf(tried), `${tried.body} `, secrets[0] ?? ''));
    assert.ok(!isGenuine(headersOf(tried), tried.body, secrets[0] ?? '', Date.now() + 600_000));

    there.answer = answering(503);
    smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
    const before = there.received.length;
    const client = () => createClient({ url: site.url, token: site.adminToken });
    await client().workflow.saveDefinition({ source: DEFINITION });
    const { id: run } = await client().workflow.start({ definition: 'letter' });
    await there.until(before + 1);
    await server.stop('SIGKILL');
    const restarted = there.received.length;
    there.answer = answering(200);
    smtp.reply = () => null;
    await site.serve(env);
    const isTask = ({ body }: Received): boolean => {
      const { type, data } = JSON.parse(body) as { type: string; data: { run: string } };
      return type === 'task.created' && data.run === run;
    };
    while (!there.received.slice(restarted).some(isTask)) await there.until(there.received.length + 1);
    for (const one of there.received.slice(before))
      for (const secret of secrets) assert.ok(isGenuine(headersOf(one), one.body, secret));

    const [mail] = await smtp.until(1);
    assert.deepEqual(mail?.to, ['administrator@example.com']);
    const [task] = (await client().workflow.getRun({ id: run })).tasks;
    const by = new Date(task?.deadlines[0]?.due ?? Number.NaN).toUTCString();
    assert.ok(textOf(mail).includes(`By:        ${by}`), 'the first clock that runs out');
    const path = /http:\/\/localhost:4400(\/decisions\/[\w-]{43})/.exec(textOf(mail))?.[1] ?? '';
    const page = await fetch(new URL(path, site.url));
    assert.equal(page.status, 200);
    const shown = await page.text();
    assert.ok(shown.includes('Dear all') && shown.includes(`<dt>By</dt><dd>${by}</dd>`), shown);
    assert.equal((await client().workflow.getRun({ id: run })).status, 'running');
    const form = new URLSearchParams({ token: path.slice('/decisions/'.length), outcome: 'approve' });
    const answer = await fetch(new URL('/decisions', site.url), { method: 'POST', body: form });
    assert.equal(answer.status, 200);
    assert.equal((await client().workflow.getRun({ id: run })).status, 'completed');
  } finally {
    await site.close();
    await Promise.all([there.close(), smtp.close()]);
  }
});

test('mail that is set up by half is refused at the start, and so is what cannot be read', async () => {
  const site = new Site();
  const cases = [
    [{ HUMANOS_SMTP_URL: 'smtp://localhost' }, /HUMANOS_MAIL_FROM is not set/],
    [{ HUMANOS_WEBHOOK_ALLOW: '10.0.0.0/99' }, /HUMANOS_WEBHOOK_ALLOW cannot be used: 10\.0\.0\.0\/99/],
  ] as const;
  for (const [env, words] of cases) {
    const { code, err } = await site.start(['serve', '--port', '0'], { env }).ended;
    assert.equal(code, 2);
    assert.match(err, words);
  }
  await site.close();
});
