import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Office, person, type TaskView } from './office.ts';

/**
 * The 840 cells of the WS-HumanTask table (10 states × 14 operations × 6 roles), asked of the HTTP API: what it allows leads where it
 * says, and everything else is refused and changes nothing. Our states are named in DESIGN 4; `Error` is a task that the system failed
 * (decision 0024). A suspended task is asked in each of the three states that it can remember.
 */
const TABLE = new URL('../../../shared/data/humantask/operations.json', import.meta.url);

interface Row {
  readonly op: string;
  readonly from: readonly string[];
  readonly allowed: readonly string[];
  readonly to: string;
  readonly setsOwner?: string | null;
}
interface Table {
  readonly states: readonly string[];
  readonly final: readonly string[];
  readonly roles: readonly string[];
  readonly operations: readonly Row[];
}

const WHO: Readonly<Record<string, string>> = {
  taskInitiator: 'initiator',
  taskStakeholder: 'stakeholder',
  potentialOwner: 'potential',
  actualOwner: 'actual',
  excludedOwner: 'excluded',
  businessAdministrator: 'administrator',
};
const STATUS: Readonly<Record<string, string>> = {
  Created: 'created',
  Ready: 'ready',
  Reserved: 'reserved',
  InProgress: 'in_progress',
  Suspended: 'suspended',
  Completed: 'completed',
  Failed: 'failed',
  Error: 'failed',
  Exited: 'exited',
  Obsolete: 'obsolete',
};
const BODY: Readonly<Record<string, object>> = {
  nominate: { to: ['passport_other'] },
  delegate: { to: 'passport_other' },
  forward: { to: 'passport_other' },
  complete: { output: null },
  fail: { code: 'broken', message: 'it does not work' },
};
/** The states as tasks are brought into them; a suspended one by what it remembers. */
const STATES = [
  'Created',
  'Ready',
  'Reserved',
  'InProgress',
  'Suspended/Ready',
  'Suspended/Reserved',
  'Suspended/InProgress',
  'Completed',
  'Failed',
  'Error',
  'Exited',
  'Obsolete',
] as const;

const OWNERS = ['passport_potential', 'passport_actual', 'passport_other', 'passport_excluded'];
const stepOf = (more: object, step: object = {}) => ({
  id: 'a',
  ...step,
  onFailure: 'skip',
  task: {
    by: 'human',
    from: OWNERS,
    exclude: ['passport_excluded'],
    stakeholders: ['passport_stakeholder'],
    administrators: ['passport_administrator'],
    skippable: true,
    ...more,
  },
});

class Bed {
  readonly office: Office;
  constructor(office: Office) {
    this.office = office;
  }

  static async open(): Promise<Bed> {
    const people = Object.values(WHO).map((id) => person(id));
    const office = await Office.open(...people, person('other'), person('stranger'));
    await office.update('initiator', { roles: ['operator'] });
    await office.define('plain', stepOf({}));
    await office.define('created', stepOf({ activate: 'manual' }));
    await office.define('timed', stepOf({}, { timeout: '1d' }));
    return new Bed(office);
  }

  /** Runs are started by the initiator, who operates runs only while doing so. */
  async start(plain: number, created: number): Promise<{ plain: string[]; created: string[] }> {
    const many = async (definition: string, count: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let at = 0; at < count; at += 1)
        ids.push((await this.office.done<{ id: string }>('initiator', '/v1/runs', { definition })).id);
      return ids;
    };
    const made = { plain: await many('plain', plain), created: await many('created', created) };
    await this.office.update('initiator', { roles: [] });
    return made;
  }

  async bring(run: string, state: (typeof STATES)[number]): Promise<TaskView> {
    const { office } = this;
    const { id } = await office.task(run);
    const [now, before] = state.split('/') as [string, string?];
    const at = before ?? now;
    if (['Reserved'].includes(at)) await office.does('actual', 'claim', id);
    if (['InProgress', 'Completed', 'Failed'].includes(at)) await office.does('actual', 'start', id);
    if (now === 'Suspended') await office.does('administrator', 'suspend', id);
    if (now === 'Completed') await office.does('actual', 'complete', id);
    if (now === 'Failed') await office.does('actual', 'fail', id, BODY['fail']);
    if (now === 'Exited') await office.does('administrator', 'exit', id);
    if (now === 'Obsolete') await office.does('administrator', 'skip', id);
    return office.detail(id);
  }
}

const isFrom = ({ from }: Row, state: string): boolean =>
  from.includes(state) || from.includes(state.split('/')[0] ?? '');
const expected = (table: Table, state: string, op: string, role: string): Row | undefined =>
  table.operations.find((row) => row.op === op && isFrom(row, state) && row.allowed.includes(role));

const whatIs = ({ status, assignee, token, from, suspension }: TaskView) => ({
  status,
  assignee,
  token,
  from,
  suspension,
});

/** Where nobody has the task, nobody is its actual owner. */
const UNHELD: readonly string[] = ['Created', 'Ready', 'Suspended/Ready'];
const personIn = (state: string, role: string): string =>
  role === 'actualOwner' && UNHELD.includes(state) ? 'stranger' : (WHO[role] as string);

/** The refusals that are right: the state comes before the role. */
function isRight(table: Table, state: string, op: string, status: number, code: unknown): boolean {
  const [name = ''] = state.split('/');
  if (table.final.includes(name)) return status === 409 && code === 'task_closed';
  const taken = table.operations.some((row) => row.op === op && isFrom(row, state));
  if (!taken)
    return (status === 409 && ['task_status', 'task_held'].includes(String(code))) || status === 403;
  return status === 403 || (status === 409 && code === 'task_held');
}

test(
  'the 840 cells of WS-HumanTask, asked of the HTTP API',
  { skip: !existsSync(TABLE) && 'no ../shared/data' },
  async (t) => {
    const table = JSON.parse(readFileSync(TABLE, 'utf8')) as Table;
    const operations = [...new Set(table.operations.map(({ op }) => op))];
    assert.equal(table.states.length * operations.length * table.roles.length, 840);
    assert.deepEqual(new Set(STATES.map((state) => state.split('/')[0])), new Set(table.states));
    const cells = STATES.flatMap((state) =>
      operations.flatMap((op) =>
        table.roles.map((role) => ({ state, op, role, row: expected(table, state, op, role) })),
      ),
    );
    const allowed = cells.filter(({ row }) => row);
    const refused = cells.filter(({ row }) => !row);
    const bed = await Bed.open();
    const { office } = bed;
    const isCreated = ({ state }: { state: string }): boolean => state === 'Created';
    const runs = await bed.start(
      allowed.filter((cell) => !isCreated(cell)).length + STATES.length - 2,
      allowed.filter(isCreated).length + 1,
    );
    const next = (state: string): string => {
      const run = (state === 'Created' ? runs.created : runs.plain).pop();
      assert.ok(run);
      return run;
    };

    for (const { state, op, role, row } of allowed) {
      const task = await bed.bring(next(state), state);
      assert.equal(task.status, STATUS[state.split('/')[0] ?? ''], state);
      const who = WHO[role] as string;
      const answer = await office.act(who, op, task.id, BODY[op] ?? {});
      const cell = `${state} ${op} by ${role}`;
      assert.equal(answer.status, 200, `${cell}: ${answer.text}`);
      const now = await office.detail(task.id);
      const to = row?.to === '<previous>' ? [state.split('/')[1] ?? ''] : (row?.to.split('|') ?? []);
      assert.ok(
        to.some((name) => STATUS[name] === now.status),
        `${cell} leads to ${now.status}`,
      );
      if (row?.setsOwner === 'caller') assert.equal(now.assignee, `passport_${who}`, cell);
      if (row?.setsOwner === 'target') assert.equal(now.assignee, 'passport_other', cell);
      if (row?.setsOwner === null) assert.equal(now.assignee, null, cell);
    }

    const specimens = new Map<string, TaskView>();
    for (const state of STATES)
      if (state !== 'Error') specimens.set(state, await bed.bring(next(state), state));
    const failed = await office.task(await office.run('timed'));
    office.site.bed.clock.move(2 * 86_400_000);
    await office.until(async () => (await office.detail(failed.id)).status === 'failed');
    specimens.set('Error', await office.detail(failed.id));
    for (const { state, op, role } of refused) {
      const task = specimens.get(state) as TaskView;
      const answer = await office.act(personIn(state, role), op, task.id, BODY[op] ?? {});
      assert.ok(
        isRight(table, state, op, answer.status, answer.body.code),
        `${state} ${op} by ${role}: ${answer.status} ${answer.body.code}`,
      );
      assert.deepEqual(
        whatIs(await office.detail(task.id)),
        whatIs(task),
        `${state} ${op} by ${role} changes nothing`,
      );
    }
    t.diagnostic(`${allowed.length} allowed, ${refused.length} refused, over ${STATES.length} states`);
    await office.close();
  },
);
