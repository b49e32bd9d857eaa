import { ProblemError, type Client } from '../../src/client/index.ts';
import type { Mortal } from '../serving/mortal.ts';

/** How a voyage goes: what is decided over it, or happens to it, as it is about to end or before that. */
export const ENDINGS = ['failed', 'rejected', 'cancelled', 'cancelled early', 'rolled back'] as const;
export type Ending = (typeof ENDINGS)[number];

/** Where the server dies: after the point, or with `-ing` while the request is under way. */
export const POINTS = [
  'doing',
  'ending',
  'settled',
  'opened',
  'handing',
  'handed',
  'undoing',
  'undone',
  'closed',
  'over',
] as const;
export type Point = (typeof POINTS)[number];

/** One of the bags, of which there is nothing to unpack. */
const LOST = 'lost';
const BREAKS = 'breaks';

const travel = (more: object = {}) => ({ requires: ['travel'], by: 'agent', ...more });
const undoing = (input: string) => ({ task: travel({ input }) });
const LAST: { readonly [End in Ending]: object } = {
  failed: { task: travel({ input: BREAKS }), onFailure: { finally: 'fail' } },
  rejected: { approval: { subject: '${ phases.note.write.output }', from: 'role:chief' } },
  cancelled: { task: { by: 'human', from: 'role:chief' } },
  'cancelled early': { task: { by: 'human', from: 'role:chief' } },
  'rolled back': { task: { by: 'human', from: 'role:chief' } },
};

/** The steps of each phase that can be undone. The phase `book` is undone as a whole as well. */
export const UNDOABLE = { book: ['book.flight', 'book.hotel'], pack: ['pack.bag'], go: ['go.ride'] } as const;
export const WHOLE = 'book.compensate';

export const voyage = (ending: Ending) => ({
  id: ending.replace(' ', '-'),
  limits: { concurrency: 2 },
  phases: [
    {
      id: 'book',
      compensate: undoing('${ phases.book.flight.output }'),
      steps: [
        {
          id: 'flight',
          task: travel({ input: 'flight' }),
          compensate: undoing('${ phases.book.flight.output }'),
        },
        {
          id: 'hotel',
          record: { system: 'inn', operation: 'book', input: 'hotel' },
          compensate: {
            record: { system: 'inn', operation: 'unbook', input: '${ phases.book.hotel.output }' },
          },
        },
      ],
    },
    {
      id: 'pack',
      needs: ['book'],
      steps: [
        {
          id: 'bag',
          forEach: ['red', LOST, 'blue', 'green'],
          task: travel({ input: '${ item }' }),
          onFailure: { finally: 'skip' },
          compensate: undoing('${ phases.pack.bag.outputs[index] }'),
        },
      ],
    },
    { id: 'note', needs: ['pack'], steps: [{ id: 'write', task: travel({ input: 'note' }) }] },
    {
      id: 'go',
      needs: ['note'],
      steps: [
        {
          id: 'ride',
          task: { by: 'human', from: 'role:chief' },
          compensate: undoing('${ phases.go.ride.output }'),
        },
        { id: 'end', ...LAST[ending] },
      ],
    },
  ],
});

type Claimed = NonNullable<Awaited<ReturnType<Client['task']['claimNext']>>['task']>;

/** What was done in the world outside, by task: whoever does it knows the task again when it comes again. */
export interface Act {
  readonly run: string;
  readonly step: string;
  readonly input: unknown;
}

/** Does what there is to do, for whoever the client is, until it is told to stop. */
export async function work(
  client: Client,
  server: Mortal<Point>,
  acts: Map<string, Act>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const given = { waitSeconds: 5, leaseSeconds: 5 };
    const claim = () => client.task.claimNext(given, { signal });
    const claimed = await server.around('handing', claim).catch((fault: unknown) => {
      if (signal.aborted) return null;
      throw fault;
    });
    if (claimed?.task) await act(client, server, acts, claimed.task).catch(dropLate);
  }
}

async function act(
  client: Client,
  server: Mortal<Point>,
  acts: Map<string, Act>,
  { id, token, run, step, kind, input }: Claimed,
): Promise<void> {
  const undoes = step.endsWith('.compensate');
  if (undoes) await server.after('handed');
  const fail = (code: string) =>
    client.task.fail({ id, token, code, message: `It is ${code}.`, retryable: false });
  if (input === LOST) return void (await fail('lost'));
  if (input === BREAKS) return void (await server.around('ending', () => fail('broken')));
  const what = kind === 'record' ? (input as { input: unknown }).input : input;
  if (!acts.has(id)) acts.set(id, { run, step, input: what });
  const complete = () => client.task.complete({ id, token, output: `${step} by ${id}` });
  await server.around(undoes ? 'undoing' : 'doing', complete);
  if (undoes) await server.after('undone');
}

/** Its lease has ended, or its task was withdrawn. */
export const dropLate = (fault: unknown): void => {
  if (!(fault instanceof ProblemError && fault.status === 409)) throw fault;
};
