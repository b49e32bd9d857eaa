import type { Workload } from './measure.ts';
import { inFolder, onPostgres, onRedis, onRestate, type NewGround } from './places.ts';

export interface Entrant {
  readonly name: string;
  readonly title: string;
  readonly module: string;
  readonly ground: NewGround;
  /** The HumanOS of equal durability that it stands beside. */
  readonly beside: readonly string[];
  /** Several processes that share the work of one, on one database; without it, one. They are measured at the sequence alone. */
  readonly nodes?: number;
  /** What it is measured at; without it, everything. */
  readonly only?: readonly Workload[];
}

/** Bundled, as it is published. */
const humanos = new URL('../../.build/bench/humanos.js', import.meta.url).href;
const peer = (name: string): string => new URL(`../peers/${name}.ts`, import.meta.url).href;

const FULL = ['humanos-sqlite'];
const NORMAL = ['humanos-sqlite-normal'];
const ON_POSTGRES = ['humanos-postgres', 'humanos-postgres-two', 'humanos-sqlite'];

export const HUMANOS: readonly Entrant[] = [
  {
    name: 'humanos-sqlite',
    title: 'HumanOS, SQLite FULL',
    module: humanos,
    ground: () => inFolder('full'),
    beside: [],
  },
  {
    name: 'humanos-sqlite-normal',
    title: 'HumanOS, SQLite NORMAL',
    module: humanos,
    ground: () => inFolder('normal'),
    beside: [],
  },
  {
    name: 'humanos-postgres',
    title: 'HumanOS, PostgreSQL, one node',
    module: humanos,
    ground: onPostgres,
    beside: [],
  },
  {
    name: 'humanos-postgres-two',
    title: 'HumanOS, PostgreSQL, two nodes',
    module: humanos,
    ground: onPostgres,
    beside: [],
    nodes: 2,
  },
];

export const PEERS: readonly Entrant[] = [
  {
    name: 'bullmq-always',
    title: 'BullMQ, Redis, fsync always',
    module: peer('bullmq'),
    ground: onRedis('always'),
    beside: FULL,
  },
  {
    name: 'bullmq-everysec',
    title: 'BullMQ, Redis, fsync every second',
    module: peer('bullmq'),
    ground: onRedis('everysec'),
    beside: NORMAL,
  },
  {
    name: 'bullmq-job-always',
    title: 'BullMQ, a lone job, fsync always',
    module: peer('bullmq-job'),
    ground: onRedis('always'),
    beside: FULL,
    only: ['parked'],
  },
  {
    name: 'bullmq-job-everysec',
    title: 'BullMQ, a lone job, fsync every second',
    module: peer('bullmq-job'),
    ground: onRedis('everysec'),
    beside: NORMAL,
    only: ['parked'],
  },
  { name: 'restate', title: 'Restate', module: peer('restate'), ground: onRestate, beside: FULL },
  { name: 'dbos', title: 'DBOS, PostgreSQL', module: peer('dbos'), ground: onPostgres, beside: ON_POSTGRES },
  {
    name: 'graphile-worker',
    title: 'graphile-worker, PostgreSQL',
    module: peer('graphile-worker'),
    ground: onPostgres,
    beside: ON_POSTGRES,
  },
  {
    name: 'langgraph-postgres',
    title: 'LangGraph, PostgreSQL',
    module: peer('langgraph'),
    ground: onPostgres,
    beside: ON_POSTGRES,
  },
  {
    name: 'langgraph-sqlite',
    title: 'LangGraph, SQLite NORMAL',
    module: peer('langgraph'),
    ground: () => inFolder('normal'),
    beside: NORMAL,
  },
  {
    name: 'mastra',
    title: 'Mastra, LibSQL NORMAL',
    module: peer('mastra'),
    ground: () => inFolder('normal'),
    beside: NORMAL,
  },
];
