import { z } from 'zod';
import { CATALOGUE } from '../../src/operations/schema/index.ts';
import type { Filled } from './fill.ts';
import type { Page } from './read.ts';
import { spread } from './routes.ts';
import { KINDS } from './templates.ts';

const STATUSES = ['running', 'completed', 'failed', 'pending_approval', 'stopped'];
const SOMEBODY_ELSE = 'passport_human_manager';

/** The most rows that a page may be asked for. */
const most = (name: 'event.list' | 'run.events' | 'workflow.list_runs' | 'task.list'): number => {
  const { properties = {} } = z.toJSONSchema(CATALOGUE[name].input, { io: 'input' });
  return (properties['limit'] as { readonly maximum: number }).maximum;
};

/** What the cockpit, the command line and programs look for: the filters of lists, and their largest pages. */
export const listPages = (filled: Filled): Page[] => {
  const places = placesIn(filled);
  const open = spread(filled.open);
  const of = (list: readonly string[], path: (one: string) => string): string[] => list.map(path);
  return [
    { name: 'runs by status', paths: of(STATUSES, (status) => `/v1/runs?status=${status}`) },
    { name: 'runs by definition', paths: of(KINDS, (kind) => `/v1/runs?definition=${kind}`) },
    {
      name: 'runs by definition and status',
      paths: of(KINDS, (kind) => `/v1/runs?definition=${kind}&status=completed&status=failed`),
    },
    { name: 'runs by who started them', paths: ['/v1/runs?startedBy=passport_human_owner'] },
    {
      name: 'runs by definition and starter, who started none',
      paths: of(KINDS, (kind) => `/v1/runs?definition=${kind}&startedBy=${SOMEBODY_ELSE}`),
      mayBeEmpty: true,
    },
    { name: 'runs of a run', paths: of(spread(filled.parents), (run) => `/v1/runs?parent=${run}`) },
    { name: 'runs, the largest page', paths: [`/v1/runs?limit=${most('workflow.list_runs')}`] },
    { name: 'a finished run', paths: of(spread(filled.finished), (run) => `/v1/runs/${run}`) },
    { name: 'an open run', paths: of(open, (run) => `/v1/runs/${run}`) },
    { name: 'events of a run', paths: of(spread(filled.finished), (run) => `/v1/runs/${run}/events`) },
    { name: 'all events', paths: of(places, (after) => `/v1/events?after=${after}`) },
    {
      name: 'all events, the largest page',
      paths: of(places.slice(0, -1), (after) => `/v1/events?after=${after}&limit=${most('event.list')}`),
    },
    {
      name: 'events of a run, the largest page',
      paths: of(spread(filled.finished), (run) => `/v1/runs/${run}/events?limit=${most('run.events')}`),
    },
    { name: 'open tasks', paths: ['/v1/tasks?open=true'] },
    { name: 'open tasks, by the queue', paths: ['/v1/tasks?open=true&order=queue'] },
    { name: 'tasks by status', paths: ['/v1/tasks?status=ready', '/v1/tasks?status=completed'] },
    { name: 'tasks of a kind', paths: ['/v1/tasks?kind=approval', '/v1/tasks?kind=approval&open=true'] },
    {
      name: 'tasks of a kind that there are none of',
      paths: ['/v1/tasks?kind=escalation'],
      mayBeEmpty: true,
    },
    { name: 'tasks of a step that there is not', paths: ['/v1/tasks?step=nothing'], mayBeEmpty: true },
    { name: 'tasks of a run', paths: of(open, (run) => `/v1/tasks?run=${encodeURIComponent(run)}`) },
    { name: 'tasks of somebody', paths: ['/v1/tasks?assignee=passport_agent_bench'] },
    { name: 'tasks, the largest page', paths: [`/v1/tasks?limit=${most('task.list')}`] },
    { name: 'ledger', paths: of(places, (after) => `/v1/ledger/entries?after=${after}`) },
    { name: 'proof of an entry', paths: of(places, (index) => `/v1/ledger/inclusion?index=${index}`) },
    { name: 'metrics', paths: ['/metrics'] },
  ];
};

/** What somebody reads who is neither an operator nor an auditor: from each list goes what is hidden from them. */
export const personPages = (filled: Filled): Page[] => {
  const places = placesIn(filled);
  return [
    { name: 'inbox', paths: ['/v1/tasks?mine=true'] },
    { name: 'inbox, the newest first', paths: ['/v1/tasks?mine=true&order=newest'] },
    { name: 'inbox, the largest page', paths: [`/v1/tasks?mine=true&limit=${most('task.list')}`] },
    { name: 'runs', paths: ['/v1/runs'] },
    { name: 'an open run', paths: spread(filled.open).map((run) => `/v1/runs/${run}`) },
    { name: 'events of a run', paths: spread(filled.finished).map((run) => `/v1/runs/${run}/events`) },
    { name: 'all events', paths: places.map((after) => `/v1/events?after=${after}`) },
    {
      name: 'all events, the largest page',
      paths: places.slice(0, -1).map((after) => `/v1/events?after=${after}&limit=${most('event.list')}`),
    },
    { name: 'tasks', paths: ['/v1/tasks'], mayBeEmpty: true },
    { name: 'open tasks', paths: ['/v1/tasks?open=true'], mayBeEmpty: true },
    { name: 'open tasks, by the queue', paths: ['/v1/tasks?open=true&order=queue'], mayBeEmpty: true },
    { name: 'tasks of a kind', paths: ['/v1/tasks?kind=approval'], mayBeEmpty: true },
    {
      name: 'tasks of a kind that there are none of',
      paths: ['/v1/tasks?kind=escalation'],
      mayBeEmpty: true,
    },
    { name: 'tasks of a step that there is not', paths: ['/v1/tasks?step=nothing'], mayBeEmpty: true },
    { name: 'tasks of somebody else', paths: ['/v1/tasks?assignee=passport_agent_bench'], mayBeEmpty: true },
    { name: 'tasks, the largest page', paths: [`/v1/tasks?limit=${most('task.list')}`], mayBeEmpty: true },
  ];
};

/** The middle and the end of the ledger among them. */
const placesIn = ({ entries }: Filled): string[] =>
  [0, 0.25, 0.5, 0.75, 0.999].map((share) => String(Math.floor(entries * share)));
