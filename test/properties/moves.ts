import fc from 'fast-check';
import type { Allotment, Command, Recovery, Task, TimerMeaning } from '../../src/engine/index.ts';
import { actor, type Play } from '../engine-kit/index.ts';
import { SIGNALS } from './recipe.ts';

/** One random act. `pick` chooses what it is done to, `how` a variant of it. */
export interface Move {
  readonly act: keyof typeof ACTS;
  readonly pick: number;
  readonly how: number;
}

const choose = <Value>(values: readonly Value[], pick: number): Value | undefined =>
  values[pick % values.length];

/** Agents repeat themselves and answer late, so what they said is remembered. */
interface Memory {
  readonly said: Command[];
  readonly timers: TimerMeaning[];
}
const MEMORIES = new WeakMap<Play, Memory>();
const memoryOf = (play: Play): Memory => {
  let memory = MEMORIES.get(play);
  if (!memory) MEMORIES.set(play, (memory = { said: [], timers: [] }));
  return memory;
};

type Act = (play: Play, pick: number, how: number) => void;

const say = (play: Play, command: Command, who = 'passport_agent'): void => {
  memoryOf(play).said.push(command);
  play.try(command, actor(who));
};

const onTask =
  (act: (play: Play, task: Task, how: number) => void): Act =>
  (play, pick, how) => {
    const task = choose(play.open, pick);
    if (task) act(play, task, how);
  };

const usageOf = (how: number) => ({ tokens: how % 40, cost: (how % 10) / 10 });
const agentOf = (how: number): string => `passport_agent_${how % 3}`;
const held = (task: Task, how: number) => ({ task: task.id, token: task.token - (how % 7 === 6 ? 1 : 0) });

const work = onTask((play, task, how) => {
  const assignee = task.assignee ?? agentOf(how);
  play.try({ type: 'task.start', task: task.id, assignee }, actor(assignee));
  const output =
    task.kind === 'verification' ? { verified: how % 5 > 0 } : how % 17 === 0 ? 'y'.repeat(66_000) : how;
  const confidence = how % 6 === 0 ? { confidence: (how % 100) / 100 } : {};
  say(
    play,
    {
      type: 'task.complete',
      ...held(task, how),
      output,
      usage: usageOf(how),
      chain: how % 4 === 0,
      ...confidence,
    },
    assignee,
  );
});

const RECOVERIES = ['none', 'compensate', 'compensate', { rollback: 'p0' }, { rollback: 'p1' }] as const;

const OUTCOMES = [
  'approve',
  'approve',
  'approve',
  'reject',
  'approve_with_changes',
  'request_changes',
  'abstain',
] as const;

const ACTS = {
  work,
  claim: onTask((play, task, how) => {
    const type = how % 2 === 0 ? 'task.claim' : 'task.start';
    say(play, { type, task: task.id, assignee: agentOf(how) }, agentOf(how));
  }),
  fail: onTask((play, task, how) => {
    play.try({ type: 'task.start', task: task.id, assignee: task.assignee ?? agentOf(how) });
    const usage = usageOf(how);
    say(play, {
      type: 'task.fail',
      ...held(task, how),
      code: 'broke',
      message: 'it broke',
      retryable: how % 4 > 0,
      usage,
    });
  }),
  progress: onTask((play, task, how) =>
    say(play, { type: 'task.progress', ...held(task, how), usage: usageOf(how) }),
  ),
  giveBack: onTask((play, task, how) => {
    const type = (['task.release', 'task.expire'] as const)[how % 2] as 'task.release';
    say(play, { type, ...held(task, how) });
  }),
  decline: onTask((play, task, how) => {
    const participant = task.assignee ?? task.offeredTo?.[0] ?? agentOf(how);
    say(play, { type: 'task.decline', task: task.id, participant }, participant);
  }),
  pass: onTask((play, task, how) => {
    const type = (['task.delegate', 'task.forward'] as const)[how % 2] as 'task.forward';
    const from = how % 3 === 0 ? null : agentOf(how + 1);
    say(play, {
      type,
      ...held(task, how),
      to: how % 5 === 0 ? 'role:lead' : agentOf(how),
      from,
      keepState: how % 4 > 0,
    });
  }),
  putAside: onTask((play, task, how) => {
    if (how % 4 === 0) return say(play, { type: 'task.stop', ...held(task, how) });
    const until = how % 2 === 0 ? { until: play.now + (how % 5) * 10_000 } : {};
    say(play, { type: 'task.suspend', ...held(task, how), ...until });
  }),
  takeUp: onTask((play, task, how) => say(play, { type: 'task.resume', ...held(task, how) })),
  administer: onTask((play, task, how) => {
    const to = how % 2 === 0 ? [agentOf(how)] : ['role:lead', agentOf(how)];
    if (how % 5 === 0) say(play, { type: 'task.exit', ...held(task, how) });
    else if (how % 3 === 0) say(play, { type: 'task.activate', ...held(task, how) });
    else say(play, { type: 'task.nominate', ...held(task, how), to });
  }),
  note: onTask((play, task, how) => {
    const id = task.id;
    const notes: readonly Command[] = [
      { type: 'task.comment', task: id, text: 'Look here', mentions: [] },
      { type: 'task.attach', task: id, name: `a${how % 2}`, sha256: 'f'.repeat(64), mediaType: 'text/plain' },
      { type: 'task.detach', task: id, name: `a${how % 2}` },
      { type: 'task.draft', ...held(task, how), draft: how % 17 === 0 ? 'y'.repeat(66_000) : how },
      { type: 'task.set', task: id, priority: 1 + (how % 10) },
      { type: 'task.set', task: id, deadline: how % 2 === 0 ? null : play.now + 1 + (how % 9) * 1000 },
      { type: 'task.request_help', ...held(task, how), from: 'role:expert', text: 'How?' },
      { type: 'task.help', task: id, request: 1 + (how % 2), output: how },
    ];
    say(play, choose(notes, how) as Command);
  }),
  outOfTurn: (play, pick, how) => {
    const announced = choose(play.open, pick);
    if (how % 3 > 0 && announced)
      return say(play, { type: 'task.predo', task: announced.id, output: how }, agentOf(how));
    const step = choose(play.current.steps, pick);
    if (step) say(play, { type: 'task.redo', task: 'x', step: step.id, round: step.round });
  },
  force: onTask((play, task, how) => {
    const handling = {
      reason: 'so it is',
      recovery: choose(RECOVERIES, how) as Recovery,
      ...(how % 23 === 0 && { remove: 'run' as const }),
    };
    const type = (['task.force_complete', 'task.force_fail', 'task.restart'] as const)[how % 3];
    if (type === 'task.restart') {
      play.try({ type: 'task.start', task: task.id, assignee: task.assignee ?? agentOf(how) });
      say(play, { type, ...held(task, how), ...handling, begins: how % 2 === 0 });
    } else if (type === 'task.force_complete')
      say(play, { type, ...held(task, how), ...handling, output: how });
    else if (type) say(play, { type, ...held(task, how), ...handling });
  }),
  rollBack: (play, pick, how) => {
    if (how % 3 === 0) say(play, { type: 'rollback', phase: `p${pick % 4}` }, 'passport_maria');
  },
  route: onTask((play, task) => say(play, { type: 'task.route', task: task.id, reason: 'because' })),
  skip: onTask((play, task) => say(play, { type: 'task.skip', task: task.id }, 'passport_maria')),
  decide: (play, pick, how) => {
    const task =
      choose(
        play.open.filter(({ kind }) => kind === 'approval'),
        pick,
      ) ?? choose(play.open, pick);
    if (!task) return;
    const outcome = OUTCOMES[how % OUTCOMES.length] as (typeof OUTCOMES)[number];
    const changes = outcome === 'approve_with_changes' ? { changes: { how: how % 3 } } : {};
    const subject = how % 11 === 0 ? 'something else' : (task.approval?.subject ?? '');
    say(
      play,
      {
        type: 'task.decide',
        task: task.id,
        outcome,
        subject,
        reason: 'so it is',
        as: [`group:${how % 4}`, `group:${how % 3}`],
        ...changes,
      },
      `passport_decider_${how % 4}`,
    );
  },
  repeat: (play, pick) => {
    const command = choose(memoryOf(play).said, pick);
    if (command) play.try(command, actor('passport_agent_0'));
  },
  elapse: (play, _pick, how) => {
    const [next] = [...play.timers.values()].sort((a, b) => a.due - b.due);
    if (!next) return;
    memoryOf(play).timers.push(next.what);
    play.now = Math.max(play.now, next.due) + (how % 3) * 100;
    play.fire(next.id);
  },
  tooEarly: (play, pick) => {
    const timer = choose([...play.timers.values()], pick);
    if (timer) play.fire(timer.id);
  },
  stale: (play, pick) => {
    const what = choose(memoryOf(play).timers, pick);
    if (
      what &&
      ![...play.timers.values()].some((timer) => JSON.stringify(timer.what) === JSON.stringify(what))
    )
      play.refused('timer_spent', { type: 'timer', what });
  },
  signal: (play, pick, how) => {
    const signal = how % 9 === 0 ? 'toString' : (choose(SIGNALS, pick) as string);
    say(play, { type: 'signal', signal, payload: how });
  },
  childEnd: (play, pick, how) => {
    const child = choose(play.children, pick);
    if (!child) return;
    const { slots } = play.step(child.step);
    const failure = how % 3 > 0 ? null : { code: how % 2 > 0 ? 'cancelled' : 'broke', message: 'it ended' };
    const usage = used(slots[child.slot]?.child?.held, how);
    say(play, {
      type: 'child.end',
      ...child,
      output: how,
      failure,
      usage,
      contributors: ['passport_decider_3'],
    });
  },
  leave: (play, pick, how) => {
    const run = choose(Object.keys(play.current.leaving), pick);
    if (run === undefined) return;
    const usage = used(play.current.leaving[run], how);
    const step = play.current.steps[0]?.id as string;
    say(play, {
      type: 'child.end',
      run,
      step,
      slot: 0,
      output: null,
      failure: null,
      usage,
      contributors: [],
    });
  },
  govern: (play, _pick, how) => {
    const type = (['pause', 'pause', 'stop', 'stop', 'approve', 'reject'] as const)[how % 6] as 'pause';
    play.try({ type, reason: 'because' });
  },
  cancel: (play, pick, how) => {
    if (how % 3 > 0) return;
    const keep = choose(
      play.open.filter(({ status }) => status === 'in_progress'),
      pick,
    );
    const recovery = choose(RECOVERIES, how + pick) as Recovery;
    play.try({ type: 'cancel', recovery, ...(keep && how % 2 === 0 && { keep: [keep.id] }) });
  },
  resume: (play, _pick, how) => {
    const { tasks } = play.current.limits;
    const limits = how % 2 > 0 || play.current.parent ? {} : { tasks: tasks + (how % 5), tokens: null };
    play.try({ type: 'resume', limits });
  },
  restart: (play) => {
    play.history.restart();
    play.chill();
  },
} satisfies Record<string, Act>;

const used = (held: Allotment | undefined, how: number) => ({
  tasks: Math.min(held?.tasks ?? 0, how % 4),
  tokens: Math.min(held?.tokens ?? 10, how % 30),
  cost: Math.min(held?.cost?.amount ?? 1, (how % 10) / 10),
});

const WEIGHTS: { readonly [act in Move['act']]?: number } = {
  work: 12,
  claim: 8,
  decide: 6,
  elapse: 4,
  childEnd: 4,
  fail: 3,
  giveBack: 3,
  progress: 2,
  restart: 2,
};

/** Ends of children that are made up; where children are real runs, they end by themselves. */
const MADE_UP: readonly Move['act'][] = ['childEnd', 'leave'];

const movesOf = (acts: readonly Move['act'][], maxLength: number): fc.Arbitrary<readonly Move[]> =>
  fc.array(
    fc.record({
      act: fc.constantFrom(...acts.flatMap((act) => Array.from({ length: WEIGHTS[act] ?? 1 }, () => act))),
      pick: fc.nat({ max: 100 }),
      how: fc.nat({ max: 1000 }),
    }),
    { maxLength, size: 'max' },
  );

const ALL = Object.keys(ACTS) as Move['act'][];
export const moves = movesOf(ALL, 60);
export const movesInForest = movesOf(
  ALL.filter((act) => !MADE_UP.includes(act)),
  120,
);

export const make = (play: Play, { act, pick, how }: Move): void => ACTS[act](play, pick, how);
