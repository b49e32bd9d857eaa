export const PUT_TIMER = `
  INSERT INTO timers (id, run, due, what) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET run = excluded.run, due = excluded.due, what = excluded.what`;

export const CANCEL_TIMER = `DELETE FROM timers WHERE id = ?`;

export const HAS_TIMER = `SELECT 1 FROM timers WHERE id = ? AND due = ?`;

export const DUE_TIMERS = `
  SELECT id, run, due, what FROM timers INDEXED BY timers_due WHERE due <= ? ORDER BY due, id LIMIT ?`;

export const NEXT_TIMER = `SELECT min(due) FROM timers`;
