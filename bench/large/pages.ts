import { now } from '../bed.ts';

export interface Page {
  readonly name: string;
  /** The path, and where the next page of it is asked for, its query. */
  readonly paths: readonly string[];
}
export interface Measured {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
}

const STATUSES = ['running', 'completed', 'failed', 'pending_approval', 'stopped'];

/** What the cockpit, the command line and programs read. `runs` are some, the middle and the end of the database among them. */
export function pagesOf(
  runs: { readonly finished: readonly string[]; readonly open: readonly string[] },
  entries: number,
  kinds: readonly string[],
): Page[] {
  const finished = spread(runs.finished);
  const open = spread(runs.open);
  const places = [0, 0.25, 0.5, 0.75, 0.999].map((share) => Math.floor(entries * share));
  const of = (list: readonly string[], path: (one: string) => string): string[] => list.map(path);
  return [
    { name: 'runs, newest', paths: ['/v1/runs'] },
    { name: 'runs by status', paths: of(STATUSES, (status) => `/v1/runs?status=${status}`) },
    {
      name: 'runs by definition',
      paths: of(kinds, (kind) => `/v1/runs?definition=${kind}`),
    },
    {
      name: 'runs by definition and status',
      paths: of(kinds, (kind) => `/v1/runs?definition=${kind}&status=running&status=failed`),
    },
    { name: 'runs by who started them', paths: ['/v1/runs?startedBy=passport_human_owner'] },
    { name: 'runs of a run', paths: of(open, (run) => `/v1/runs?parent=${run}`) },
    { name: 'a finished run', paths: of(finished, (run) => `/v1/runs/${run}`) },
    { name: 'an open run', paths: of(open, (run) => `/v1/runs/${run}`) },
    { name: 'events of a run', paths: of(finished, (run) => `/v1/runs/${run}/events`) },
    { name: 'all events', paths: of(places.map(String), (after) => `/v1/events?after=${after}&limit=100`) },
    { name: 'tasks, newest', paths: ['/v1/tasks'] },
    { name: 'open tasks', paths: ['/v1/tasks?open=true'] },
    { name: 'open tasks, by the queue', paths: ['/v1/tasks?open=true&order=queue'] },
    { name: 'tasks by status', paths: ['/v1/tasks?status=ready', '/v1/tasks?status=completed'] },
    { name: 'tasks of a kind', paths: ['/v1/tasks?kind=approval', '/v1/tasks?kind=approval&open=true'] },
    { name: 'tasks of a run', paths: of(open, (run) => `/v1/tasks?run=${run}`) },
    { name: 'tasks of somebody', paths: ['/v1/tasks?assignee=passport_agent_bench'] },
    { name: 'inbox', paths: ['/v1/tasks?mine=true'] },
    {
      name: 'ledger',
      paths: of(places.map(String), (after) => `/v1/ledger/entries?after=${after}`),
    },
    {
      name: 'proof of an entry',
      paths: of(places.map(String), (index) => `/v1/ledger/inclusion?index=${index}`),
    },
    { name: 'proof of growth', paths: ['/v1/ledger/consistency?from=1000'] },
    { name: 'definitions', paths: ['/v1/definitions'] },
    { name: 'participants', paths: ['/v1/participants'] },
    { name: 'capabilities', paths: ['/v1/capabilities'] },
    { name: 'health', paths: ['/v1/health'] },
    { name: 'metrics', paths: ['/metrics'] },
  ];
}

/** At most twenty, from all over. */
const spread = (all: readonly string[]): string[] =>
  Array.from({ length: Math.min(20, all.length) }, (_, at) => all[Math.floor((at * all.length) / 20)] ?? '');

/** Reads each page again and again; and, where there is a next one, on from it. */
export async function measurePages(
  url: string,
  token: string,
  pages: readonly Page[],
  reads: number,
): Promise<Measured[]> {
  const read = async (path: string): Promise<{ readonly next?: unknown }> => {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
    return text.startsWith('{') ? (JSON.parse(text) as { next?: unknown }) : {};
  };
  const measured: Measured[] = [];
  for (const { name, paths } of pages) {
    const times: number[] = [];
    let cursor = '';
    for (let at = 0; at < reads; at += 1) {
      const path = (paths[at % paths.length] as string) + cursor;
      const began = now();
      const { next } = await read(path);
      times.push(now() - began);
      cursor =
        paths.length === 1 && typeof next === 'string'
          ? `${path.includes('?') ? '&' : '?'}cursor=${next}`
          : '';
      if (path.includes('cursor=')) cursor = '';
    }
    times.sort((a, b) => a - b);
    const of = (share: number): number => times[Math.min(times.length - 1, Math.floor(reads * share))] ?? 0;
    measured.push({ name, p50: of(0.5), p99: of(0.99) });
  }
  return measured;
}
