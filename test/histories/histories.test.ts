import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { evolve, type Event, type EventType, type RunState } from '../../src/engine/index.ts';
import { SCENARIOS } from './scenarios.ts';

/** Promise 9: runs recorded by every release still fold to the state they had, also from a snapshot on. */
const HERE = new URL('./', import.meta.url);
const versions = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const { version: current } = JSON.parse(readFileSync(new URL('../../package.json', HERE), 'utf8')) as {
  version: string;
};

const read = (path: string): string => readFileSync(new URL(path, HERE), 'utf8');
const eventsOf = (path: string): Event[] =>
  read(path)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);

/** Every type there is; the compiler says when one is missing. */
const TYPES: Record<EventType, true> = {
  'run.created': true,
  'run.approved': true,
  'run.rejected': true,
  'run.paused': true,
  'run.stopped': true,
  'run.resumed': true,
  'run.parent_halted': true,
  'run.parent_resumed': true,
  'run.cancelled': true,
  'run.completed': true,
  'run.failed': true,
  'run.closing': true,
  'run.sent_back': true,
  'run.redone': true,
  'compensation.opened': true,
  'compensation.closed': true,
  'step.opened': true,
  'step.skipped': true,
  'step.failed': true,
  'slot.failed': true,
  'slot.requeued': true,
  'task.created': true,
  'task.announced': true,
  'task.offered': true,
  'task.held': true,
  'task.declined': true,
  'task.reserved': true,
  'task.started': true,
  'task.released': true,
  'task.progressed': true,
  'task.completed': true,
  'task.failed': true,
  'task.decided': true,
  'task.escalated': true,
  'task.reminded': true,
  'task.overdue': true,
  'task.reassigned': true,
  'task.skipped': true,
  'task.exited': true,
  'task.activated': true,
  'task.nominated': true,
  'task.restarted': true,
  'task.stopped': true,
  'task.suspended': true,
  'task.resumed': true,
  'task.delegated': true,
  'task.forwarded': true,
  'task.commented': true,
  'task.attached': true,
  'task.detached': true,
  'task.drafted': true,
  'task.set': true,
  'task.help_requested': true,
  'task.helped': true,
  'task.predone': true,
  'task.used': true,
  'wait.opened': true,
  'wait.completed': true,
  'wait.failed': true,
  'wait.exited': true,
  'child.opened': true,
  'child.completed': true,
  'child.failed': true,
  'child.exited': true,
  'child.settled': true,
  'signal.received': true,
  'launch.endorsed': true,
  'launch.escalated': true,
  'tool.requested': true,
  'tool.denied': true,
  'tool.asked': true,
  'tool.decided': true,
  'tool.expired': true,
  'tool.withdrawn': true,
  'tool.closed': true,
  'tool.used': true,
  'tool.done': true,
  'tool.failed': true,
  'begin.asked': true,
  'begin.decided': true,
  'result.asked': true,
  'result.decided': true,
  'write.asked': true,
  'write.decided': true,
};

for (const { name: version } of versions) {
  const histories = readdirSync(new URL(`${version}/`, HERE)).filter((file) =>
    file.endsWith('.events.jsonl'),
  );

  for (const file of histories) {
    test(`${version}: ${file} folds to the recorded state, from every snapshot on`, () => {
      const events = eventsOf(`${version}/${file}`);
      const recorded = JSON.parse(
        read(`${version}/${file.replace('.events.jsonl', '.state.json')}`),
      ) as RunState;
      for (let at = 0; at < events.length; at += 1) {
        const half = events.slice(0, at).reduce<RunState | null>(evolve, null);
        const snapshot = JSON.parse(JSON.stringify(half)) as RunState | null;
        assert.deepStrictEqual(
          events.slice(at).reduce<RunState | null>(evolve, snapshot),
          recorded,
          `from event ${at}`,
        );
      }
    });
  }
}

test(`the histories of ${current} contain every scenario and every type of event`, () => {
  const files = readdirSync(new URL(`${current}/`, HERE));
  for (const name of Object.keys(SCENARIOS))
    assert.ok(
      files.includes(`${name}.events.jsonl`),
      `${name} is not recorded: node scripts/record-histories.ts`,
    );
  const found = new Set(
    files
      .filter((file) => file.endsWith('.jsonl'))
      .flatMap((file) => eventsOf(`${current}/${file}`))
      .map(({ type }) => type),
  );
  const missing = Object.keys(TYPES).filter((type) => !found.has(type as EventType));
  assert.deepEqual(missing, []);
});
