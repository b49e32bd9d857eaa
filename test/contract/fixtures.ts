import assert from 'node:assert/strict';
import type {
  Change,
  CommitResult,
  NewEntry,
  Page,
  PageRequest,
  RunRow,
  Store,
  TaskRow,
} from '../../src/store/index.ts';

/** Rows for tests: whole, plain, and different from one another only where a test says so. */

export const entry = (sequence: number, text = `{"sequence":${sequence}}`): NewEntry => ({
  sequence,
  text,
  hash: Uint8Array.from({ length: 32 }, (_, at) => (sequence * 31 + at + text.length) % 256),
});

export const entriesFrom = (expected: number, count: number): NewEntry[] =>
  Array.from({ length: count }, (_, at) => entry(expected + at + 1));

export const change = (stream: string, more: Partial<Change> = {}): Change => ({
  stream,
  expected: null,
  entries: [],
  ...more,
});

/** A change with entries, after the sequence `expected`. */
export const append = (stream: string, expected: number, count = 1, more: Partial<Change> = {}): Change =>
  change(stream, { expected, entries: entriesFrom(expected, count), ...more });

export const runRow = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  id,
  definition: 'invoices',
  definitionVersion: 1,
  status: 'running',
  sequence: 1,
  priority: 5,
  startedBy: 'passport_manager',
  parent: null,
  createdAt: 1_700_000_000_000,
  updatedAt: 1_700_000_000_001,
  endedAt: null,
  summary: { steps: { done: 1, of: 3 } },
  ...more,
});

export const taskRow = (run: string, name: string, more: Partial<TaskRow> = {}): TaskRow => ({
  id: `${run}:${name}`,
  run,
  step: name.split(/[.:]/)[0]!,
  slot: 0,
  round: 1,
  attempt: 1,
  kind: 'task',
  layer: 'execute',
  status: 'ready',
  description: null,
  requires: [],
  by: 'agent',
  from: [],
  level: null,
  safety: 'reversible',
  rules: null,
  activateAt: null,
  deadlines: [],
  suspension: null,
  notes: null,
  help: [],
  passed: [],
  predone: false,
  timed: 0,
  excluded: [],
  separate: [],
  offeredTo: null,
  routed: 0,
  priority: 5,
  deadline: null,
  input: null,
  output: null,
  failure: null,
  reason: null,
  skippable: false,
  assignee: null,
  token: 0,
  losses: 0,
  progress: null,
  usage: { tokens: 0, cost: 0 },
  approval: null,
  createdAt: 1_700_000_000_000,
  startedAt: null,
  endedAt: null,
  leaseUntil: null,
  ...more,
});

/** A task with something else than the plainest in every field. */
export const richTask = (run: string, name: string): TaskRow =>
  taskRow(run, name, {
    slot: 3,
    round: 2,
    attempt: 4,
    kind: 'approval',
    layer: 'decide',
    status: 'in_progress',
    description: 'Approve the summary · заявка · 請求書 🧾',
    requires: ['invoice_processing'],
    by: 'human',
    from: ['role:finance-manager'],
    excluded: ['passport_agent'],
    level: 0.5,
    safety: 'irreversible',
    rules: {
      stakeholders: ['role:owner'],
      administrators: [],
      privileges: { potential_owner: { grant: [], withdraw: ['skip'] } },
      delegates: 'anybody',
      commence: null,
      help: 'all',
      activation: null,
      visibility: { unallocated: null, allocated: 'holder' },
    },
    activateAt: 7,
    deadlines: [
      {
        index: 0,
        on: 'start',
        due: 9,
        remind: [8],
        then: 'escalate',
        to: ['role:lead'],
        within: { ms: 5, working: true },
        pauses: true,
        set: 1,
        stopped: 4,
      },
    ],
    suspension: { from: 'ready', until: null, since: 3 },
    notes: { comments: [], attachments: [], draft: { so: 'far' } },
    help: [{ id: 1, from: 'role:expert', text: 'How?', at: 5, answer: null }],
    passed: ['passport_x'],
    predone: true,
    timed: 4,
    separate: ['passport_ann'],
    offeredTo: ['passport_bo'],
    routed: 7,
    priority: 9,
    deadline: 1_700_000_100_000,
    input: { total: '12.30', nested: [null, true, { a: [] }] },
    output: { ok: false },
    failure: { code: 'task_failed', message: 'no' },
    reason: 'because',
    skippable: true,
    assignee: 'passport_manager',
    token: 7,
    losses: 2,
    progress: { fraction: 0.25, message: null },
    usage: { tokens: 12, cost: 0.5 },
    approval: {
      status: 'open',
      subject: 'ab'.repeat(32),
      quorum: 2,
      decisions: [],
      stage: 0,
      next: [],
      distinct: 'people',
      veto: true,
      reasoned: false,
      keeps: false,
      appeal: [],
      escalate: ['role:cfo'],
      within: 1_000,
    },
    claim: 'claim-1',
    restsOn: { kind: 'approval', id: 'run-1:agree:1.1', version: 'ab'.repeat(32) },
    takenAs: { administrator: true, delegation: 'delegation_1' },
    createdAt: 1,
    startedAt: 2,
    endedAt: 3,
    leaseUntil: 1_700_000_060_000,
  });

export const applied = (position: number): CommitResult => ({ ok: true, position });
/** Of a change without entries. */
export const APPLIED: CommitResult = { ok: true, position: null };

/** Commits, and says where the entries are, whenever the adapter gives positions. */
export async function commitTo(store: Store, changes: readonly Change[]): Promise<CommitResult[]> {
  const results = await store.commit(changes);
  return Promise.all(
    results.map(async (result, at) => {
      const { stream, entries } = changes[at]!;
      const [first] = entries;
      if (!result.ok || !first) return result.ok ? APPLIED : result;
      const [stored] = await store.entries({ stream, after: first.sequence - 1 }, 1);
      assert.ok(
        stored && (result.position ?? stored.position) === stored.position,
        'the position is what was said',
      );
      return applied(stored.position);
    }),
  );
}
export const refused = (code: (CommitResult & { ok: false })['code']): CommitResult => ({ ok: false, code });

/** All pages, one after the other. */
export async function everyPage<Row>(
  list: (page: PageRequest) => Promise<Page<Row>>,
  limit: number,
): Promise<Row[][]> {
  const pages: Row[][] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit, ...(cursor !== undefined && { cursor }) });
    pages.push([...page.rows]);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

export const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

export const taskIds = async (store: Store, filter: Parameters<Store['tasks']>[0]): Promise<string[]> =>
  idsOf((await store.tasks(filter, { limit: 1_000 })).rows);

export const runIds = async (store: Store, filter: Parameters<Store['runs']>[0]): Promise<string[]> =>
  idsOf((await store.runs(filter, { limit: 1_000 })).rows);

/** Bytes as text, so that one kind of byte array equals another. */
export const hex = (bytes: Uint8Array | null | undefined): string | null =>
  bytes ? Buffer.from(bytes).toString('hex') : null;
