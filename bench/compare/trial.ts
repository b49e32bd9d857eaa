import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { now } from '../clock.ts';
import { sequenceOf } from '../workloads/nodes.ts';
import type { Entrant } from './field.ts';
import type { Order, Sizes, Workload } from './measure.ts';
import type { Ground } from './places.ts';

export const WORKLOADS = ['sequence', 'hop', 'fan-out', 'child-runs', 'parked', 'loop'] as const;

/** What one round of a workload has come to: figures by name, and why there are no more of them. */
export interface Trial {
  readonly figures: Readonly<Record<string, number>>;
  readonly fault: string | null;
}

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));

/** One round of one workload, on new ground. */
export async function trial(
  entrant: Entrant,
  workload: Workload,
  sizes: Sizes,
  limitMs: number,
): Promise<Trial> {
  const figures: Record<string, number> = {};
  if (entrant.only?.includes(workload) === false) return { figures, fault: null };
  let ground: Ground | null = null;
  try {
    if (entrant.nodes !== undefined) {
      if (workload === 'sequence') figures['sequence'] = await sequenceOf(entrant.nodes, sizes, limitMs);
      return { figures, fault: null };
    }
    ground = await entrant.ground();
    const order: Order = { module: entrant.module, place: ground.place, sizes, workload };
    const waiting = await watch(order, limitMs, (figure, value) => (figures[figure] = value));
    if (waiting !== null) figures['recovery'] = await recovery(ground, { ...order, run: waiting }, limitMs);
    return { figures, fault: null };
  } catch (fault) {
    return { figures, fault: fault instanceof Error ? fault.message : String(fault) };
  } finally {
    await ground?.discard();
  }
}

/** From the start of a new process, and of what else was killed, to a decision honoured; ms. */
async function recovery(ground: Ground, order: Order, limitMs: number): Promise<number> {
  await ground.crash();
  const began = now();
  await ground.recover();
  let took = Number.NaN;
  await watch({ ...order, workload: 'recover' }, limitMs, () => (took = now() - began));
  return took;
}

/** Runs a process to its end, or until it has said what run waits or that a decision was honoured, when it is killed. */
async function watch(
  order: Order,
  limitMs: number,
  tell: (figure: string, value: number) => void,
): Promise<string | null> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', MASTRA_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
  const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said = (said + piece).slice(-4000)));
  const exit = once(child, 'exit');
  let waiting: string | null = null;
  let isDone = false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('\u0001')) continue;
    const { figure, value } = JSON.parse(line.slice(1)) as { figure: string; value: number | string };
    if (typeof value === 'string') waiting = value;
    else tell(figure, value);
    isDone = figure === 'waiting' || figure === 'honoured';
    if (isDone) child.kill('SIGKILL');
  }
  await exit;
  clearTimeout(late);
  process.removeListener('exit', stop);
  if (!isDone && child.exitCode !== 0) throw new Error(reasonOf(child, said, limitMs));
  return waiting;
}

const reasonOf = ({ signalCode }: ChildProcess, said: string, limitMs: number): string => {
  const lines = said.split('\n').filter((line) => line.trim() !== '' && !/^\s+at |^node:|^\(/.test(line));
  const what = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'ended without a word';
  const reason = what.trim().slice(0, 200);
  return signalCode === 'SIGKILL' ? `not done in ${limitMs / 1000} s (${reason})` : reason;
};
