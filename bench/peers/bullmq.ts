import { FlowProducer, Queue, Worker, type FlowJob, type Job } from 'bullmq';
import type { Contender, Open } from '../compare/contender.ts';

const KEEP = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;
const A_YEAR = 365 * 24 * 3600 * 1000;
const QUEUE = 'bench';

/** A run that waits for a human, and what is done when they decide. */
interface Waiting {
  park(id: string): Promise<unknown>;
  /** The id of the job that waits. */
  of(id: string): string;
}

/** A job that waits for as long as may be, and is promoted by the decision; the step behind it is the other one of a flow. */
const inFlow = (flows: FlowProducer): Waiting => {
  const of = (id: string): string => `${id}-decision`;
  const waiting = (id: string): FlowJob => ({
    name: 'decision',
    queueName: QUEUE,
    data: { amount: 1 },
    opts: { ...KEEP, jobId: of(id), delay: A_YEAR },
  });
  const park = (id: string): Promise<unknown> =>
    flows.add({
      name: 'step',
      queueName: QUEUE,
      data: {},
      opts: { ...KEEP, jobId: id },
      children: [waiting(id)],
    });
  return { park, of };
};

/** The step itself waits, and the decision is a word in its data: no run, and nothing before the step or beside it. */
const alone = (queue: Queue): Waiting => ({
  park: (id) => queue.add('step', { amount: 1 }, { ...KEEP, jobId: id, delay: A_YEAR }),
  of: (id) => id,
});

/** Five jobs of a flow, the innermost of which is the first. */
const chain = (id: string, left: number): FlowJob => ({
  name: 'step',
  queueName: QUEUE,
  data: {},
  opts: { ...KEEP, ...(left === 5 && { jobId: id }) },
  ...(left > 1 && { children: [chain(id, left - 1)] }),
});

export const open: Open = (...given) => connect(inFlow, ...given);
export const openAlone: Open = (...given) => connect((_, queue) => alone(queue), ...given);

async function connect(
  waitingBy: (flows: FlowProducer, queue: Queue) => Waiting,
  ...[{ address }, step, concurrency]: Parameters<Open>
): Promise<Contender> {
  const connection = {
    host: '127.0.0.1',
    port: Number(address),
    enableAutoPipelining: true,
    maxRetriesPerRequest: null,
  };
  const flows = new FlowProducer({ connection });
  const queue = new Queue(QUEUE, { connection });
  const ended = new Map<string, () => void>();
  const endOf = (id: string): Promise<void> => new Promise((resolve) => void ended.set(id, resolve));
  const act = async (job: Job): Promise<number> => {
    if (job.name !== 'parent' && job.name !== 'decision') step();
    if (job.name !== 'again') return 1;
    const { left, run } = job.data as { left: number; run: string };
    if (left > 1) await queue.add('again', { left: left - 1, run }, KEEP);
    else ended.get(run)?.();
    return 1;
  };
  const worker = new Worker(QUEUE, act, { connection, concurrency, ...KEEP_RESULTS });
  worker.on('completed', (job) => ended.get(job.id ?? '')?.());
  worker.on('error', (error) => {
    throw error;
  });
  await worker.waitUntilReady();
  const waiting = waitingBy(flows, queue);
  let made = 0;
  const newId = (): string => `run-${process.pid}-${(made += 1)}`;
  return {
    async sequence() {
      const id = newId();
      const end = endOf(id);
      await flows.add(chain(id, 5));
      await end;
      ended.delete(id);
    },
    async fanOut(children) {
      const id = newId();
      const end = endOf(id);
      const each = Array.from({ length: children }, (_, item) => ({
        name: 'step',
        queueName: QUEUE,
        data: { item },
        opts: KEEP,
      }));
      await flows.add({
        name: 'parent',
        queueName: QUEUE,
        data: {},
        opts: { ...KEEP, jobId: id },
        children: each,
      });
      await end;
      ended.delete(id);
    },
    /** Each job adds the next before it ends, so that the chain does not break. */
    async loop(steps) {
      const run = newId();
      const end = endOf(run);
      await queue.add('again', { left: steps, run }, KEEP);
      await end;
    },
    async park() {
      const id = newId();
      await waiting.park(id);
      return id;
    },
    async decide(run) {
      const job = await queue.getJob(waiting.of(run));
      if (!job) throw new Error('the run is lost');
      const end = endOf(run);
      await job.updateData({ amount: 1, approved: true });
      await job.promote();
      await end;
    },
    async close() {
      await worker.close();
      await Promise.all([queue.close(), flows.close()]);
    },
  };
}

const KEEP_RESULTS = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };
