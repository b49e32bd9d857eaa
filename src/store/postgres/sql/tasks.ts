import { PERFORMER_CODES, TASK_STATUS_CODES } from '../../codes.ts';
import { OPEN_CODES } from '../../tasks-query.ts';

const HELD = TASK_STATUS_CODES.in_progress;
const UNHELD = OPEN_CODES.filter((code) => code !== HELD);

/** Inserts tasks in the order given, which is how they are numbered, or replaces them (HELD-1; `greatest` passes over what is null). */
export const PUT_TASKS = `
  INSERT INTO tasks (run, name, open, status, performer, priority, place, step, kind, assignee, token, lease_until, body)
  SELECT run, name, open, status, performer, priority, place, step, kind, assignee, token, lease_until, body
  FROM unnest($1::text[], $2::text[], $3::bool[], $4::int4[], $5::int4[], $6::int4[], $7::int8[], $8::text[], $9::int4[], $10::text[],
    $11::int8[], $12::int8[], $13::text[]) WITH ORDINALITY AS given (run, name, open, status, performer, priority, place, step, kind,
    assignee, token, lease_until, body, at)
  ORDER BY at
  ON CONFLICT (run, name) DO UPDATE SET
    open = excluded.open, status = excluded.status, performer = excluded.performer, priority = excluded.priority,
    place = excluded.place, step = excluded.step, kind = excluded.kind, assignee = excluded.assignee, token = excluded.token,
    lease_until = CASE
      WHEN tasks.status = ${HELD} AND excluded.status = ${HELD} AND tasks.token = excluded.token
      THEN greatest(tasks.lease_until, excluded.lease_until) ELSE excluded.lease_until END,
    body = excluded.body`;

export const FORGET_PARTIES = `
  DELETE FROM task_parties USING unnest($1::text[], $2::text[]) AS given (run, name)
  WHERE task_parties.run = given.run AND task_parties.name = given.name`;

/** For whom tasks wait that have been put. */
export const PUT_PARTIES = `
  INSERT INTO task_parties (run, name, party, place, number)
  SELECT tasks.run, tasks.name, given.party, tasks.place, tasks.number
  FROM unnest($1::text[], $2::text[], $3::text[]) AS given (run, name, party)
  JOIN tasks ON tasks.run = given.run AND tasks.name = given.name`;

export const TASK_COLUMNS = `
  tasks.run, tasks.name, tasks.number, tasks.status, tasks.performer, tasks.priority, tasks.place, tasks.step, tasks.kind, tasks.assignee,
  tasks.token, tasks.lease_until AS "leaseUntil", tasks.body`;

/** Each half has an index: of what is held there is no more than people and agents can hold. */
export const COUNT_PEOPLE_TASKS = `
  SELECT ((SELECT count(*) FROM tasks
           WHERE open AND status <> ${HELD} AND status IN (${UNHELD.join()}) AND performer = ${PERFORMER_CODES.human})
        + (SELECT count(*) FROM tasks WHERE status = ${HELD} AND performer = ${PERFORMER_CODES.human}))::int AS count`;

export const FIND_TASK = `SELECT ${TASK_COLUMNS} FROM tasks WHERE run = $1 AND name = $2`;

export const FIND_TASKS = `
  SELECT ${TASK_COLUMNS}
  FROM unnest($1::text[], $2::text[]) AS given (run, name)
  JOIN tasks ON tasks.run = given.run AND tasks.name = given.name`;

/** What participants have in progress. */
export const HELD_BY = `
  SELECT assignee, run, name FROM tasks WHERE assignee = ANY($1::text[]) AND open AND status = 3`;

/** Only while somebody holds it with this token; never shortens. */
export const EXTEND_LEASES = `
  UPDATE tasks SET lease_until = given.lease_until
  FROM unnest($1::text[], $2::text[], $3::int8[], $4::int8[]) AS given (run, name, token, lease_until)
  WHERE tasks.run = given.run AND tasks.name = given.name AND tasks.token = given.token AND tasks.status = ${HELD}
    AND (tasks.lease_until IS NULL OR tasks.lease_until < given.lease_until)`;

/** Fails, by dividing by zero, where one of them is held under its token for longer than that; holds them until the end of the transaction. */
export const REQUIRE_LEASES = `
  SELECT 1 / (CASE WHEN bool_or(longer) THEN 0 ELSE 1 END) AS held
  FROM (
    SELECT tasks.status = ${HELD} AND tasks.token = given.token AND tasks.lease_until > given.lease_until AS longer
    FROM unnest($1::text[], $2::text[], $3::int8[], $4::int8[]) AS given (run, name, token, lease_until)
    JOIN tasks ON tasks.run = given.run AND tasks.name = given.name
    ORDER BY tasks.run, tasks.name FOR UPDATE OF tasks
  ) AS there`;

export const LOCK_LEASES = `
  SELECT tasks.run, tasks.name, tasks.token, tasks.lease_until AS "leaseUntil"
  FROM unnest($1::text[], $2::text[]) AS given (run, name)
  JOIN tasks ON tasks.run = given.run AND tasks.name = given.name AND tasks.status = ${HELD}
  ORDER BY tasks.run, tasks.name FOR UPDATE OF tasks`;

/** Of tasks that are put as they come to be held anew: how long they were held before is of no account. */
export const FORGET_LEASES = `
  UPDATE tasks SET lease_until = NULL FROM unnest($1::text[], $2::text[]) AS given (run, name)
  WHERE tasks.run = given.run AND tasks.name = given.name`;
