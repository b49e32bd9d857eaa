import type { JsonObject } from '../../src/definition/index.ts';
import type { Random } from './random.ts';

/** Random definitions of every kind of step, small enough that a world of them ends soon. */
export const randomDefinition = (random: Random, id: string, child: string | null): JsonObject => {
  const count = random.int(1, 4);
  const phases = Array.from({ length: count }, (_, index) => randomPhase(random, index, child));
  return {
    id,
    name: id,
    limits: {
      concurrency: random.int(1, 5),
      tasks: random.chance(0.15) ? random.int(2, 10) : 500,
      ...(random.chance(0.2) && { duration: `${random.int(1, 60)}m` }),
    },
    phases,
    output: { done: true },
  };
};

const randomPhase = (random: Random, index: number, child: string | null): JsonObject => {
  const needs = Array.from({ length: index }, (_, earlier) => earlier).filter(() => random.chance(0.6));
  const steps = Array.from({ length: random.int(1, 3) }, (_, at) => randomStep(random, at, index, child));
  return {
    id: `p${index}`,
    ...(needs.length > 0 && { needs: needs.map((earlier) => `p${earlier}`) }),
    ...(random.chance(0.1) && { if: '${ input.n > 3 }' }),
    ...undone(random, 0.1),
    steps: steps.map((step) => ({ ...step, ...undone(random, 0.4) })),
  };
};

/** How work is undone, where its step says so: by an agent, a clerk, or a write. */
const undone = (random: Random, chance: number): JsonObject => {
  if (!random.chance(chance)) return {};
  const compensate = random.pick<JsonObject>([
    { task: { requires: ['work'], by: 'agent', input: { undo: true } } },
    { task: { by: 'human', from: 'role:clerk' }, onFailure: random.pick(['fail', 'skip']) },
    { record: { system: 'erp', operation: 'unpost', verify: random.chance(0.5) } },
  ]);
  return { compensate };
};

const randomStep = (random: Random, at: number, phase: number, child: string | null): JsonObject => {
  const kind = random.pick([
    'task',
    'task',
    'task',
    'human',
    'approval',
    'record',
    'wait',
    'workflow',
    'fan',
    'fan',
  ]);
  const id = `s${at}`;
  const patience = {
    retry: {
      attempts: random.int(1, 3),
      backoff: random.pick(['none', 'fixed', 'exponential']),
      delay: '1s',
      maxDelay: '5s',
    },
    ...(random.chance(0.3) && { timeout: `${random.int(5, 120)}s` }),
  };
  const failure = { ...patience, ...onFailure(random, true) };
  switch (kind) {
    case 'human':
      return {
        id,
        task: {
          by: 'human',
          from: 'role:clerk',
          input: { at },
          skippable: random.chance(0.5),
          ...assigned(random, true),
        },
      };
    case 'approval':
      return { id, approval: randomApproval(random, phase) };
    case 'record':
      return {
        id,
        record: { system: 'erp', operation: 'post', input: { at }, verify: random.chance(0.5) },
        ...patience,
        ...onFailure(random, false),
      };
    case 'wait':
      return {
        id,
        wait: random.chance(0.5) ? { for: `${random.int(1, 300)}s` } : { signal: 'go', within: '10m' },
        onFailure: 'skip',
      };
    case 'workflow':
      if (child) return { id, workflow: { definition: child, input: '${ input }' }, onFailure: 'skip' };
      return { id, task: { requires: ['work'], by: 'agent', input: {} }, ...failure };
    case 'fan':
      return {
        id,
        forEach: '${ input.items }',
        task: { requires: ['work'], by: 'agent', input: { item: '${ item }' }, ...assigned(random, false) },
        ...failure,
      };
    default:
      return {
        id,
        task: { requires: ['work'], by: 'agent', input: { at }, ...assigned(random, true) },
        ...failure,
      };
  }
};

/** How a task is given out: mostly as it is by itself. */
const assigned = (random: Random, mayBeEarly: boolean): JsonObject => {
  if (random.chance(0.5)) return {};
  const strategy = random.pick(['best_fit', 'offer', 'round_robin', 'random', 'shortest_queue', 'case']);
  const when = random.pick(['enabled', 'enabled', 'late', mayBeEarly ? 'early' : 'enabled']);
  return { assign: { strategy, when, ...(when === 'late' && { load: random.int(1, 3) }) } };
};

const onFailure = (random: Random, isTask: boolean): JsonObject => {
  const last = random.pick(['fail', 'skip', 'escalate']);
  return {
    onFailure: {
      ...(isTask && random.chance(0.4) && { then: 'another_participant' }),
      finally: last,
      ...(last === 'escalate' && { to: 'role:clerk' }),
    },
  };
};

const randomApproval = (random: Random, phase: number): JsonObject => ({
  subject: { asked: '${ input }' },
  from: 'role:manager',
  quorum: random.int(1, 2),
  within: `${random.int(1, 30)}m`,
  ...(random.chance(0.5) && { escalate: ['role:clerk'] }),
  onReject: random.chance(0.6) ? { redo: `p${phase}`, max: 2 } : 'fail',
});

export const randomInput = (random: Random): JsonObject => ({
  n: random.int(0, 6),
  items: Array.from({ length: random.int(0, 8) }, (_, index) => index),
});
