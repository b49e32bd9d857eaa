/** The only place that listens and notifies: hints, which everything works without. */
export const CHANNEL = 'humanos';

export const LISTEN = `LISTEN ${CHANNEL}`;

/** Never with a commit: transactions that notify are committed one at a time. */
export const NOTIFY = `SELECT pg_notify($1, $2)`;

/** What changes with every commit that has entries. */
export const PULSE = `
  SELECT (SELECT next FROM sequencer WHERE id = 1) AS next, coalesce((SELECT max(id) FROM commits), 0) AS commits`;
