import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { approvalBy, assertProblem, Target, type Answer, type Body } from './bad-input-server.ts';

const target = new Target();
before(() => target.start());
afterEach(() => target.assertHealthy());
after(async () => {
  await target.assertNothingLost();
  await target.close();
});

/** What is sent, the status and the code that come back, and what the answer names. */
type Case = readonly [body: Body, status: number, code: string, names: RegExp];
const textOf = ({ body }: Answer): string => JSON.stringify(body);

const refused = (cases: Readonly<Record<string, Case>>, path: string, type = 'json'): void => {
  for (const [what, [body, status, code, names]] of Object.entries(cases))
    test(what, async () => {
      const answer = await target.ask('POST', path, body, type);
      assertProblem(answer, status, code);
      assert.match(textOf(answer), names);
    });
};

const wrapped = (document: unknown): string => JSON.stringify({ document });
const [first, ...rest] = 'abcdefghij';
/** Ten lists of nine, each holding the one before nine times: a thousand million values once written out. */
const YAML_BOMB = [
  `${first}: &${first} [${Array(9).fill('x').join()}]`,
  ...rest.map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[at]}`).join()}]`),
].join('\n');

describe('a definition that cannot be read', () => {
  refused(
    {
      'JSON with a comma too many': ['{"document": {"id": "x",,}}', 400, 'body_malformed', /column/],
      'JSON that breaks off': ['{"document": {"id": ', 400, 'body_malformed', /ends|expected/i],
      'two documents': ['{"document": {}} {}', 400, 'body_malformed', /follows/],
      'a list instead of an object': ['[]', 400, 'request_invalid', /object/],
      'bytes that are not UTF-8': [
        Buffer.from('{"document": "caf\xe9 au lait"}', 'latin1'),
        400,
        'body_malformed',
        /UTF-8/,
      ],
      'UTF-16': [Buffer.from('{"document": {}}', 'utf16le'), 400, 'body_malformed', /column/],
      'half of a character': [
        '{"document": {"id": "\\ud800"}}',
        400,
        'request_invalid',
        /surrogate|character/,
      ],
      'a key that is no key of ours': [
        wrapped({ __proto__: null, phase: [] }),
        422,
        'definition_invalid',
        /phases/,
      ],
    },
    '/v1/definitions',
  );
  refused(
    {
      'YAML that is none': ['id: x\n  name: [y\nphases: }', 422, 'definition_invalid', /"line":\d/],
      'YAML with a tag': ['id: !!js/function "f"', 422, 'definition_invalid', /[Tt]ag/],
      'YAML whose aliases explode': [YAML_BOMB, 422, 'definition_invalid', /aliases/],
      'YAML with a key twice': ['id: a\nid: b', 422, 'definition_invalid', /unique|twice/],
      'YAML for a prototype': ['__proto__: {x: 1}\nid: x', 422, 'definition_invalid', /__proto__/],
      'bytes that are not UTF-8, as YAML': [
        Buffer.from('id: \xff\xfe x', 'latin1'),
        400,
        'body_malformed',
        /0xff/,
      ],
    },
    '/v1/definitions',
    'yaml',
  );
  refused(
    { 'of a type that is not taken': ['<definition/>', 415, 'media_type_unsupported', /xml/] },
    '/v1/definitions',
    'text/xml',
  );
});

describe('wrong types', () => {
  test('in a definition: every problem at once, each with its place', async () => {
    const limits = { concurrency: 'many' };
    const phases = [{ id: 1, steps: { id: 'b' } }, 'no phase'];
    const answer = await target.save({ id: 5, name: [], limits, phases });
    assertProblem(answer, 422, 'definition_invalid');
    const problems = answer.body['problems'] as { path: string; message: string }[];
    const places = new Set(problems.map(({ path }) => path));
    for (const place of ['id', 'name', 'limits.concurrency', 'phases[0].id', 'phases[0].steps', 'phases[1]'])
      assert.ok(places.has(place), `${place} is named: ${[...places].join(' ')}`);
  });
  refused(
    {
      'in a request': [
        '{"definition": 5, "priority": "high"}',
        400,
        'request_invalid',
        /definition.*priority/,
      ],
      'nothing at all': ['', 400, 'request_invalid', /definition/],
      'a text': ['"healthy"', 400, 'request_invalid', /object/],
      'a number that is none': ['{"definition": "healthy", "input": 1e999}', 400, 'request_invalid', /input/],
    },
    '/v1/runs',
  );
  test('in what a run is given', async () => {
    const input = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
    assert.equal((await target.save({ id: 'typed', input, ...approvalBy('role:nobody') })).status, 201);
    for (const given of [{}, { n: 'five' }, [], null, 7]) {
      const body = JSON.stringify({ definition: 'typed', input: given });
      assertProblem(await target.ask('POST', '/v1/runs', body), 422, 'input_invalid');
    }
  });
});

describe('what is not there', () => {
  const cases: readonly (readonly [method: string, path: string, code: string])[] = [
    ['GET', '/v1/definitions/nothing', 'definition_unknown'],
    ['GET', '/v1/definitions/healthy?version=99', 'definition_unknown'],
    ['GET', '/v1/runs/run_nothing', 'run_unknown'],
    ['GET', '/v1/runs/%00', 'run_unknown'],
    ['GET', '/v1/runs/..%2f..%2fetc%2fpasswd', 'run_unknown'],
    ['POST', '/v1/runs/run_nothing/cancel', 'run_unknown'],
    ['GET', '/v1/tasks/run_nothing:a.b:1.1', 'task_unknown'],
    ['GET', '/v1/tasks/nothing', 'task_unknown'],
    ['POST', '/v1/tasks/nothing/start', 'task_unknown'],
    ['GET', '/v1/participants/passport_nothing', 'participant_unknown'],
    ['GET', `/v1/artifacts/${'0'.repeat(64)}`, 'artifact_unknown'],
    ['GET', '/v1/nothing', 'path_unknown'],
  ];
  for (const [method, path, code] of cases)
    test(`${method} ${path.slice(0, 40)}`, async () => {
      assertProblem(await target.ask(method, path, method === 'POST' ? '{}' : undefined), 404, code);
    });
  test('a run of a definition that is not there', async () => {
    assertProblem(
      await target.ask('POST', '/v1/runs', '{"definition": "nothing"}'),
      404,
      'definition_unknown',
    );
  });
  test('a token for a participant that is not there', async () => {
    const body = '{"passport": "passport_nothing"}';
    assertProblem(await target.ask('POST', '/v1/tokens', body), 404, 'participant_unknown');
  });
});

const MIB = 1024 * 1024;

describe('too much', () => {
  /** So many MiB of spaces, without saying beforehand how many. */
  const stream = (mib: number): ReadableStream => {
    let sent = 0;
    const pull = (controller: ReadableStreamDefaultController): void => {
      if (sent++ < mib) controller.enqueue(new Uint8Array(MIB).fill(32));
      else controller.close();
    };
    return new ReadableStream({ pull });
  };
  const large = wrapped({ x: 'y'.repeat(9 * MIB) });
  refused(
    {
      'a body over the limit': [large, 413, 'body_too_large', /"limit":\d/],
      'a body without a length over the limit': [stream(40), 413, 'body_too_large', /"limit":\d/],
      'a definition over its limit': [
        wrapped({ id: 'large', name: 'x', description: 'y'.repeat(2 * MIB), ...approvalBy('role:x') }),
        422,
        'definition_invalid',
        /too large/,
      ],
      'a definition of too many steps': [
        wrapped({
          id: 'wide',
          name: 'x',
          phases: [
            {
              id: 'a',
              steps: Array.from({ length: 5000 }, (_, at) => ({ id: `s${at}`, wait: { for: '1s' } })),
            },
          ],
        }),
        422,
        'definition_invalid',
        /the most is/,
      ],
    },
    '/v1/definitions',
  );
  const lists = '['.repeat(100_000) + ']'.repeat(100_000);
  const objects = '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000);
  refused(
    {
      'lists nested without end': [
        `{"definition":"healthy","input":${lists}}`,
        400,
        'body_malformed',
        /nested/,
      ],
      'objects nested without end': [
        `{"definition":"healthy","input":${objects}}`,
        400,
        'body_malformed',
        /nested/,
      ],
      'lists that never close': [`{"input":${'['.repeat(1_000_000)}`, 400, 'body_malformed', /nested/],
    },
    '/v1/runs',
  );
  const deepYaml = Array.from({ length: 500 }, (_, at) => `${' '.repeat(at)}a:`).join('\n');
  refused(
    {
      'YAML nested without end': ['['.repeat(20_000), 422, 'definition_invalid', /nested/],
      'YAML indented without end': [deepYaml, 422, 'definition_invalid', /nested/],
    },
    '/v1/definitions',
    'yaml',
  );
  test('what is large and allowed is taken', async () => {
    const run = await target.run('healthy', { text: 'y'.repeat(6 * MIB) });
    assert.equal(await target.statusOf(run), 'running');
  });
});

describe('expressions', () => {
  const steps = (input: unknown, more: object = {}) => ({
    phases: [{ id: 'a', steps: [{ id: 'b', ...more, task: { requires: ['x'], by: 'agent', input } }] }],
  });
  const refusals: Readonly<Record<string, readonly [expression: string, names: RegExp]>> = {
    'one that cannot be parsed': ['input.(', /phases\[0\]\.steps\[0\]\.task\.input/],
    'one that names what cannot exist': ['phases.z.y.output', /phases/],
    'one without end': ['1 + '.repeat(5000) + '1', /longer than|more than/],
    'one that is nested without end': ['('.repeat(3000) + '1' + ')'.repeat(3000), /nested|more than|longer/],
    'one that calls what is not there': ['process.exit(1)', /process/],
  };
  for (const [what, [expression, names]] of Object.entries(refusals))
    test(`${what} is refused when it is saved`, async () => {
      const answer = await target.save({ id: 'expression', ...steps(`\${ ${expression} }`) });
      assertProblem(answer, 422, 'definition_invalid');
      assert.match(textOf(answer), names);
    });

  const list = Array.from({ length: 20_000 }, (_, at) => at);
  const expensive: Readonly<Record<string, string>> = {
    'that visits four hundred million pairs': 'input.list.map(x, input.list.map(y, x * y))',
    'that doubles a text without end':
      'cel.bind(a, input.text + input.text, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, d + d))))',
    'that backtracks without end': 'input.list.map(x, input.text.matches("(a|a)*b"))',
  };
  for (const [what, expression] of Object.entries(expensive))
    test(`one ${what} fails its run, and the others go on`, async (t) => {
      assert.equal((await target.save({ id: 'exploding', ...steps(`\${ ${expression} }`) })).status, 201);
      const began = performance.now();
      const [run, other] = await Promise.all([
        target.run('exploding', { list, text: 'a'.repeat(MIB) }),
        target.run('healthy'),
      ]);
      const { body } = await target.ask('GET', `/v1/runs/${run}?results=none`);
      assert.equal(body['status'], 'failed');
      assert.equal((body['failure'] as { code: string }).code, 'expression_failed');
      assert.match(textOf({ status: 200, type: '', body }), /too expensive/);
      assert.equal(await target.statusOf(other), 'running');
      t.diagnostic(`one ${what}: failed after ${Math.round(performance.now() - began)} ms`);
    });
});

const DEFINITIONS = Number(process.env['HUMANOS_DEFINITIONS'] ?? 1000);

describe(`${DEFINITIONS} definitions`, () => {
  test('are saved and listed page by page, in memory that does not grow with them', async (t) => {
    const empty = target.memory();
    const began = performance.now();
    let next = 0;
    const save = async (): Promise<void> => {
      while (next < DEFINITIONS) {
        const id = `many-${String((next += 1)).padStart(6, '0')}`;
        assert.equal((await target.save({ id, ...approvalBy('role:nobody') })).status, 201);
      }
    };
    await Promise.all(Array.from({ length: 8 }, save));
    const saved = performance.now();
    const ids = await listed();
    assert.equal(ids.filter((id) => id.startsWith('many-')).length, DEFINITIONS);
    assert.equal(new Set(ids).size, ids.length, 'none comes twice');
    const perSecond = Math.round((DEFINITIONS / (saved - began)) * 1000);
    t.diagnostic(`${perSecond} saved a second, listed in ${Math.round(performance.now() - saved)} ms`);
    const full = target.memory();
    t.diagnostic(`memory ${empty} MiB before, ${full} MiB after`);
    if (empty !== null && full !== null)
      assert.ok(full - empty < 128 + DEFINITIONS / 100, `it grew from ${empty} to ${full} MiB`);
  });
});

const listed = async (): Promise<string[]> => {
  const ids: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await target.ask('GET', `/v1/definitions?limit=200${from}`);
    const { rows, next } = body as { rows: { id: string }[]; next: string | null };
    ids.push(...rows.map(({ id }) => id));
    cursor = next;
  }
  return ids;
};
