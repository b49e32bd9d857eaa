import { play, sequenceOf, task, workflow, type Play } from '../engine-kit/index.ts';

/** A child that is held by the run it belongs to, by somebody beside that, and by both. */
export const heldWithParent = (): Play => {
  const run = play(sequenceOf([task(), workflow(), task()]), {
    parent: { run: 'parent', step: 'x.y', slot: 0 },
    depth: 1,
  });
  run.take(run.task('a.do'));
  run.do({ type: 'pause', byParent: true, reason: 'the run it belongs to asked for it' });
  run.complete(run.task('a.do'), 'kept');
  run.do({ type: 'stop', byParent: true });
  run.do({ type: 'resume', byParent: true });
  run.do({ type: 'pause', reason: 'a question' });
  run.do({ type: 'pause', byParent: true });
  run.do({ type: 'resume', byParent: true });
  run.do({ type: 'pause', byParent: true });
  return run;
};
