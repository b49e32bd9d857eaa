import assert from 'node:assert/strict';
import type { OutputOf } from '../../src/operations/schema/index.ts';
import { agrees } from './approval-kit.ts';
import { agent, clerical, Office, person, type TaskView } from './office.ts';

/**
 * Control-flow patterns (Russell, ter Hofstede, van der Aalst, Mulyar) are tested in `control-flow-*.test.ts`, one test for each row,
 * named after it. Here is what they share: one run, and who works on it.
 */
export interface Phase {
  readonly id: string;
  readonly needs?: readonly string[];
  readonly if?: string;
  readonly steps: readonly object[];
}
type RunView = OutputOf<'workflow.get_run'>;

const people = [
  person('clerk', { roles: ['clerk'] }),
  person('lead', { roles: ['lead'] }),
  agent('robot', ['read']),
];

/** A phase of one task, `id.do`, for a clerk. */
export const one = (id: string, more: Omit<Phase, 'id' | 'steps'> = {}): Phase => ({
  id,
  ...more,
  steps: [clerical('do')],
});

/** A phase that starts a run of a definition, `id.run`. */
export const nested = (
  id: string,
  definition: string,
  more: Omit<Phase, 'id' | 'steps'> = {},
  step: object = {},
): Phase => ({ id, ...more, steps: [{ id: 'run', workflow: { definition }, ...step }] });

/** What a test needs of a definition beside its phases. */
interface Setting {
  readonly input?: object;
  readonly limits?: object;
  /** Definitions that are saved before, by their ids. */
  readonly before?: Readonly<Record<string, object>>;
}

export class Flow {
  readonly office: Office;
  readonly run: string;

  constructor(office: Office, run: string) {
    this.office = office;
    this.run = run;
  }

  static async open(phases: readonly Phase[], setting: Setting = {}): Promise<Flow> {
    const office = await Office.open(...people);
    const { input, limits, before = {} } = setting;
    const flow = { flow: { phases, ...(limits && { limits }) } };
    for (const [id, document] of Object.entries({ ...before, ...flow }))
      await office.done('root', '/v1/definitions', { document: { id, ...document } });
    return new Flow(office, await office.run('flow', input));
  }

  /** Another run of the same definition. */
  async again(input?: object): Promise<Flow> {
    return new Flow(this.office, await this.office.run('flow', input));
  }

  async steps(): Promise<string[]> {
    return (await this.office.open(this.run)).map(({ step }) => step).toSorted();
  }

  task = (step: string): Promise<TaskView> => this.office.task(this.run, step);

  async complete(step: string, output: unknown = null): Promise<void> {
    await this.office.complete('clerk', (await this.task(step)).id, output);
  }

  decide = (outcome: string, reason = 'so'): Promise<void> =>
    agrees(this.office, this.run, 'lead', outcome, { reason });

  async signal(signal: string, payload: unknown = null): Promise<void> {
    await this.office.done('root', `/v1/runs/${this.run}/signal`, { signal, payload });
  }

  /** The run as it is now. */
  now = (): Promise<RunView> => this.office.get('root', `/v1/runs/${this.run}`);

  async step(id: string): Promise<RunView['steps'][number]> {
    const { steps } = await this.now();
    return steps.find((step) => step.id === id) ?? assert.fail(`no step ${id}`);
  }

  /** The runs that it has started, oldest first, as soon as there are so many. */
  async children(count: number): Promise<Flow[]> {
    const started = async () =>
      (await this.office.get<{ rows: { id: string }[] }>('root', `/v1/runs?parent=${this.run}`)).rows;
    await this.office.until(async () => (await started()).length >= count);
    const runs = await started();
    assert.equal(runs.length, count);
    return runs.toReversed().map(({ id }) => new Flow(this.office, id));
  }

  /** What happens because of another run happens by itself. */
  async comesTo(...steps: readonly string[]): Promise<void> {
    await this.office.until(async () => (await this.steps()).join() === steps.join());
  }

  /** The steps for which tasks were created, in their order. */
  async history(): Promise<string[]> {
    const events = await this.office.events(this.run);
    const begun = events.filter(({ type }) => type === 'task.created');
    return begun.map(({ payload }) => payload['step'] as string);
  }

  /** How often a step was begun. */
  async times(step: string): Promise<number> {
    return (await this.history()).filter((begun) => begun === step).length;
  }

  async isOver(verdict = 'ok'): Promise<void> {
    await this.office.until(async () => (await this.now()).endedAt !== null);
    assert.equal((await this.office.verdict(this.run)).verdict, verdict);
    assert.deepEqual(await this.steps(), []);
  }

  async ended(verdict = 'ok'): Promise<void> {
    await this.isOver(verdict);
    await this.office.close();
  }
}
