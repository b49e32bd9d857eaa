import type { TaskView } from '../client/index.ts';

/** Any JSON value, as inputs and results of tasks are. */
export type Json = TaskView['input'];
