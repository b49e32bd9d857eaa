import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Site, type Running } from './cli-kit.ts';

export type Body = string | Uint8Array<ArrayBuffer> | ReadableStream | undefined;
export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

const OF_TYPE: Readonly<Record<string, string>> = { json: 'application/json', yaml: 'application/yaml' };

/** A server in a process of its own, which bad input is sent to. */
export class Target {
  readonly #site = new Site();
  #server: Running | null = null;
  readonly #runs: string[] = [];

  async start(): Promise<void> {
    this.#server = await this.#site.serve();
    await this.save({ id: 'healthy', ...approvalBy('role:nobody') });
  }

  async ask(method: string, path: string, body?: Body, type = 'json'): Promise<Answer> {
    const response = await fetch(this.#site.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#site.adminToken}`,
        ...(body !== undefined && { 'content-type': OF_TYPE[type] ?? type }),
      },
      ...(body !== undefined && { body }),
      ...(body instanceof ReadableStream && { duplex: 'half' as const }),
    });
    const text = await response.text();
    const kind = response.headers.get('content-type');
    return { status: response.status, type: kind, body: kind?.includes('json') ? JSON.parse(text) : {} };
  }

  save(document: object): Promise<Answer> {
    return this.ask('POST', '/v1/definitions', JSON.stringify({ document: { name: 'A name', ...document } }));
  }

  /** Starts a run, and keeps in mind that it must not be lost. */
  async run(definition: string, input: unknown = {}): Promise<string> {
    const { status, body } = await this.ask('POST', '/v1/runs', JSON.stringify({ definition, input }));
    assert.equal(status, 201, JSON.stringify(body));
    const id = String(body['id']);
    this.#runs.push(id);
    return id;
  }

  async statusOf(run: string): Promise<string> {
    return String((await this.ask('GET', `/v1/runs/${run}?results=none`)).body['status']);
  }

  /** The same process still serves, takes new work, and has what it was given. */
  async assertHealthy(): Promise<void> {
    assert.equal(this.#server?.child.exitCode, null, 'the process still runs');
    assert.equal((await this.ask('GET', '/readyz')).status, 200);
    const run = await this.run('healthy');
    assert.equal(await this.statusOf(run), 'running');
  }

  /** Stops and starts the server: all runs are still there, and it had nothing to complain about. */
  async assertNothingLost(): Promise<void> {
    const ended = await this.#site.stop();
    assert.deepEqual([ended?.code, ended?.err], [0, ''], 'no fault was logged');
    this.#server = await this.#site.serve();
    const lost: string[] = [];
    for (const run of this.#runs)
      if ((await this.ask('GET', `/v1/runs/${run}`)).status !== 200) lost.push(run);
    assert.deepEqual(lost, []);
  }

  /** Resident memory of the server, in MiB; null where the system does not tell. */
  memory(): number | null {
    const file = `/proc/${this.#server?.child.pid}/status`;
    const found = existsSync(file) && /VmRSS:\s+(\d+)/.exec(readFileSync(file, 'utf8'));
    return found ? Math.round(Number(found[1]) / 1024) : null;
  }

  async close(): Promise<void> {
    await this.#site.close();
  }
}

export const approvalBy = (from: string): object => ({
  phases: [{ id: 'a', steps: [{ id: 'b', approval: { subject: 'something', from } }] }],
});

/** A problem as RFC 9457 has it, with a code that has a page, and what to do next. */
export const assertProblem = ({ status, type, body }: Answer, expected: number, code: string): void => {
  assert.deepEqual([status, body['code']], [expected, code], JSON.stringify(body));
  assert.equal(type, 'application/problem+json');
  for (const member of ['title', 'detail', 'remediation'])
    assert.ok(typeof body[member] === 'string' && body[member] !== '', `it has a ${member}`);
  assert.ok(existsSync(join(ROOT, `docs/errors/${code}.md`)), `${code} has a page`);
};
