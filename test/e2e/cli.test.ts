import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT, Site, type Running } from './cli-kit.ts';

const site = new Site();
before(() => site.serve());
after(() => site.close());

const path = (name: string): string => join(site.folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};
const parts = (err: string): string[] => err.split('\n').map((line) => line.trim().split(':')[0] ?? '');

interface Run {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly tasks: readonly { readonly id: string; readonly kind: string }[];
}

describe('the program itself', () => {
  test('says its version, and what it can do', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(await site.start(['--version']).ended, {
      code: 0,
      out: `humanos ${version}\n`,
      err: '',
    });
    const help = await site.start(['--help']).ended;
    assert.equal(help.code, 0);
    for (const command of 'serve demo init doctor run runs show watch stop pause resume cancel rollback signal inbox approve reject'.split(
      ' ',
    ))
      assert.match(help.out, new RegExp(`^  ${command} `, 'm'));
    for (const command of 'tasks complete participants capabilities definitions ledger token worker migrate'.split(
      ' ',
    ))
      assert.match(help.out, new RegExp(`^  ${command} `, 'm'));
  });

  test('tells wrong use from failure: 2 and not 1', async () => {
    for (const args of [
      ['rus'],
      ['show'],
      ['runs', '--limit', 'many'],
      ['reject', 'run_1:a.b:1.1'],
      ['run', 'x', '--input', '{'],
      [],
    ]) {
      const { code, out, err } = await site.run(args);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.notEqual(err, '');
    }
  });

  test('says what happened, why and what to do when nothing answers, and ends with 3', async () => {
    const nowhere = ['--url', 'http://127.0.0.1:1'];
    const { code, out, err } = await site.start(['runs', ...nowhere]).ended;
    assert.deepEqual([code, out], [3, '']);
    assert.deepEqual(parts(err), ['The runs could not be listed.', 'why', 'next', 'code', '']);
    const other = await site.run(['runs', '--json', ...nowhere]);
    assert.equal(other.code, 3);
    assert.equal((JSON.parse(other.err) as { error: { code: string } }).error.code, 'unreachable');
  });

  test('takes paths from where npm was started, as one of its scripts', async () => {
    write('there.yaml', 'id: there\n');
    const check = ['definitions', 'check', 'there.yaml'];
    const { out, err } = await site.spawn(
      'npm',
      ['run', '--silent', '--prefix', ROOT, 'humanos', '--', ...check],
      {
        cwd: site.folder,
      },
    ).ended;
    assert.match(out, /It cannot be saved as it is/, err);
    const elsewhere = await site.start(check, { env: { INIT_CWD: site.folder } }).ended;
    assert.ok(elsewhere.err.includes(`why: ${join(ROOT, 'there.yaml')} is not there.`), elsewhere.err);
  });

  test('refuses a Node that is too old before it loads anything', async (t) => {
    const old = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' }).stdout ?? '';
    const [major = 99] = old.replace('v', '').split('.').map(Number);
    if (major >= 22) return t.skip(`needs a Node before 22 at /usr/bin/node, and there is ${old || 'none'}`);
    const source = stripTypeScriptTypes(readFileSync(join(ROOT, 'src/main/humanos.ts'), 'utf8'));
    const { code, err } = await site.spawn('/usr/bin/node', [write('humanos.mjs', source), 'runs']).ended;
    assert.equal(code, 1);
    assert.match(err, /needs Node 22\.18 or newer, and this is/);
    assert.match(err, /code: node_too_old/);
  });
});

describe('a server', () => {
  test("shows its administrator's token once, and is one to a database", async () => {
    const other = new Site();
    const first = await other.serve();
    assert.notEqual(other.adminToken, '');
    const second = await other.run(['serve', '--port', '0']);
    assert.equal(second.code, 1);
    assert.match(second.err, /code: database_in_use/);
    assert.equal((await first.stop()).code, 0);
    const again = await other.serve();
    assert.doesNotMatch((await again.stop('SIGINT')).out, /adminToken/);
    await other.close();
  });

  test('behind a proxy answers to the name that it is told', async () => {
    const other = new Site();
    const asked = async (host: string): Promise<number | undefined> => {
      const request = get(`${other.url}/healthz`, { headers: { host } });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    await other.serve();
    assert.deepEqual([await asked('work.example.com'), await asked('localhost')], [421, 200]);
    await other.stop();
    await other.serve({ HUMANOS_ALLOW_HOSTS: 'work.example.com, other.example.com' });
    assert.deepEqual([await asked('work.example.com'), await asked('localhost')], [200, 200]);
    await other.close();
  });

  test('says so when its port is taken, or its database is none', async () => {
    const port = new URL(site.url).port;
    const taken = await site.run(['serve', '--port', port, '--database', `sqlite:${path('other.sqlite')}`]);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /is in use[\s\S]*code: address_unavailable/);
    const none = await site.run([
      'serve',
      '--port',
      '0',
      '--database',
      `sqlite:${write('text.sqlite', 'no database at all')}`,
    ]);
    assert.equal(none.code, 1);
    assert.match(none.err, /code: not_a_humanos_database/);
  });

  test('is examined, with what to do', async () => {
    const fine = await site.json<{ ok: boolean; findings: { name: string; status: string }[] }>('doctor');
    assert.deepEqual(
      fine.findings.map(({ name, status }) => `${name} ${status}`),
      ['node ok', 'database ok', 'server ok', 'token ok', 'clock ok'],
    );
    const down = await site.run([
      'doctor',
      '--url',
      'http://127.0.0.1:1',
      '--database',
      `sqlite:${path('nothing.sqlite')}`,
    ]);
    assert.equal(down.code, 1);
    assert.match(down.out, /warning {2}database[\s\S]*humanos serve[\s\S]*failed {3}server[\s\S]*→/);
    const nobody = await site.run(['doctor'], { env: { HUMANOS_TOKEN: undefined } });
    assert.equal(nobody.code, 1);
    assert.match(nobody.out, /failed {3}token[\s\S]*HUMANOS_TOKEN/);
  });

  test('has its database brought up to date, or looked at', async () => {
    const url = `sqlite:${path('new.sqlite')}`;
    const looked = await site.run(['migrate', '--check', '--database', url, '--json']);
    assert.equal(looked.code, 1);
    assert.equal((JSON.parse(looked.out) as { status: string }).status, 'absent');
    assert.ok(!existsSync(path('new.sqlite')));
    assert.match((await site.run(['migrate', '--database', url])).out, /schema version \d+, the latest/);
    assert.equal((await site.run(['migrate', '--check', '--database', url])).code, 0);
    assert.equal((await site.run(['migrate', '--database', 'mysql://x'])).code, 2);
  });
});

describe('the first steps', () => {
  let greeter: { readonly id: string; readonly env: NodeJS.ProcessEnv };
  let worker: Running;
  let run: string;

  test('init writes files that are there to be run, and no others', async () => {
    const folder = path('hello');
    assert.equal((await site.run(['init', folder])).code, 0);
    assert.equal((await site.run(['init', folder])).code, 1);
    const checked = await site.json<{ ok: boolean }>('definitions', 'check', join(folder, 'hello.yaml'));
    assert.equal(checked.ok, true);
  });

  test('an agent is registered and works, a person does the rest', async () => {
    greeter = await site.participant('Greeter', '--capability', 'greeting');
    worker = site.start(['worker', path('hello/agent.mjs')], { env: greeter.env });
    await worker.until(/waits for work: greeting/);
    const running = site.start([
      'run',
      path('hello/hello.yaml'),
      '--input',
      '{ "names": ["Ada", "Grace"] }',
      '--wait',
    ]);
    run = (await running.until(/run_\w+/))[0];
    const task = (await running.until(/asks role:administrator.*humanos show (\S+)/))[1] ?? '';

    const inbox = await site.run(['inbox']);
    assert.match(inbox.out, new RegExp(task));
    assert.match((await site.run(['show', task])).out, /Hello, Ada![\s\S]*Hello, Grace!/);
    assert.match((await site.run(['show', run])).out, /awaiting_human[\s\S]*greet\.greeting .*2\/2/);
    const done = await site.start(['complete', task, '--output', '-'], { input: '{ "polite": true }' }).ended;
    assert.equal(done.code, 0, done.err);
    const { code, out } = await running.ended;
    assert.equal(code, 0);
    assert.match(out, /greet\.greeting .*2\/2/);
    assert.match(out, /"polite": true/);
  });

  test('everything there is can be listed', async () => {
    const lists = await Promise.all(
      [
        ['runs'],
        ['tasks', '--run', run],
        ['participants', '--token', site.adminToken],
        ['capabilities'],
        ['definitions'],
        ['token', 'list'],
        ['ledger'],
      ].map(async (args) => ({ args, ...(await site.run(args)) })),
    );
    const expected = [run, 'greet.greeting', greeter.id, 'greeting', 'hello', greeter.id, 'run.created'];
    for (const [at, { args, code, out }] of lists.entries()) {
      assert.equal(code, 0, args.join(' '));
      assert.ok(out.includes(expected[at] ?? ''), args.join(' '));
    }
    assert.equal((await site.json<{ id: string }>('participants', 'show', 'me')).id, 'passport_human_admin');
    assert.equal(
      (await site.json<{ document: { id: string } }>('definitions', 'show', 'hello')).document.id,
      'hello',
    );
    assert.equal(
      (await site.json<{ rows: unknown[] }>('runs', '--status', 'failed,cancelled')).rows.length,
      0,
    );
  });

  test('watch replays a run as one line of JSON per event, and ends with it', async () => {
    const { code, out } = await site.start(['watch', run, '--json']).ended;
    assert.equal(code, 0);
    const types = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    assert.equal(types[0], 'run.created');
    assert.equal(types.at(-1), 'run.completed');
    assert.equal((await site.run(['watch', run])).code, 0);
  });

  test('a worker stops when it is told to', async () => {
    const { code, err } = await worker.stop();
    assert.equal(code, 0);
    assert.match(err, /stopped\n$/);
  });

  test('a program works as an agent too, and its failure is that of the task', async () => {
    const exec = `node -e "const {input} = JSON.parse(fs.readFileSync(0)); if (input.name === 'nobody') { console.error('there is nobody'); process.exit(3) } console.log(JSON.stringify({ text: input.name }))"`;
    const program = site.start(['worker', '--exec', exec, '--capability', 'greeting', '--json'], {
      env: greeter.env,
    });
    const running = site.start(['run', 'hello', '--input', '{ "names": ["Ada"] }', '--wait']);
    await running.until(/greet\.greeting .*1\/1/);
    await running.stop('SIGINT').then(({ code }) => assert.equal(code, 130));
    const failing = await site.json<Run>('run', 'hello', '--input', '{ "names": ["nobody"] }');
    await program.until(/"type":"failed".*program_failed.*there is nobody/);
    await site.run(['cancel', failing.id, '--reason', 'seen enough']);
    assert.equal((await program.stop()).code, 0);
  });

  test('a worker that cannot work says why', async () => {
    const cases: [string[], number, RegExp][] = [
      [['worker'], 2, /needs a module or a program/],
      [['worker', path('nothing.mjs')], 1, /could not be loaded/],
      [['worker', write('empty.mjs', 'export const x = 1;')], 1, /no function as its default export/],
    ];
    for (const [args, code, why] of cases) {
      const ended = await site.run(args, { env: greeter.env });
      assert.equal(ended.code, code);
      assert.match(ended.err, why);
    }
    const human = await site.run(['worker', path('hello/agent.mjs')]);
    assert.equal(human.code, 1);
    assert.match(human.err, /kind_unsuited/);
  });
});
