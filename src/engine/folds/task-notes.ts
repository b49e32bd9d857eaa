import { partiesTo } from '../attribution.ts';
import type { Fold } from '../evolve.ts';
import type { Task, TaskNotes } from '../state.ts';
import { contribute, taskOf } from '../tasks/holding.ts';

/** What people note on a task, and the help that its holder asks for. */
type Noted =
  | 'task.commented'
  | 'task.attached'
  | 'task.detached'
  | 'task.drafted'
  | 'task.set'
  | 'task.help_requested'
  | 'task.helped';

export const NOTE_FOLDS: { readonly [Type in Noted]: Fold<Type> } = {
  'task.commented': (state, { data, at, by }) => {
    const { text, mentions } = data;
    noteOn(taskOf(state, data.task), ({ comments }) => ({
      comments: [...comments, { id: (comments.at(-1)?.id ?? 0) + 1, by: by.actor, at, text, mentions }],
    }));
  },
  'task.attached': (state, { data, at, by }) => {
    const { name, sha256, mediaType } = data;
    noteOn(taskOf(state, data.task), ({ attachments }) => ({
      attachments: [
        ...attachments.filter((other) => other.name !== name),
        { name, sha256, mediaType, by: by.actor, at },
      ],
    }));
  },
  'task.detached': (state, { data }) =>
    noteOn(taskOf(state, data.task), ({ attachments }) => ({
      attachments: attachments.filter(({ name }) => name !== data.name),
    })),
  'task.drafted': (state, { data, by }) => {
    noteOn(taskOf(state, data.task), () => ({ draft: data.draft }));
    if (data.credited) contribute(state, partiesTo(by));
  },
  'task.set': (state, { data }) => {
    const task = taskOf(state, data.task);
    if (data.priority !== undefined) task.priority = data.priority;
    if (data.deadline === undefined) return;
    task.deadline = data.deadline;
    task.timed = state.sequence + 1;
  },
  'task.help_requested': (state, { data, at }) => {
    const task = taskOf(state, data.task);
    const id = (task.help.at(-1)?.id ?? 0) + 1;
    task.help = [...task.help, { id, from: data.from, text: data.text, at, answer: null }];
  },
  'task.helped': (state, { data, at, by }) => {
    const task = taskOf(state, data.task);
    const answer = { by: by.actor, at, output: data.output };
    task.help = task.help.map((one) => (one.id === data.request ? { ...one, answer } : one));
    contribute(state, data.credited ? partiesTo(by) : [by.actor, by.onBehalfOf]);
  },
};

const NO_NOTES: TaskNotes = { comments: [], attachments: [], draft: null };

const noteOn = (task: Task, change: (notes: TaskNotes) => Partial<TaskNotes>): void => {
  const notes = task.notes ?? NO_NOTES;
  task.notes = { ...notes, ...change(notes) };
};

/** What was written of the work so far is gone; comments and attachments stay. */
export const clearWork = (task: Task): void => {
  task.progress = null;
  if (task.notes) task.notes = { ...task.notes, draft: null };
};
