/** Holds the participants until the end of the transaction: whoever gives one of them a task waits for whoever does so already. */
export const LOCK_HOLDS = `
  INSERT INTO holds (participant, held, most)
  SELECT participant, 0, 0 FROM unnest($1::text[]) AS given (participant) ORDER BY participant
  ON CONFLICT (participant) DO UPDATE SET held = holds.held`;

/** Fails on its constraint when one of them, whom this transaction has locked, has more tasks in progress now than it may. */
export const REQUIRE_HOLDS = `
  UPDATE holds SET most = given.most, held = (
    SELECT count(*) FROM tasks WHERE tasks.assignee = given.participant AND tasks.open AND tasks.status = 3)
  FROM unnest($1::text[], $2::int8[]) AS given (participant, most)
  WHERE holds.participant = given.participant`;
