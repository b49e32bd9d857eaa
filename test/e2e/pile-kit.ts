import assert from 'node:assert/strict';
import { createClient, type Client, type ProblemError } from '../../src/client/index.ts';
import { enrol } from '../serving/enrol.ts';

const STEP = { task: { by: 'human', from: 'role:clerk' } };
const DOCUMENT = { id: 'letters', phases: [{ id: 'p', steps: [{ id: 'stamp', ...STEP }] }] };

/** Letters to stamp, one a run, and two clerks who take them one after the other; the oldest comes first. */
export class PostRoom {
  readonly runs: string[] = [];
  readonly #tokens: { readonly [Clerk in 'ann' | 'bo']: string };

  private constructor(ann: string, bo: string) {
    this.#tokens = { ann, bo };
  }

  static async open(admin: Client, letters: number): Promise<PostRoom> {
    const clerk = (name: string) => enrol(admin, { kind: 'human', name, roles: ['clerk'] });
    const [ann, bo] = [await clerk('ann'), await clerk('bo')];
    const room = new PostRoom(ann.secret, bo.secret);
    await admin.workflow.saveDefinition({ document: DOCUMENT });
    while (room.runs.length < letters)
      room.runs.push((await admin.workflow.start({ definition: DOCUMENT.id })).id);
    return room;
  }

  clerk(name: 'ann' | 'bo', url: string): Client {
    return createClient({ url, token: this.#tokens[name], retries: 0 });
  }

  task(letter: number): string {
    return `${this.runs[letter]}:p.stamp:1.1`;
  }
}

/** The run of what is begun next. */
export const piled = async (clerk: Client, id: string, idempotencyKey?: string): Promise<string | null> => {
  const options = idempotencyKey === undefined ? {} : { idempotencyKey };
  const { next } = await clerk.task.complete({ id, next: 'piled' }, options);
  if (next) assert.equal(next.status, 'in_progress');
  return next?.run ?? null;
};

export const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'done',
    (fault: unknown) => (fault as ProblemError).code,
  );
