/** Whatever comes of a task, the server is told: none is left to its lease, and none ends the worker. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { ended } from '../../test/e2e/worker-kit.ts';
import { Bed, FOLDER, skip } from './bed.ts';

const UNKNOWN = { $artifact: 'a'.repeat(64), bytes: 7 };

interface Failing {
  readonly what: string;
  /** The body of the handler. */
  readonly handler: string;
  readonly text?: unknown;
  readonly code: string;
  readonly message?: RegExp;
}
const FAILING: readonly Failing[] = [
  { what: 'a moment', handler: 'return datetime.datetime.now()', code: 'result_not_json' },
  { what: 'a set', handler: 'return {"words": {1, 2}}', code: 'result_not_json' },
  { what: 'what is not a number', handler: 'return {"words": float("nan")}', code: 'result_not_json' },
  { what: 'too much', handler: 'return "x" * 9_000_000', code: 'output_too_large', message: /8 MiB/ },
  { what: 'what does not fit', handler: 'return {"words": "two"}', code: 'output_invalid' },
  { what: 'a report that is refused', handler: 'task.progress(2)', code: 'request_invalid' },
  { what: 'an unknown artifact', handler: 'return {"words": 0}', text: UNKNOWN, code: 'artifact_unknown' },
  {
    what: 'an error of its own',
    handler: 'raise type("_MyError", (Exception,), {})("no")',
    code: 'my_error',
  },
  {
    what: 'an error without a name',
    handler: 'raise type("Ü", (Exception,), {})("no")',
    code: 'agent_failed',
  },
  { what: 'odd text', handler: 'raise Failed("a\\udcff\\0b", code="odd")', code: 'odd', message: /^a.+b$/su },
  { what: 'a code that is none', handler: 'raise Failed("no", code="Not-A-Code")', code: 'agent_failed' },
  {
    what: 'a long message',
    handler: 'raise ValueError("x" * 30_000)',
    code: 'value_error',
    message: /^x{2000}$/,
  },
];

describe('the answers of an agent in Python', { skip }, () => {
  let bed: Bed;

  before(async () => {
    bed = await Bed.open({ attempts: 1 });
  });
  after(() => bed.close());

  for (const { what, handler, text = 'one', code, message = /./ } of FAILING)
    test(`${what}: ${code}`, { timeout: 15_000 }, async () => {
      const agent = bed.own(`def count(task):\n    ${handler}`);
      const { failure } = await ended(bed.admin, (await bed.start(text)).id);
      assert.equal(failure?.code, code);
      assert.match(failure?.message ?? '', message);
      assert.equal((await agent.stop()).code, 0);
    });

  test('an artifact that is not JSON stays a reference', { timeout: 15_000 }, async () => {
    const agent = bed.own('def count(task):\n    return {"words": task.input["text"]["bytes"]}');
    const picture = await bed.admin.keep(new Uint8Array([0xff, 0xd8, 0xff]), 'image/jpeg');
    const run = await ended(bed.admin, (await bed.start(picture)).id);
    assert.deepEqual(run.output, { counts: [{ words: 3 }] });
    assert.equal((await agent.stop()).code, 0);
  });

  test('a long message of a report is shortened', { timeout: 15_000 }, async () => {
    const agent = bed.own('def count(task):\n    task.progress(0.5, "x" * 3000)\n    return {"words": 1}');
    assert.equal((await ended(bed.admin, (await bed.start('one')).id)).status, 'completed');
    assert.equal((await agent.stop()).code, 0);
  });

  test('a result that comes after the run was archived is dropped, and no failure is sent', () => {
    const script = `
from humanos import Refused, Worker
class Client:
    def post(self, path, body, key=None, timeout=0):
        print(path.rsplit("/", 1)[1])
        raise Refused(410, "run_archived", "The run is archived.")
worker = Worker("late", ["word_count"], lambda task: 1)
worker.client = Client()
worker.log = lambda text: None
worker._work({"id": "r:a.b:1.1", "token": 1, "input": None})`;
    const { stdout } = spawnSync('python3', ['-B', '-c', script], { cwd: FOLDER, encoding: 'utf8' });
    assert.deepEqual(stdout.trim().split('\n'), ['complete']);
  });

  test('a key has 255 characters at most, and tasks with long ids have keys of their own', () => {
    const script = `
from humanos import Task
class Client:
    def post(self, path, body, key): print(key)
for end in "ab":
    Task(Client(), {"id": "r" * 300 + end, "token": 1, "input": None}, 30).call("complete", {})`;
    const { stdout } = spawnSync('python3', ['-B', '-c', script], { cwd: FOLDER, encoding: 'utf8' });
    const keys = stdout.trim().split('\n');
    assert.equal(new Set(keys).size, 2);
    for (const key of keys) assert.match(key, /^complete\/.{1,200}\/1\/1$/);
  });
});
