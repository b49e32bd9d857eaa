import assert from 'node:assert/strict';
import type { OutputOf } from '../../src/operations/schema/index.ts';
import { clerical, Office, person } from './office.ts';

/**
 * Strategies for exceptions, by their codes: `TYPE: CHANGE-CASE-RECOVERY` (Russell, van der Aalst, ter Hofstede). The job has work
 * that is done, the item that the exception is about with another beside it, and work that comes later; two runs of it, and one of
 * another definition.
 */
const CAUSES = { WIF: 'failure', EXT: 'external', CVI: 'constraint', RUN: 'unavailable' } as const;
type Type = keyof typeof CAUSES;
type From = 'offered' | 'allocated' | 'started';

const CHANGES = {
  OFF: ['offered', 'force-fail'],
  OFC: ['offered', 'force-complete'],
  AFF: ['allocated', 'force-fail'],
  AFC: ['allocated', 'force-complete'],
  SFF: ['started', 'force-fail'],
  SFC: ['started', 'force-complete'],
  SRS: ['started', 'restart'],
  SCE: ['started', 'keep'],
} as const satisfies Record<string, readonly [From, string]>;
const CASES = { CWC: 'continue', RCC: 'remove', RAC: 'remove_all' } as const;
const RECOVERIES = { NIL: 'none', COM: 'compensate', RBK: { rollback: 'p0' } } as const;

export const PEOPLE = [
  person('clerk', { roles: ['clerk'] }),
  person('other', { roles: ['clerk'] }),
  person('lead', { roles: ['lead'] }),
];

const undone = { compensate: { task: { by: 'human', from: 'role:lead' } } };
export const phases = () =>
  [
    clerical('before', {}, undone),
    [clerical('a', {}, undone), clerical('beside')],
    clerical('later'),
  ] as const;

type Detail = OutputOf<'task.get'>;

/** A run in which the exception has come about, and what was done about it. */
export class Strategy {
  readonly office: Office;
  readonly run: string;
  readonly id: string;
  readonly #change: keyof typeof CHANGES;
  readonly #case: keyof typeof CASES;
  readonly #recovery: keyof typeof RECOVERIES;
  readonly #cause: string;
  #before: Detail | null = null;
  #same = '';
  #foreign = '';

  private constructor(office: Office, run: string, id: string, code: string) {
    const [type, codes] = code.split(': ') as [Type, string];
    const [change, level, recovery] = codes.split('-') as [
      keyof typeof CHANGES,
      keyof typeof CASES,
      keyof typeof RECOVERIES,
    ];
    Object.assign(this, { office, run, id });
    this.office = office;
    this.run = run;
    this.id = id;
    this.#change = change;
    this.#case = level;
    this.#recovery = recovery;
    this.#cause = CAUSES[type];
  }

  static async open(code: string): Promise<Strategy> {
    const office = await Office.open(...PEOPLE);
    const [before, both, later] = phases();
    const definition = await office.define('job', before, both, later);
    const run = await office.run(definition);
    const same = await office.run(definition);
    const foreign = await office.start(clerical('elsewhere'));
    await office.complete('other', (await office.task(run, 'p0.before')).id, 'done');
    const { id } = await office.task(run, 'p1.a');
    const strategy = new Strategy(office, run, id, code);
    strategy.#same = same;
    strategy.#foreign = foreign;
    await strategy.#prepare();
    return strategy;
  }

  async #prepare(): Promise<void> {
    const [from] = CHANGES[this.#change];
    if (from !== 'offered')
      await this.office.does('clerk', from === 'allocated' ? 'claim' : 'start', this.id);
    if (from === 'started') await this.office.does('clerk', 'draft', this.id, { draft: 'so far' });
    this.#before = await this.office.detail(this.id);
  }

  /** An administrator handles the exception. */
  async handle(): Promise<void> {
    const [, verb] = CHANGES[this.#change];
    const why = { reason: 'an exception', cause: this.#cause };
    const recovery = RECOVERIES[this.#recovery];
    if (verb === 'keep') {
      if (this.#case === 'CWC') return;
      const runs = this.#case === 'RAC' ? 'all' : 'this';
      const kept = { ...why, recovery, keep: [this.id], runs };
      await this.office.done('root', `/v1/runs/${this.run}/cancel`, kept);
      return;
    }
    const output = verb === 'force-complete' ? { output: 'forced' } : {};
    await this.office.does('root', verb, this.id, { ...why, ...output, case: CASES[this.#case], recovery });
  }

  async steps(run = this.run): Promise<string[]> {
    return (await this.office.open(run)).map(({ step }) => step).toSorted();
  }

  /** All parts of the strategy, and again after the process has ended and come back. */
  async check(): Promise<void> {
    await this.#checkItem();
    await this.#checkCase();
    await this.#checkOnce();
    await this.office.restart();
    await this.#checkOnce();
    await this.#checkRecovery();
  }

  async #checkItem(): Promise<void> {
    const { status, assignee, token, notes } = await this.office.detail(this.id);
    const before = this.#before as Detail;
    const [, verb] = CHANGES[this.#change];
    const behind = this.#recovery === 'RBK' && this.#case === 'CWC';
    if (verb === 'force-fail') assert.equal(status, 'failed');
    else if (verb === 'force-complete') assert.equal(status, 'completed');
    else if (behind) assert.equal(status, 'exited', 'its turn comes again');
    else if (verb === 'keep')
      assert.deepEqual([status, token, notes?.draft], ['in_progress', before.token, 'so far']);
    else if (this.#recovery === 'COM') assert.equal(status, 'suspended', 'what it has done is undone first');
    else {
      assert.deepEqual([status, assignee, notes?.draft ?? null], ['in_progress', 'passport_clerk', null]);
      assert.ok(token > before.token, 'the token of what was done before opens nothing');
    }
  }

  async #checkCase(): Promise<void> {
    const steps = await this.steps();
    const goesOn = CHANGES[this.#change][1] === 'restart' || CHANGES[this.#change][1] === 'keep';
    if (this.#case === 'CWC') {
      if (this.#recovery !== 'RBK') {
        const beside = await this.office.task(this.run, 'p1.beside');
        assert.deepEqual([beside.status, beside.token], ['ready', 0], 'CWC: no other item is touched');
      }
    } else {
      assert.ok(!steps.includes('p1.beside') && !steps.includes('p2.later'), 'the rest is removed');
      assert.equal(steps.includes('p1.a'), goesOn);
    }
    if (this.#case === 'RAC')
      await this.office.until(async () => (await this.steps(this.#same)).length === 0);
    else assert.deepEqual(await this.steps(this.#same), ['p0.before'], 'other runs of it go on');
    assert.deepEqual(await this.steps(this.#foreign), ['p0.elsewhere'], 'and runs of others do');
  }

  /** One handler for one exception, with cause and actor. */
  async #checkOnce(): Promise<void> {
    if (this.#change === 'SCE' && this.#case === 'CWC') return;
    const events = await this.office.events(this.run);
    const told = events.filter(({ actor, payload }) => {
      const forced = payload['forced'] as { cause?: string } | undefined;
      return actor === 'passport_root' && (forced?.cause ?? payload['cause']) === this.#cause;
    });
    assert.ok(told.length > 0, 'the exception and what was decided are in the record');
    const of = new Set(told.map(({ at }) => at));
    assert.equal(of.size, 1, 'at one moment');
    const opened = events
      .filter(({ type }) => type === 'compensation.opened')
      .map(({ payload }) => payload['of']);
    assert.equal(new Set(opened).size, opened.length, 'nothing is undone twice');
  }

  async #checkRecovery(): Promise<void> {
    if (this.#recovery === 'NIL') {
      const steps = await this.steps();
      assert.ok(!steps.some((step) => step.endsWith('.compensate')), 'nothing is undone');
      return this.#goOn();
    }
    assert.deepEqual(await this.#undo(), this.#expected(), 'what was done is undone, the last first');
    if (this.#recovery === 'RBK' && this.#case === 'CWC') return this.#again();
    return this.#goOn();
  }

  /** Who is asked to undo does so, until nothing is left to undo. */
  async #undo(): Promise<string[]> {
    const order: string[] = [];
    for (;;) {
      const next = (await this.office.open(this.run)).find(({ step }) => step.endsWith('.compensate'));
      if (!next) return order;
      order.push(next.step);
      await this.office.complete('lead', next.id);
    }
  }

  #expected(): string[] {
    const own = 'p1.a.compensate';
    const before = 'p0.before.compensate';
    const completed = CHANGES[this.#change][1] === 'force-complete';
    if (this.#recovery === 'RBK') return completed ? [own, before] : [before];
    return this.#case === 'CWC' ? [own] : [own, before];
  }

  /** Back at the phase, and from there to the end. */
  async #again(): Promise<void> {
    assert.deepEqual(await this.steps(), ['p0.before']);
    await this.office.complete('other', (await this.office.task(this.run)).id, 'done');
    const item = await this.office.task(this.run, 'p1.a');
    const again = this.#change === 'SRS' ? ['reserved', 'passport_clerk'] : ['ready', null];
    assert.deepEqual([item.status, item.assignee], again, 'SRS: begun again by the same resource');
    await this.#finish([item.id, (await this.office.task(this.run, 'p1.beside')).id]);
    assert.equal((await this.office.verdict(this.run)).verdict, 'ok');
  }

  async #finish(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.office.complete('clerk', id);
    await this.office.complete('clerk', (await this.office.task(this.run, 'p2.later')).id);
  }

  async #goOn(): Promise<void> {
    const [, verb] = CHANGES[this.#change];
    if (verb === 'restart' || verb === 'keep') {
      const item = await this.office.detail(this.id);
      assert.deepEqual([item.status, item.assignee], ['in_progress', 'passport_clerk']);
      await this.office.complete('clerk', this.id);
    }
    if (this.#case !== 'CWC') {
      assert.equal(
        (await this.office.get<{ status: string }>('root', `/v1/runs/${this.run}`)).status,
        'cancelled',
      );
      return;
    }
    await this.office.complete('clerk', (await this.office.task(this.run, 'p1.beside')).id);
    if (verb !== 'force-fail')
      return this.office.complete('clerk', (await this.office.task(this.run, 'p2.later')).id).then(() => {});
    assert.ok(!(await this.steps()).includes('p2.later'), 'nothing later is triggered');
    await this.#undo();
    assert.equal((await this.office.verdict(this.run)).verdict, 'failed');
  }

  close = (): Promise<void> => this.office.close();
}
