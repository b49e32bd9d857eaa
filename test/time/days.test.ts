import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createClient, type Client } from '../../src/client/index.ts';
import type { EventView } from '../../src/operations/schema/index.ts';
import { Running, ROOT } from '../e2e/cli-kit.ts';
import { FAKETIME, withoutFaketime } from './library.ts';

const HOUR = 3600;

/**
 * The server as it is shipped, whose clock is ahead of ours by as many seconds as it is told: nothing of it knows that time is shifted.
 */
class Ahead {
  readonly folder = mkdtempSync(join(tmpdir(), 'humanos-time-'));
  readonly #clock = join(this.folder, 'clock');
  #seconds = 0;
  #server: Running | null = null;
  client!: Client;
  #token = '';

  jump(hours: number): void {
    this.#seconds += hours * HOUR;
    writeFileSync(this.#clock, `+${this.#seconds}`);
  }

  async start(): Promise<void> {
    const { PATH, HOME } = process.env;
    const program = [
      '--conditions=source',
      join(ROOT, 'src/main/humanos.ts'),
      'serve',
      '--port',
      '0',
      '--json',
    ];
    const server = new Running(process.execPath, program, {
      env: {
        PATH,
        HOME,
        NO_COLOR: '1',
        HUMANOS_DATABASE_URL: `sqlite:${join(this.folder, 'h.sqlite')}`,
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: this.#clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    });
    const [, url = ''] = await server.until(/"url":\s*"([^"]+)"/);
    if (this.#token === '') [, this.#token = ''] = await server.until(/"(?:adminToken|token)":\s*"([^"]+)"/);
    this.#server = server;
    this.client = createClient({ url, token: this.#token });
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  async events(run: string): Promise<readonly EventView[]> {
    const found: EventView[] = [];
    for (;;) {
      const { events } = await this.client.run.events({ id: run, after: found.length, limit: 1000 });
      if (events.length === 0) return found;
      found.push(...events);
    }
  }

  /** Resolves when so much has come of the deadlines of a run. */
  async until(run: string, count: number): Promise<string[]> {
    const told: string[] = [];
    for await (const event of this.client.events({ run }))
      if (isTimely(event) && told.push(nameOf(event)) === count) return told;
    throw new Error('the run has ended');
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }
}

const isTimely = ({ type }: EventView): boolean => /^task\.(reminded|overdue|escalated)$/.test(type);
const nameOf = ({ type, payload }: EventView): string => {
  const name = type.slice('task.'.length);
  return `${name} ${JSON.stringify(name === 'escalated' ? payload['to'] : payload['deadline'])}`;
};

const DEFINITION = {
  id: 'days',
  phases: [
    {
      id: 'p',
      steps: [
        {
          id: 'work',
          task: {
            by: 'human',
            from: 'role:clerk',
            deadlines: [
              { on: 'start', within: '8h', remind: '2h before', then: { notify: 'role:lead' } },
              {
                within: '2d',
                remind: ['1d before', '4h before'],
                then: { escalate: ['role:lead', 'role:chief'] },
              },
            ],
          },
        },
      ],
    },
    {
      id: 'q',
      steps: [
        {
          id: 'agree',
          approval: {
            subject: 'x',
            from: 'role:clerk',
            within: '3d',
            escalate: ['role:lead'],
            onTimeout: 'reject',
          },
        },
      ],
    },
  ],
};
/** All that comes of it when nobody does anything, in order, with the hours after the start. */
const EXPECTED = [
  [6, 'reminded 0'],
  [8, 'overdue 0'],
  [24, 'reminded 1'],
  [44, 'reminded 1'],
  [48, 'overdue 1'],
  [72, 'escalated "role:lead"'],
  [96, 'overdue 1'],
] as const;
const NAMES = EXPECTED.map(([, name]) => name);

/** A server at the first hour, and a run on it. */
const begun = async (t: TestContext): Promise<{ readonly server: Ahead; readonly run: string }> => {
  const server = new Ahead();
  t.after(() => server.close());
  server.jump(0);
  await server.start();
  await server.client.workflow.saveDefinition({ document: DEFINITION });
  const { id } = await server.client.workflow.start({ definition: 'days' });
  return { server, run: id };
};

test(
  'driven through days, every reminder, deadline and escalation comes once and in order',
  { skip: withoutFaketime, timeout: 120_000 },
  async (t) => {
    const { server, run } = await begun(t);
    let at = 0;
    for (const [index, [hour]] of EXPECTED.entries()) {
      server.jump(hour - at);
      at = hour;
      assert.deepEqual(await server.until(run, index + 1), NAMES.slice(0, index + 1), `after ${hour} hours`);
    }
    server.jump(48);
    for await (const event of server.client.events({ run, untilEnd: true })) void event;
    const { status } = await server.client.workflow.getRun({ id: run });
    assert.equal(status, 'rejected', 'the approval was rejected when its time was over');
    assert.deepEqual((await server.events(run)).filter(isTimely).map(nameOf), NAMES);
  },
);

test(
  'what fell due while the server was down, in one jump, comes once and in order when it is up again',
  { skip: withoutFaketime, timeout: 120_000 },
  async (t) => {
    const { server, run } = await begun(t);
    server.jump(7);
    assert.deepEqual(await server.until(run, 1), NAMES.slice(0, 1));
    await server.stop();
    server.jump(60);
    await server.start();
    assert.deepEqual(await server.until(run, 5), NAMES.slice(0, 5), 'what was due before the server was up');
    await server.stop();
    await server.start();
    assert.deepEqual(
      (await server.events(run)).filter(isTimely).map(nameOf),
      NAMES.slice(0, 5),
      'nothing comes again',
    );
    server.jump(-24);
    assert.deepEqual(
      (await server.events(run)).filter(isTimely).map(nameOf),
      NAMES.slice(0, 5),
      'nor when the clock is set back',
    );
  },
);
