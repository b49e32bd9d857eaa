import assert from 'node:assert/strict';
import type { InputOf, OutputOf } from '../../src/operations/schema/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { passport, Testbed } from '../e2e/http-testbed.ts';
import { Site, type Answer } from '../e2e/http-site.ts';

export type TaskView = OutputOf<'task.list'>['rows'][number];
type Step = Readonly<Record<string, unknown>>;

/** A person who can hold as many tasks as a test gives them. */
export const person = (id: string, changes: Partial<Passport> = {}): Passport =>
  passport(id, { capacity: 10_000, ...changes });
export const agent = (
  id: string,
  capabilities: readonly string[] = ['read'],
  changes: Partial<Passport> = {},
) => passport(id, { kind: 'agent', capabilities, ...changes });
export const clerks = (...ids: string[]): Passport[] => ids.map((id) => person(id, { roles: ['clerk'] }));

/** A task for any clerk, and what is said of it beside. */
export const clerical = (id: string, task: Step = {}, step: Step = {}): Step => ({
  id,
  ...step,
  task: { by: 'human', from: 'role:clerk', ...task },
});

/** An organisation that is only reached over its HTTP interface. It can be closed and opened again on what it has stored. */
export class Office {
  readonly passports: readonly Passport[];
  site: Site;

  constructor(site: Site, passports: readonly Passport[]) {
    this.site = site;
    this.passports = passports;
  }

  static async open(...passports: readonly Passport[]): Promise<Office> {
    return new Office(await Site.open(passports), passports);
  }

  /** As after the end of the process: what was in memory is gone. */
  async restart(): Promise<void> {
    const { store, clock } = this.site.bed;
    const past = clock.now();
    await this.site.close();
    const bed = new Testbed(store);
    bed.clock.move(past - bed.clock.now());
    await bed.runtime.start();
    this.site = new Site(bed);
  }

  close(): Promise<void> {
    return this.site.close();
  }

  /** What is answered, which must be a success. */
  async get<Value>(who: string, path: string): Promise<Value> {
    const { status, body, text } = await this.site.ask(who, 'GET', path);
    assert.equal(status, 200, text);
    return body as Value;
  }

  post(who: string, path: string, body: unknown = {}): Promise<Answer> {
    return this.site.json(who, 'POST', path, body);
  }

  async done<Value>(who: string, path: string, body: unknown = {}): Promise<Value> {
    const { status, text, body: answer } = await this.post(who, path, body);
    assert.ok(status === 200 || status === 201, text);
    return answer as Value;
  }

  async update(id: string, changes: Omit<InputOf<'participant.update'>, 'id'>): Promise<void> {
    const { status, text } = await this.site.json(
      'root',
      'PATCH',
      `/v1/participants/passport_${id}`,
      changes,
    );
    assert.equal(status, 200, text);
  }

  /** A definition of these phases, one after the other: `p0.…`, `p1.…`. */
  async define(id: string, ...phases: readonly (Step | readonly Step[])[]): Promise<string> {
    const document = {
      id,
      phases: phases.map((steps, at) => ({
        id: `p${at}`,
        ...(at > 0 && { needs: [`p${at - 1}`] }),
        steps: Array.isArray(steps) ? steps : [steps],
      })),
    };
    await this.done('root', '/v1/definitions', { document });
    return id;
  }

  async run(definition: string, input: unknown = {}, priority = 5): Promise<string> {
    return (await this.done<{ id: string }>('root', '/v1/runs', { definition, input, priority })).id;
  }

  async start(...phases: readonly (Step | readonly Step[])[]): Promise<string> {
    this.#definitions += 1;
    return this.run(await this.define(`job${this.#definitions}`, ...phases));
  }
  #definitions = 0;

  /** Tasks of a run that have not ended, oldest first. */
  async open(run: string): Promise<TaskView[]> {
    const { rows } = await this.get<OutputOf<'task.list'>>(
      'root',
      `/v1/tasks?run=${run}&open=true&limit=1000`,
    );
    return rows.toReversed();
  }

  async task(run: string, step?: string): Promise<TaskView> {
    const found = (await this.open(run)).filter((task) => step === undefined || task.step === step);
    assert.equal(found.length, 1, `open tasks of ${step ?? run}: ${found.length}`);
    return found[0] as TaskView;
  }

  detail(id: string): Promise<OutputOf<'task.get'>> {
    return this.get('root', `/v1/tasks/${encodeURIComponent(id)}`);
  }

  /** The worklist of somebody. */
  async mine(who: string, more = ''): Promise<TaskView[]> {
    return (await this.get<OutputOf<'task.list'>>(who, `/v1/tasks?mine=true&limit=1000${more}`)).rows;
  }

  sees = async (who: string, id: string): Promise<boolean> =>
    (await this.mine(who)).some((task) => task.id === id);

  act(who: string, verb: string, id: string, body: unknown = {}): Promise<Answer> {
    return this.post(who, `/v1/tasks/${encodeURIComponent(id)}/${verb}`, body);
  }

  async does(who: string, verb: string, id: string, body: unknown = {}): Promise<TaskView> {
    const { status, text, body: answer } = await this.act(who, verb, id, body);
    assert.equal(status, 200, text);
    return (answer as unknown as { task: TaskView }).task;
  }

  async refused(code: string, status: number, who: string, verb: string, id: string): Promise<void> {
    const answer = await this.act(who, verb, id);
    assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text);
  }

  /** Starts a task and ends it. */
  async complete(who: string, id: string, output: unknown = null): Promise<TaskView> {
    const { token, status } = await this.detail(id);
    const held = status === 'in_progress' ? token : (await this.does(who, 'start', id)).token;
    return this.does(who, 'complete', id, { output, token: held });
  }

  /** An agent that waits for work: when this resolves it waits, and `task` is what it will get. */
  async waits(who: string): Promise<{ readonly task: Promise<TaskView | null> }> {
    const answer = this.done<OutputOf<'task.claim_next'>>(who, '/v1/tasks/claim', { waitSeconds: 60 });
    const { directory } = this.site.bed.runtime.organisation;
    await this.until(() => directory.isPresent(`passport_${who}`));
    return { task: answer.then(({ task }) => task) };
  }

  async claimNext(who: string): Promise<TaskView | null> {
    return (await this.done<OutputOf<'task.claim_next'>>(who, '/v1/tasks/claim', {})).task;
  }

  async verdict(run: string): Promise<OutputOf<'workflow.get_run'>['verdict']> {
    return (await this.get<OutputOf<'workflow.get_run'>>('root', `/v1/runs/${run}`)).verdict;
  }

  async events(run: string): Promise<OutputOf<'run.events'>['events']> {
    return (await this.get<OutputOf<'run.events'>>('root', `/v1/runs/${run}/events?limit=1000`)).events;
  }

  /** What happens in the background happens by itself. */
  until(holds: () => boolean | Promise<boolean>): Promise<void> {
    return this.site.bed.until(holds);
  }
}
