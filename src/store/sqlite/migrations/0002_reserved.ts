/** What is reserved for an agent is found by whom it is for; what an agent works on, of which there is little, by its status. */
export const reserved = `
DROP INDEX tasks_held;
CREATE INDEX tasks_held ON tasks (assignee) WHERE open = 1 AND assignee IS NOT NULL AND (performer <> 1 OR status <> 3);
`;
