import { addMoney, type Event, type Usage } from '../engine/index.ts';

/** A task that has not ended, as far as its outcome will tell something. */
export interface OpenTask {
  /** `definition/phase.step`; null where nobody has a turn. */
  readonly key: string | null;
  readonly requires: readonly string[];
  /** Step and slot of the run: where a result that was doubted is looked at again. */
  readonly place: string;
  holder: string | null;
  /** ms since the epoch, later by as long as it was put aside since; null until it is begun. */
  startedAt: number | null;
  /** Since when it is put aside; left out is not. */
  asideAt?: number;
  /** What its holder has reported as it went on; left out is nothing. */
  used?: Usage;
  /** Whoever has it tells whether what was handed in at its place is right: by a decision, or by the result that they give. */
  readonly tells?: 'by_decision' | 'by_result';
}

/** Each pays for what they have used themselves. */
export const giveTo = (open: OpenTask, holder: string | null, startedAt: number | null): void => {
  if (open.holder !== holder) delete open.used;
  delete open.asideAt;
  open.holder = holder;
  open.startedAt = startedAt;
};

export type GoingOn = Extract<
  Event,
  { readonly type: 'task.progressed' | 'task.suspended' | 'task.resumed' | 'task.restarted' }
>;

/** What its holder does with it. While it lies aside it takes no time, and what is begun again begins then. */
export const goOn = (open: OpenTask, { type, data, at }: GoingOn): void => {
  switch (type) {
    case 'task.progressed':
      open.used = usedWith(open, data.usage);
      return;
    case 'task.suspended':
      open.asideAt = at;
      return;
    case 'task.resumed':
      if (open.startedAt !== null) open.startedAt += at - (open.asideAt ?? at);
      delete open.asideAt;
      return;
    case 'task.restarted':
      giveTo(open, open.holder, data.begins ? at : null);
  }
};

/** Whether its holder has failed: not at what was forced, which nobody did, nor by turning it down, nor where its time was over before they had begun. */
export const hasFailed = (
  { startedAt }: OpenTask,
  { failure: { code }, forced }: Extract<Event, { readonly type: 'task.failed' }>['data'],
): boolean => !forced && code !== 'declined' && !(code === 'timed_out' && startedAt === null);

/** What its holder has used with this. */
export const usedWith = ({ used }: OpenTask, { tokens, cost }: Usage): Usage =>
  used ? { tokens: used.tokens + tokens, cost: addMoney(used.cost, cost) } : { tokens, cost };
