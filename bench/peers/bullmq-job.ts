/** Runs that wait as lone jobs, which are fewer writes than a flow and no runs. */
export { openAlone as open } from './bullmq.ts';
