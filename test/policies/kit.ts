import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/definition/index.ts';
import { Site, type Answer } from '../e2e/http-site.ts';
import { passport } from '../e2e/http-testbed.ts';

export const WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } } as const;
export const HOUR = 3_600_000;

interface Change {
  readonly id: string;
  readonly digest: string;
  readonly status: string;
}

/** An organisation behind its HTTP interface, and nothing else of it: an administrator, people who decide, and an agent of the first. */
export class House {
  readonly site: Site;

  private constructor(site: Site) {
    this.site = site;
  }

  static async open(): Promise<House> {
    return new House(
      await Site.open([
        passport('officer', { roles: ['compliance'] }),
        passport('clerk', { roles: ['clerk'] }),
        passport('operator', { roles: ['operator'] }),
        passport('robot', { kind: 'agent', capabilities: ['work'], capacity: 9 }),
      ]),
    );
  }

  close(): Promise<void> {
    return this.site.close();
  }

  async get<Body = JsonObject>(who: string, path: string): Promise<Body> {
    return sound(await this.site.ask(who, 'GET', path)) as Body;
  }

  async post<Body = JsonObject>(who: string, path: string, body: object = {}): Promise<Body> {
    return sound(await this.site.json(who, 'POST', path, body)) as Body;
  }

  /** The code with which it is refused. */
  async refused(who: string, path: string, body: object = {}): Promise<string> {
    const answer = await this.site.json(who, 'POST', path, body);
    assert.ok(answer.status >= 400, `${path} was not refused: ${answer.text}`);
    return answer.body.code ?? '';
  }

  async propose(document: object): Promise<Change> {
    return (await this.post<{ change: Change }>('root', '/v1/policy-changes', document)).change;
  }

  async adopt(document: object, more: object = {}): Promise<void> {
    const { id, digest } = await this.propose(document);
    await this.post('officer', `/v1/policy-changes/${id}/approve`, { digest, ...more });
  }

  define(...steps: readonly object[]): Promise<string> {
    return this.site.bed.define(...steps);
  }

  start(definition: string, who = 'root'): Promise<{ readonly id: string; readonly status: string }> {
    return this.post(who, '/v1/runs', { definition });
  }

  /** What the agent gets to do next, for long. */
  async claim(): Promise<{ readonly id: string; readonly token: number }> {
    const { task } = await this.post<{ task: { id: string; token: number } | null }>(
      'robot',
      '/v1/tasks/claim',
      {
        leaseSeconds: 3600,
      },
    );
    assert.ok(task, 'there is work');
    return task;
  }

  async decide(who: string, task: string, outcome: 'approve' | 'reject'): Promise<Answer> {
    const shown = await this.get<{ approval: { subject: string } | null }>(who, `/v1/tasks/${encoded(task)}`);
    const body = { outcome, subject: shown.approval?.subject, reason: outcome };
    return this.site.json(who, 'POST', `/v1/tasks/${encoded(task)}/decide`, body);
  }
}

export const encoded = encodeURIComponent;

function sound({ status, text, body }: Answer): Answer['body'] {
  assert.ok(status < 300, text);
  return body;
}
