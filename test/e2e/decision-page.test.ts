import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Channels, NOTHING_ALLOWED } from '../../src/channels/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { memoryStore } from '../../src/store/memory/index.ts';
import { sha256 } from '../channels-kit/index.ts';
import { Site } from './http-site.ts';
import { passport, Testbed } from './http-testbed.ts';

const DAY = 24 * 3_600_000;
const SUBJECT = { total: 12_000, note: '<script>alert(1)</script>' };

/** A site whose links work, and a run that waits for a manager. */
class Scene {
  readonly site: Site;
  readonly channels: Channels;
  readonly run: string;

  private constructor(site: Site, channels: Channels, run: string) {
    this.site = site;
    this.channels = channels;
    this.run = run;
  }

  static async open(context: TestContext, approval: object = {}): Promise<Scene> {
    const store = memoryStore();
    const channels: Channels = new Channels({
      store,
      clock: { now: () => bed.clock.now(), after: () => () => {}, soon: setImmediate },
      sha256,
      people: {
        passport: (): Passport | null => null,
        passports: () => [],
        isNamed: () => false,
        mayTake: () => false,
      },
      version: '0',
      allowed: NOTHING_ALLOWED,
      mail: null,
      newId: () => '1',
      subscribe: () => () => {},
      onRecorded: () => {},
      onFault: (fault) => assert.fail(String(fault)),
    });
    const bed: Testbed = new Testbed(store, { channels });
    await bed.runtime.start();
    await bed.add(
      passport('root', { roles: ['administrator'] }),
      passport('ann', { roles: ['manager'] }),
      passport('bob', { roles: ['manager'] }),
      passport('cy', { roles: ['worker', 'clerk'] }),
    );
    const site = new Site(bed);
    context.after(() => site.close());
    const run = await bed.start(
      { id: 'draft', task: { by: 'human', from: 'role:clerk' } },
      { id: 'sign', approval: { subject: SUBJECT, from: 'role:manager', ...approval } },
    );
    const { id } = await bed.taskOf(run);
    await bed.ok('cy', 'task.start', { id });
    await bed.ok('cy', 'task.complete', { id });
    return new Scene(site, channels, run);
  }

  async link(who: string, changes: { readonly subject?: string } = {}): Promise<string> {
    const task = await this.site.bed.taskOf(this.run);
    return this.channels.links.make(
      `passport_${who}`,
      task.id,
      changes.subject ?? task.approval?.subject ?? null,
    );
  }
  look(token: string, method = 'GET') {
    return this.site.ask(null, method, `/decisions/${token}`);
  }
  answer(token: string, members: Record<string, string>) {
    return this.site.ask(null, 'POST', '/decisions', { body: new URLSearchParams({ token, ...members }) });
  }
  async decisions() {
    const { rows } = await this.site.bed.ok('root', 'task.list', { run: this.run });
    return rows.flatMap(({ approval }) => approval?.decisions ?? []);
  }
}

test('PAGE-1 looking at a link, however often and by whatever program, decides nothing', async (context) => {
  const scene = await Scene.open(context);
  const token = await scene.link('ann');
  for (const method of ['GET', 'HEAD', 'GET', 'GET', 'HEAD'])
    assert.equal((await scene.look(token, method)).status, 200);
  for (const method of ['PUT', 'DELETE', 'POST']) assert.equal((await scene.look(token, method)).status, 405);
  assert.deepEqual(await scene.decisions(), []);
  const page = await scene.look(token);
  assert.match(page.text, /<form method="post" action="\/decisions">/);
  assert.equal((await scene.answer(token, { outcome: 'approve' })).status, 200);
  assert.equal((await scene.decisions()).length, 1);
});

test('PAGE-2 the page runs nothing, keeps nothing and tells nobody; what people wrote is text', async (context) => {
  const scene = await Scene.open(context);
  const { text, headers } = await scene.look(await scene.link('ann'));
  const policy = headers.get('content-security-policy') ?? '';
  for (const part of [
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    assert.ok(policy.includes(part), policy);
  assert.ok(!policy.includes('script') && !policy.includes('unsafe'));
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.match(headers.get('content-type') ?? '', /^text\/html/);
  assert.ok(!text.includes('<script') && text.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  for (const part of ['12000', 'If you say yes', 'If you say no', 'Asked by'])
    assert.ok(text.includes(part), part);
  const style = /<style>([^]*?)<\/style>/.exec(text)?.[1] ?? '';
  const digest = Buffer.from(sha256(style)).toString('base64');
  assert.ok(policy.includes(`'sha256-${digest}'`));
});

test('DLINK-2 a decision that is recorded is told, though the link could not be noted as used', async (context) => {
  const scene = await Scene.open(context);
  const token = await scene.link('ann');
  scene.channels.links.use = () => Promise.reject(new Error('the disk is gone'));
  const answered = await scene.answer(token, { outcome: 'approve' });
  assert.equal(answered.status, 200);
  assert.match(answered.text, /recorded, ann: yes/);
  await scene.answer(token, { outcome: 'reject' });
  assert.deepEqual(
    (await scene.decisions()).map(({ outcome }) => outcome),
    ['approve'],
  );
});

test('DLINK-2 a decision by a link is the decision of the person, by their role, on what was shown', async (context) => {
  const scene = await Scene.open(context);
  const token = await scene.link('ann');
  const answered = await scene.answer(token, { outcome: 'reject', reason: ' too much ' });
  assert.equal(answered.status, 200);
  assert.match(answered.text, /recorded, ann: no/);
  const [decision] = await scene.decisions();
  assert.deepEqual(
    [decision?.participant, decision?.outcome, decision?.reason],
    ['passport_ann', 'reject', 'too much'],
  );
  const { events } = await scene.site.bed.ok('root', 'run.events', { id: scene.run });
  const event = events.find(({ type }) => type === 'task.decided');
  assert.equal(event?.actor, 'passport_ann');
  assert.deepEqual(event.authority, { kind: 'role', id: 'manager' });
});

test('a link is used up by a decision, whatever is tried after it', async (context) => {
  const scene = await Scene.open(context, { quorum: 2 });
  const token = await scene.link('ann');
  const answers = await Promise.all(
    ['approve', 'reject', 'approve', 'reject'].map((outcome) => scene.answer(token, { outcome })),
  );
  assert.equal((await scene.decisions()).length, 1);
  const key = `passport_ann link:${Buffer.from(sha256(token)).toString('hex')}`;
  assert.ok(await scene.site.bed.store.idempotent(key), 'the link was used up in the commit of the decision');
  assert.ok(answers.some(({ status }) => status === 200));
  for (const again of [await scene.look(token), await scene.answer(token, { outcome: 'reject' })]) {
    assert.equal(again.status, 410);
    assert.match(again.text, /has been used/);
  }
  const second = await scene.link('ann');
  assert.equal((await scene.answer(second, { outcome: 'reject' })).status, 409);
  assert.equal((await scene.decisions()).length, 1);
});

test('a link that is too old, broken, for another content or for somebody who left says so kindly', async (context) => {
  const scene = await Scene.open(context);
  const stale = await scene.link('ann', { subject: 'f'.repeat(64) });
  assert.equal((await scene.look(stale)).status, 409);
  assert.match((await scene.answer(stale, { outcome: 'approve' })).text, /has changed/);
  for (const token of ['x', 'a'.repeat(43), '%00', 'a'.repeat(5000)]) {
    const { status, text } = await scene.look(token);
    assert.deepEqual([status, text.includes('leads nowhere')], [404, true], token);
    assert.equal((await scene.answer(token, { outcome: 'approve' })).status, 404);
  }
  const bobs = await scene.link('bob');
  await scene.site.bed.ok('root', 'participant.suspend', { id: 'passport_bob' });
  assert.equal((await scene.look(bobs)).status, 404);
  assert.equal((await scene.answer(bobs, { outcome: 'approve' })).status, 404);
  const old = await scene.link('ann');
  scene.site.bed.clock.move(7 * DAY);
  assert.deepEqual(
    [(await scene.look(old)).status, (await scene.answer(old, { outcome: 'approve' })).status],
    [410, 410],
  );
  assert.deepEqual(await scene.decisions(), []);
});

test('a link to what somebody else has decided says that it is over', async (context) => {
  const scene = await Scene.open(context);
  const [anns, bobs] = [await scene.link('ann'), await scene.link('bob')];
  await scene.answer(anns, { outcome: 'approve' });
  const { status, text } = await scene.look(bobs);
  assert.equal(status, 409);
  assert.match(text, /nothing left to decide/);
  assert.equal((await scene.answer(bobs, { outcome: 'reject' })).status, 409);
});

test('a form that says neither yes nor no decides nothing, and neither does one that is no form', async (context) => {
  const scene = await Scene.open(context);
  const token = await scene.link('ann');
  for (const members of [{}, { outcome: 'maybe' }, { outcome: '' }]) {
    const { status, text } = await scene.answer(token, members as Record<string, string>);
    assert.equal(status, 200);
    assert.match(text, /Nothing was decided/);
  }
  const json = await scene.site.json(null, 'POST', '/decisions', { token, outcome: 'approve' });
  assert.equal(json.status, 404);
  const long = await scene.answer(token, { outcome: 'approve', reason: 'x'.repeat(20_001) });
  assert.deepEqual(
    [long.status, /role="alert">Nothing was decided: the reason/.test(long.text)],
    [200, true],
  );
  const large = await scene.answer(token, { outcome: 'approve', reason: 'x'.repeat(600_000) });
  assert.equal(large.status, 413);
  assert.deepEqual(await scene.decisions(), []);
});

const entities = { '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&', '&#39;': "'" };
const unescaped = (text: string): string =>
  text.replaceAll(/&(?:quot|lt|gt|amp|#39);/g, (name) => entities[name as keyof typeof entities]);

test('the page shows the digest and what follows, and its form can be used by everybody', async (context) => {
  const scene = await Scene.open(context, { onChanges: { redo: 'p0', max: 1 } });
  const { text } = await scene.look(await scene.link('ann'));
  const { approval } = await scene.site.bed.taskOf(scene.run);
  assert.ok(text.includes(approval?.subject ?? assert.fail()));
  for (const part of ['If you say yes', 'If you ask for changes', 'If you say no'])
    assert.ok(text.includes(`<dt>${part}</dt>`), part);
  const outcomes = [...text.matchAll(/<button name="outcome" value="(\w+)">/g)].map(([, value]) => value);
  assert.deepEqual(outcomes, ['approve', 'request_changes', 'reject', 'abstain', 'approve_with_changes']);
  for (const [, id] of text.matchAll(/<textarea id="(\w+)"/g))
    assert.ok(text.includes(`<label for="${id}">`));
  for (const [, id] of text.matchAll(/aria-(?:describedby|labelledby)="(\w+)"/g))
    assert.ok(text.includes(` id="${id}"`));
  assert.ok(text.includes('<html lang="en">') && text.includes('<main>') && text.includes('<legend>'));
});

test('what is decided on can be changed with the approval, and then that counts', async (context) => {
  const scene = await Scene.open(context);
  const token = await scene.link('ann');
  const [, shown = ''] =
    /<textarea id="changes"[^>]*>\n([^]*?)<\/textarea>/.exec((await scene.look(token)).text) ?? [];
  assert.deepEqual(JSON.parse(unescaped(shown)), SUBJECT);
  const changes = JSON.stringify({ ...SUBJECT, total: 9000 });
  const mistaken = await scene.answer(token, { outcome: 'approve', changes });
  assert.match(mistaken.text, /role="alert">Nothing was decided: you have changed the content/);
  const broken = await scene.answer(token, {
    outcome: 'approve_with_changes',
    changes: '{"total":',
    reason: 'I "say" so',
  });
  assert.match(broken.text, /role="alert">Nothing was decided: what you have made/);
  assert.ok(broken.text.includes('I &quot;say&quot; so') && broken.text.includes('<details open>'));
  assert.deepEqual(await scene.decisions(), []);
  const answered = await scene.answer(token, { outcome: 'approve_with_changes', changes });
  assert.match(answered.text, /recorded, ann: yes, with your changes/);
  const [decision] = await scene.decisions();
  assert.equal(decision?.outcome, 'approve_with_changes');
  const { steps } = await scene.site.bed.ok('root', 'workflow.get_run', { id: scene.run });
  const [output] = steps.flatMap((one) => (one.id === 'p1.sign' ? [one.output as { subject: unknown }] : []));
  assert.deepEqual(output?.subject, JSON.parse(changes));
  assert.equal((await scene.answer(token, { outcome: 'approve' })).status, 410);
});

test('content that is not changed can be sent along, with the line ends of a form', async (context) => {
  const scene = await Scene.open(context, { subject: 'one\ntwo' });
  const answered = await scene.answer(await scene.link('ann'), { outcome: 'approve', changes: 'one\r\ntwo' });
  assert.match(answered.text, /recorded, ann: yes\./);
});

test('PAGE-4 a form cannot hold NUL: by that nothing is changed', async (context) => {
  const scene = await Scene.open(context, { subject: 'one\0two' });
  const answered = await scene.answer(await scene.link('ann'), {
    outcome: 'approve',
    changes: 'one\uFFFDtwo',
  });
  assert.match(answered.text, /recorded, ann: yes\./);
});

test('PAGE-4 a reason is as long as it was written, and has the line ends that it had', async (context) => {
  const scene = await Scene.open(context);
  const reason = `${'x\n'.repeat(9_999)}x`;
  const sent = reason.replaceAll('\n', '\r\n');
  const answered = await scene.answer(await scene.link('ann'), { outcome: 'reject', reason: sent });
  assert.match(answered.text, /recorded, ann: no/);
  assert.equal((await scene.decisions())[0]?.reason, reason);
});

const LINES = { crlf: 'one\r\ntwo\r\n', cr: 'one\rtwo', mixed: 'one\r\n\rtwo\nthree' };
for (const [what, subject] of Object.entries(LINES))
  test(`PAGE-4 the line ends of a form change nothing: ${what}`, async (context) => {
    const scene = await Scene.open(context, { subject });
    const token = await scene.link('ann');
    const sent = subject.replaceAll(/\r\n?|\n/g, '\r\n');
    const more = await scene.answer(token, { outcome: 'approve', changes: `${sent}!` });
    assert.match(more.text, /you have changed the content[^]*<details open>/);
    const same = await scene.answer(token, { outcome: 'approve_with_changes', changes: sent });
    assert.match(same.text, /Nothing is changed\. To leave the subject as it is, approve it/);
    assert.ok(!same.text.includes('<details open>'));
    const answered = await scene.answer(token, { outcome: 'approve', changes: sent });
    assert.match(answered.text, /recorded, ann: yes\./);
    const { steps } = await scene.site.bed.ok('root', 'workflow.get_run', { id: scene.run });
    const [output] = steps.flatMap((one) =>
      one.id === 'p1.sign' ? [one.output as { subject: unknown }] : [],
    );
    assert.equal(output?.subject, subject);
  });

test('one can abstain, and ask for changes with a reason where the work can go back', async (context) => {
  const scene = await Scene.open(context, { quorum: 1, onChanges: { redo: 'p0', max: 1 } });
  const [anns, bobs] = [await scene.link('ann'), await scene.link('bob')];
  assert.match((await scene.answer(anns, { outcome: 'abstain' })).text, /recorded, ann: you abstain/);
  const silent = await scene.answer(bobs, { outcome: 'request_changes' });
  assert.match(silent.text, /role="alert">Say what is to be changed/);
  const asked = await scene.answer(bobs, { outcome: 'request_changes', reason: 'less' });
  assert.match(asked.text, /recorded, bob: changes are asked for/);
  const outcomes = (await scene.decisions()).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['abstain', 'request_changes']);
});

/** Few bytes as a subject, many characters on the page, and more bytes in a form. */
const WIDE = [...Array.from({ length: 17_400 }, () => []), ...Array.from({ length: 2200 }, () => '發')];
test('what does not fit into a form beside the longest reason is not changed here, and decided on all the same', async (context) => {
  const scene = await Scene.open(context, { subject: WIDE });
  const token = await scene.link('ann');
  const { text } = await scene.look(token);
  const [, content] = /<textarea id="changes"[^>]*>\n([^]*?)<\/textarea>/.exec(text) ?? [];
  const changes = content && { changes: unescaped(content).replaceAll('\n', '\r\n') };
  const answered = await scene.answer(token, { outcome: 'reject', reason: '是'.repeat(20_000), ...changes });
  assert.match(answered.text, /recorded, ann: no/);
});

test('a form that is too large is said to be that, and its link stays good', async (context) => {
  const scene = await Scene.open(context);
  const token = await scene.link('ann');
  const { status, text } = await scene.answer(token, { outcome: 'reject', reason: 'x'.repeat(600_000) });
  assert.equal(status, 413);
  assert.match(text, /Nothing was decided[^]*larger than 524288 bytes[^]*The link is still good/);
  assert.match((await scene.answer(token, { outcome: 'reject' })).text, /recorded, ann: no/);
});

test('PAGE-3 what cannot be shown whole is not decided by a link', async (context) => {
  const scene = await Scene.open(context, { subject: { text: 'x'.repeat(300_000) } });
  const token = await scene.link('ann');
  const { text } = await scene.look(token);
  assert.ok(!text.includes('<form') && text.includes('too large'));
  await scene.answer(token, { outcome: 'approve' });
  assert.deepEqual(await scene.decisions(), []);
});

test('no token is logged', async (context) => {
  const scene = await Scene.open(context);
  const token = await scene.link('ann');
  await scene.look(token);
  await scene.answer(token, { outcome: 'approve' });
  assert.ok(!JSON.stringify(scene.site.logged).includes(token));
  const { text } = await scene.site.ask(null, 'GET', '/metrics');
  assert.match(text, /operation="decision.take",status="200"/);
  assert.ok(!text.includes(token));
});
