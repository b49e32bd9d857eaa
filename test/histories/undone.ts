import { actor, graphOf, play, task, type Play } from '../engine-kit/index.ts';

/** Work that is undone, sent back, begun again and forced, in a run that ends as cancelled. */
export const undone = (): Play => {
  const run = play(
    graphOf([
      {
        id: 'a',
        compensate: task(),
        steps: { all: task({ forEach: ['x', 'y'], compensate: task() }) },
      },
      { id: 'b', needs: ['a'], steps: { do: task({ compensate: task() }), beside: task() } },
    ]),
  );
  const maria = actor('passport_maria');
  for (const slot of [0, 1]) run.complete(run.task('a.all', slot), slot);
  run.do({ type: 'rollback', phase: 'a', reason: 'the list was old', cause: 'external' }, maria);
  run.complete(run.task('a.compensate'));
  for (const slot of [0, 1]) run.complete(run.task('a.all.compensate', slot));
  for (const slot of [0, 1]) run.complete(run.task('a.all', slot), slot);
  const again = run.task('b.do');
  run.take(again);
  const { id, token } = again;
  run.do({ type: 'task.restart', task: id, token, begins: true, recovery: 'compensate' }, maria);
  run.complete(run.task('b.do.compensate'));
  run.do({ type: 'task.force_complete', task: id, token: again.token, output: 'so it is' }, maria);
  const beside = run.task('b.beside');
  run.do({
    type: 'task.force_fail',
    task: beside.id,
    token: beside.token,
    remove: 'run',
    recovery: 'compensate',
  });
  while (run.open[0]) run.complete(run.open[0]);
  return run;
};
