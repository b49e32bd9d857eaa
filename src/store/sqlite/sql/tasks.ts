import { PERFORMER_CODES, TASK_STATUS_CODES } from '../../codes.ts';
import { OPEN_CODES } from '../../tasks-query.ts';

const HELD = TASK_STATUS_CODES.in_progress;

/**
 * Inserts or replaces one task (HELD-1). Named columns in the update touch the indexes they are in, so `run`, `name` and `step` stay out:
 * they are part of the id, and do not change.
 */
export const PUT_TASK = `
  INSERT INTO tasks (run, name, open, status, performer, priority, place, step, kind, assignee, token, lease_until, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (run, name) DO UPDATE SET
    open = excluded.open, status = excluded.status, performer = excluded.performer, priority = excluded.priority,
    place = excluded.place, step = excluded.step, kind = excluded.kind, assignee = excluded.assignee, token = excluded.token,
    lease_until = CASE
      WHEN tasks.status = ${HELD} AND excluded.status = ${HELD} AND tasks.token = excluded.token
      THEN max(ifnull(tasks.lease_until, excluded.lease_until), ifnull(excluded.lease_until, tasks.lease_until))
      ELSE excluded.lease_until END,
    body = excluded.body`;

/** One that people may find in their inboxes: by its number. */
export const PUT_WAITING_TASK = `${PUT_TASK} RETURNING id`;

export const FORGET_PARTIES = `DELETE FROM task_parties WHERE id = ?`;

export const PUT_PARTY = `INSERT INTO task_parties (party, place, id) VALUES (?, ?, ?)`;

export const TASK_COLUMNS = `
  streams.name AS run, tasks.name, tasks.status, performer, tasks.priority, tasks.place, step, kind, assignee, token,
  lease_until AS leaseUntil, body`;

export const COUNT_PEOPLE_TASKS = `
  SELECT count(*) FROM tasks WHERE open = 1 AND status IN (${OPEN_CODES.join()}) AND performer = ${PERFORMER_CODES.human}`;

export const FIND_TASK = `
  SELECT ${TASK_COLUMNS} FROM tasks CROSS JOIN streams ON streams.id = tasks.run WHERE tasks.run = ? AND tasks.name = ?`;

/** By pairs of a run's name and a task's, as JSON: one statement, where each by itself would take the locks of the file. */
export const FIND_TASKS = `
  SELECT ${TASK_COLUMNS}
  FROM json_each(?) AS given
  CROSS JOIN streams ON streams.name = given.value ->> 0
  CROSS JOIN tasks ON tasks.run = streams.id AND tasks.name = given.value ->> 1`;

/** Only while somebody holds it with this token; never shortens. */
export const EXTEND_LEASE = `
  UPDATE tasks SET lease_until = ?
  WHERE run = ? AND name = ? AND token = ? AND status = ${HELD} AND (lease_until IS NULL OR lease_until < ?)`;

export const HAS_LONGER_LEASE = `
  SELECT 1 FROM tasks WHERE run = ? AND name = ? AND token = ? AND status = ${HELD} AND lease_until > ?`;

/** What a participant has in progress. */
export const HELD_BY = `
  SELECT streams.name || ':' || tasks.name FROM tasks CROSS JOIN streams ON streams.id = tasks.run
  WHERE assignee = ? AND open = 1 AND tasks.status = 3`;
