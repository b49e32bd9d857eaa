/** What is asked, as far as the checker tells kinds apart. */
export type Verb = 'start' | 'claim' | 'read' | 'task' | 'run';

/** One operation as its client saw it. Times are ticks of one counter: what ends before another begins has the lower. */
export interface Operation {
  readonly by: string;
  readonly verb: Verb;
  /** The last word of the path, such as `complete`. */
  readonly act: string;
  readonly task: string | null;
  /** The token it was done under. */
  readonly token: number | null;
  /** A word that stands in this operation and in what it leads to, and nowhere else. */
  readonly mark: string | null;
  readonly invoked: number;
  /** When the answer came; null where none did. */
  returned: number | null;
  /** The same by the clock of the machine, ms since the epoch. */
  returnedAt: number | null;
  /** `unknown`: nobody answered, or the server could not say. */
  outcome: 'done' | 'refused' | 'unknown';
  code: string | null;
  /** Repetitions under one key are one operation. */
  attempts: number;
  answer: Answer | null;
}

/** What an answer told of a run, and of the task that it gave or touched. */
export interface Answer {
  readonly run: string | null;
  readonly sequence: number | null;
  readonly task: Told | null;
}
interface Told {
  readonly id: string;
  readonly token: number;
  readonly assignee: string | null;
  readonly leaseUntil: number | null;
}

/** Marks are written like this, so that they are found in any text. */
export const MARK = /~[a-z0-9]+~/;

/** Writes down what clients ask and are told, where it passes: between a client and the network. */
export class History {
  readonly operations: Operation[] = [];
  readonly #byKey = new Map<string, Operation>();
  #tick = 0;
  #marks = 0;

  newMark(): string {
    return `~${(this.#marks += 1).toString(36)}~`;
  }

  /** The same way to the servers, with what passes on it written down. */
  recording(by: string, way: typeof fetch): typeof fetch {
    return async (where, init) => {
      const request = where instanceof Request ? where : new Request(where, init);
      const asked = await readAsked(request);
      if (!asked) return way(where, init);
      const operation = this.#begin(by, asked);
      const response = await way(where, init);
      this.#end(operation, response.status, await response.clone().text());
      return response;
    };
  }

  #begin(by: string, { key, verb, act, task, body }: Asked): Operation {
    // Where the first attempt still waits at another node, both may be given something for the same key.
    const known = verb === 'claim' || key === null ? undefined : this.#byKey.get(key);
    if (known) {
      known.attempts += 1;
      return known;
    }
    const { token } = body ? (JSON.parse(body) as { token?: number }) : {};
    const operation: Operation = {
      by,
      verb,
      act,
      task,
      token: token ?? null,
      mark: MARK.exec(body)?.[0] ?? null,
      invoked: (this.#tick += 1),
      returned: null,
      returnedAt: null,
      outcome: 'unknown',
      code: null,
      attempts: 1,
      answer: null,
    };
    if (key !== null) this.#byKey.set(key, operation);
    this.operations.push(operation);
    return operation;
  }

  /** What may not be, whatever the ledger says. */
  readonly violations: string[] = [];

  /** A refusal after silence says nothing of what the first attempt did: that stays unknown. */
  #end(operation: Operation, status: number, text: string): void {
    const end = { returned: (this.#tick += 1), returnedAt: Date.now() };
    if (status < 300) {
      const answer = answerOf(operation, text);
      if (operation.answer && operation.answer.sequence !== answer.sequence)
        this.violations.push(`one key has two answers: ${JSON.stringify([operation, answer])}`);
      if (operation.outcome !== 'done') Object.assign(operation, { ...end, outcome: 'done', answer });
    } else if (operation.outcome !== 'done') {
      const isRefused = status < 500 && operation.attempts === 1;
      const { code } = JSON.parse(text) as { code?: string };
      Object.assign(operation, { ...end, outcome: isRefused ? 'refused' : 'unknown', code: code ?? null });
    }
  }
}

interface Asked {
  readonly key: string | null;
  readonly verb: Verb;
  readonly act: string;
  readonly task: string | null;
  readonly body: string;
}

/** Null for what the checker does not look at. */
async function readAsked(request: Request): Promise<Asked | null> {
  const [, , area, id = null, act = ''] = new URL(request.url).pathname.split('/').map(decodeURIComponent);
  const key = request.headers.get('idempotency-key');
  if (request.method === 'GET')
    return area === 'runs' && id !== null && act === ''
      ? { key: null, verb: 'read', act: 'read', task: null, body: '' }
      : null;
  if (area !== 'runs' && area !== 'tasks') return null;
  const body = await request.clone().text();
  if (area === 'runs')
    return id === null
      ? { key, verb: 'start', act: 'start', task: null, body }
      : { key, verb: 'run', act, task: null, body };
  return id === 'claim'
    ? { key, verb: 'claim', act: 'claim', task: null, body }
    : { key, verb: 'task', act, task: id, body };
}

/** Answers about a run, about a task and its run, of a claim, or of a heartbeat. */
function answerOf(asked: Operation, text: string): Answer {
  const { id, sequence, run, task, leaseUntil } = JSON.parse(text) as {
    leaseUntil?: number;
    id?: string;
    sequence?: number;
    run?: { id: string; sequence: number };
    task?: (Told & { run: string }) | null;
  };
  if (leaseUntil !== undefined && asked.task !== null && asked.token !== null)
    return {
      run: null,
      sequence: null,
      task: { id: asked.task, token: asked.token, assignee: asked.by, leaseUntil },
    };
  return {
    run: run?.id ?? task?.run ?? id ?? null,
    sequence: run?.sequence ?? sequence ?? null,
    task: task
      ? { id: task.id, token: task.token, assignee: task.assignee, leaseUntil: task.leaseUntil }
      : null,
  };
}
