import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LIMITS } from '../http/shell.ts';
import { RetryableError } from '../worker/index.ts';
import { runProgram } from './program.ts';

const NEVER = new AbortController().signal;
const WINDOWS = process.platform === 'win32' && 'the commands are for a POSIX shell';
const coded =
  (code: string, message = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof RetryableError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

/** A pipe that is open as long as anything that the program has started lives, and how to wait for both ends of that. */
function lifeline(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'program-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const pipe = join(folder, 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  const stream = createReadStream(pipe, 'utf8');
  const begun = once(stream, 'data');
  const ended = once(stream, 'end');
  return { command: `exec 3>'${pipe}'; echo begun >&3; sleep 600; true`, begun, ended };
}

test('a program reads its task and writes its result', { skip: WINDOWS }, async () => {
  assert.deepEqual(await runProgram('cat', '{"n":1}\n', NEVER), { n: 1 });
  assert.equal(await runProgram('true', '{}\n', NEVER), null);
  await assert.rejects(runProgram('echo no', '{}\n', NEVER), coded('result_not_json'));
  await assert.rejects(runProgram('echo bad >&2; exit 3', '', NEVER), coded('program_failed', /3: bad$/));
});

test('a result that would be recorded as another is none', { skip: WINDOWS }, async () => {
  for (const [printed, message] of [
    ['12345678901234567890', /column 1: The number 12345678901234567890 cannot be held exactly/],
    ['{"n":1e400}', /column 6: The number 1e400 /],
    ['{"a":1,"a":2}', /column 8: The key "a" stands twice/],
    ['{"__proto__":1}', /__proto__/],
    ['"Jos\\351"', /not UTF-8/],
  ] as const)
    await assert.rejects(runProgram(`printf '${printed}'`, '', NEVER), coded('result_not_json', message));
  const third = '0.33333333333333333333';
  assert.equal(await runProgram(`printf ${third}`, '', NEVER), 1 / 3, 'as near as a number comes to it');
  const slow = `printf '"\\303'; sleep 0.1; printf '\\251"'`;
  assert.equal(await runProgram(slow, '', NEVER), 'é', 'however it comes in pieces');
});

test(
  'PROGRAM-1 a program whose task is lost ends with all that it has started',
  { skip: WINDOWS },
  async (context) => {
    const { command, begun, ended } = lifeline(context);
    const task = new AbortController();
    const running = runProgram(command, '', task.signal);
    await begun;
    task.abort(new Error('the lease is lost'));
    await assert.rejects(running, coded('program_failed', /SIGTERM/));
    await ended;
  },
);

test('a program whose task is lost already is not started', { skip: WINDOWS }, async () => {
  const why = new Error('the lease is lost');
  await assert.rejects(runProgram('true', '', AbortSignal.abort(why)), why);
});

test(
  'PROGRAM-4 a program that has ended is not waited for because of what it has started',
  { skip: WINDOWS, timeout: 20_000 },
  async (context) => {
    const { command, begun, ended } = lifeline(context);
    assert.deepEqual(await runProgram(`(${command}) & echo '{"n":1}'`, '', NEVER), { n: 1 });
    await begun;
    await ended;
  },
);

test(
  'PROGRAM-4 a program is not waited for because of what has left its group',
  {
    skip: WINDOWS || (spawnSync('command -v setsid', { shell: true }).status !== 0 && 'setsid is not there'),
    timeout: 20_000,
  },
  async () => {
    const left = await runProgram('setsid sleep 600 & echo $!', '', NEVER);
    assert.ok(process.kill(Number(left), 'SIGKILL'), 'it is nobody here who ends it');
  },
);

test(
  'PROGRAM-4 what is still to be written when a program has ended is read',
  { skip: WINDOWS },
  async () => {
    assert.equal(await runProgram('(sleep 0.1; echo 1) & true', '', NEVER), 1);
  },
);

test('PROGRAM-3 a program that writes without end is ended, and is told why', { skip: WINDOWS }, async () => {
  await assert.rejects(runProgram('yes; true', '', NEVER), coded('output_too_large', /8 MiB.*artifact/));
});

test('PROGRAM-3 a program writes as much as the server takes', { skip: WINDOWS }, async () => {
  const text = (bytes: number): string =>
    `printf '"'; head -c ${bytes - 2} /dev/zero | tr '\\0' x; printf '"'`;
  assert.ok((await runProgram(text(LIMITS.body), '', NEVER)) === 'x'.repeat(LIMITS.body - 2));
  await assert.rejects(runProgram(text(LIMITS.body + 1), '', NEVER), coded('output_too_large'));
  const wide = `printf '"'; yes ä | head -n ${LIMITS.body / 2} | tr -d '\\n'; printf '"'`;
  await assert.rejects(runProgram(wide, '', NEVER), coded('output_too_large'));
});

for (const [how, end] of [
  ['by itself', 'setTimeout(() => process.exit(0), 0)'],
  ['at a signal', "process.kill(process.pid, 'SIGTERM')"],
  [
    'at the second signal',
    "process.once('SIGTERM', () => process.kill(process.pid, 'SIGTERM')); process.kill(process.pid, 'SIGTERM')",
  ],
  ['with its terminal', "process.kill(process.pid, 'SIGHUP')"],
] as const)
  test(`PROGRAM-2 a worker that ends ${how} leaves no program behind`, { skip: WINDOWS }, async (context) => {
    const { command, begun, ended } = lifeline(context);
    const from = new URL('program.ts', import.meta.url).href;
    const script = `
      import { runProgram } from ${JSON.stringify(from)};
      process.stdin.once('data', () => { ${end} });
      void runProgram(${JSON.stringify(command)}, '', new AbortController().signal);`;
    const args = ['--conditions=source', '--input-type=module', '--eval', script];
    const worker = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    await begun;
    worker.stdin.write('end\n');
    await ended;
  });
