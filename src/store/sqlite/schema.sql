CREATE TABLE artifacts (
  sha256 TEXT NOT NULL UNIQUE,
  media_type TEXT NOT NULL,
  content BLOB NOT NULL
);

CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL
);

CREATE TABLE documents (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (kind, id)
);

CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash BLOB NOT NULL,
  text TEXT NOT NULL
);

CREATE UNIQUE INDEX entries_stream ON entries (stream, sequence);

CREATE TABLE idempotency (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  result TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL,
  message TEXT NOT NULL
);

CREATE TABLE snapshots (
  stream INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL,
  state TEXT NOT NULL
);

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE streams (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  status INTEGER,
  definition TEXT,
  definition_version INTEGER,
  sequence INTEGER,
  priority INTEGER,
  started_by TEXT,
  parent TEXT,
  created_at INTEGER,
  updated_at INTEGER,
  ended_at INTEGER,
  summary TEXT
);

CREATE INDEX streams_definition ON streams (definition, status) WHERE definition IS NOT NULL;

CREATE INDEX streams_ended ON streams (status) WHERE parent IS NULL AND status >= 10;

CREATE INDEX streams_parent ON streams (parent) WHERE parent IS NOT NULL;

CREATE INDEX streams_started_by ON streams (started_by, status) WHERE started_by IS NOT NULL;

CREATE INDEX streams_status ON streams (status) WHERE status IS NOT NULL;

CREATE TABLE task_parties (
  party TEXT NOT NULL,
  place INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (party, place, id)
) WITHOUT ROWID;

CREATE INDEX task_parties_task ON task_parties (id);

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  name TEXT NOT NULL,
  open INTEGER NOT NULL,
  status INTEGER NOT NULL,
  performer INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  place INTEGER NOT NULL,
  step TEXT NOT NULL,
  kind INTEGER NOT NULL,
  assignee TEXT,
  token INTEGER NOT NULL,
  lease_until INTEGER,
  body TEXT NOT NULL
);

CREATE INDEX tasks_done ON tasks (assignee) WHERE open = 0 AND assignee IS NOT NULL;

CREATE INDEX tasks_held ON tasks (assignee) WHERE open = 1 AND assignee IS NOT NULL AND (performer <> 1 OR status <> 3);

CREATE UNIQUE INDEX tasks_name ON tasks (run, name);

CREATE INDEX tasks_open ON tasks (open) WHERE open = 1 AND status <> 3;

CREATE INDEX tasks_queue ON tasks (status, performer, place) WHERE open = 1;

CREATE INDEX tasks_unfinished ON tasks (status) WHERE status > 10;

CREATE TABLE tiles (
  level INTEGER NOT NULL,
  "index" INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  UNIQUE (level, "index")
);

CREATE TABLE timers (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  due INTEGER NOT NULL,
  what TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX timers_due ON timers (due);

CREATE TABLE tree (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size INTEGER NOT NULL
);
