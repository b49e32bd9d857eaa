import type { Deadline } from '../deadline-terms.ts';
import type { EventShape } from '../event.ts';

/** What comes of the deadlines of a task. `deadline` is the place in its step; times are ms since the epoch. */
export type DeadlineEvent =
  /** One that is due at `until` is not forgotten. */
  | EventShape<
      'task.reminded',
      {
        readonly task: string;
        readonly deadline: number;
        readonly due: number;
        readonly until: number;
        readonly to: readonly string[];
      }
    >
  /** `next`: when those come who are left to be escalated to. */
  | EventShape<
      'task.overdue',
      {
        readonly task: string;
        readonly deadline: number;
        readonly on: Deadline['on'];
        readonly then: Deadline['then'];
        readonly to: readonly string[];
        readonly next: (Pick<Deadline, 'due' | 'holder'> & { readonly to: readonly string[] }) | null;
      }
    >
  /** Others are to do it; whoever had it has lost it. `quorum`: of an approval, where it takes another number of them. */
  | EventShape<
      'task.reassigned',
      {
        readonly task: string;
        readonly to: readonly string[];
        readonly excluded: readonly string[];
        readonly reason: string;
        readonly quorum?: number;
      }
    >;
