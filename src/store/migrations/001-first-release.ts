// The schema of the first release. Never edited once released: a change is a new file with the next
// number. Names and other text of users follow text.ts (type ANY); JSON is TEXT.

export const firstRelease = `
CREATE TABLE owner (
  id INTEGER PRIMARY KEY,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  user ANY NOT NULL,
  group_name ANY NOT NULL,
  UNIQUE (uid, gid, user, group_name)
) STRICT;

-- Scripts and environments, each once.
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  bytes BLOB NOT NULL
) STRICT;

-- What was asked for: equal requests with equal content are one row.
CREATE TABLE spec (
  id INTEGER PRIMARY KEY,
  key ANY NOT NULL UNIQUE,
  name ANY NOT NULL,
  queue ANY NOT NULL,
  account ANY,
  request TEXT NOT NULL,
  script INTEGER NOT NULL REFERENCES content,
  environment INTEGER NOT NULL REFERENCES content
) STRICT;
CREATE INDEX spec_name ON spec (name);

-- All jobs, living and finished. Above the gap: never changed after the insert.
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  spec INTEGER NOT NULL REFERENCES spec,
  owner INTEGER NOT NULL REFERENCES owner,
  array INTEGER,
  element INTEGER,
  request_id ANY,
  submitted_ms INTEGER NOT NULL,

  state INTEGER NOT NULL,
  priority REAL NOT NULL,
  eligible_ms INTEGER,
  started_ms INTEGER,
  ended_ms INTEGER,
  attempt INTEGER NOT NULL,
  node ANY,
  cpus REAL,
  memory_mib REAL,
  tasks REAL,
  outcome INTEGER,
  exit_code INTEGER,
  signal INTEGER,
  user_cpu_ms REAL,
  system_cpu_ms REAL,
  max_memory_kib REAL,
  extra TEXT
) STRICT;
CREATE UNIQUE INDEX job_request_id ON job (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX job_living ON job (state) WHERE state < 4;
CREATE INDEX job_owner_ended ON job (owner, ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX job_spec ON job (spec);
CREATE INDEX job_array_element ON job (array) WHERE array IS NOT NULL;

-- Attempts before the present one.
CREATE TABLE attempt (
  job INTEGER NOT NULL REFERENCES job,
  attempt INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER NOT NULL,
  nodes TEXT NOT NULL,
  outcome TEXT NOT NULL,
  user_cpu_ms REAL NOT NULL,
  system_cpu_ms REAL NOT NULL,
  max_memory_kib REAL NOT NULL,
  PRIMARY KEY (job, attempt)
) STRICT, WITHOUT ROWID;

-- Which indices of an array wait (runs of first, count, step) and which hold nodes.
CREATE TABLE job_array (
  job INTEGER PRIMARY KEY REFERENCES job,
  waiting TEXT NOT NULL,
  active TEXT NOT NULL
) STRICT;

-- Ended elements of arrays as columns (packed-numbers.ts), in the order of their ends by id.
CREATE TABLE array_chunk (
  id INTEGER PRIMARY KEY,
  array INTEGER NOT NULL REFERENCES job,
  count INTEGER NOT NULL,
  first_job INTEGER NOT NULL,
  last_job INTEGER NOT NULL,
  nodes TEXT NOT NULL,
  columns BLOB NOT NULL
) STRICT;
CREATE INDEX array_chunk_array ON array_chunk (array);
CREATE INDEX array_chunk_job ON array_chunk (last_job, first_job);

CREATE TABLE event_kind (
  id INTEGER PRIMARY KEY,
  name ANY NOT NULL UNIQUE
) STRICT;

-- What happened to a job, in order; seq counts over all jobs.
CREATE TABLE event (
  job INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  data ANY,
  PRIMARY KEY (job, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE definition (
  name ANY NOT NULL,
  revision INTEGER NOT NULL,
  active INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  properties TEXT NOT NULL,
  PRIMARY KEY (name, revision)
) STRICT, WITHOUT ROWID;

-- Key pairs that sign requests. The secret is needed to verify: this file is for its owner alone.
CREATE TABLE access_key (
  id ANY PRIMARY KEY NOT NULL,
  secret ANY NOT NULL,
  owner INTEGER NOT NULL REFERENCES owner,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  name ANY PRIMARY KEY NOT NULL,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- For people with an SQL shell.
CREATE VIEW accounting AS
SELECT
  job.id AS job,
  job.array,
  job.element,
  spec.name,
  owner.user,
  spec.queue,
  spec.account,
  CASE job.state WHEN 0 THEN 'pending' WHEN 1 THEN 'starting' WHEN 2 THEN 'running'
    WHEN 3 THEN 'completing' ELSE 'finished' END AS state,
  CASE job.outcome WHEN 0 THEN 'exited' WHEN 1 THEN 'cancelled' WHEN 2 THEN 'timedOut'
    WHEN 3 THEN 'outOfMemory' WHEN 4 THEN 'nodeFailed' WHEN 5 THEN 'launchFailed'
    WHEN 6 THEN 'neverStarted' END AS outcome,
  job.exit_code,
  job.signal,
  job.attempt,
  job.node,
  CAST(job.cpus AS INTEGER) AS cpus,
  strftime('%Y-%m-%dT%H:%M:%fZ', job.submitted_ms / 1000.0, 'unixepoch') AS submitted,
  strftime('%Y-%m-%dT%H:%M:%fZ', job.started_ms / 1000.0, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', job.ended_ms / 1000.0, 'unixepoch') AS ended,
  (job.ended_ms - job.started_ms) / 1000.0 AS elapsed_s,
  (job.user_cpu_ms + job.system_cpu_ms) / 1000.0 AS cpu_s,
  CAST(job.max_memory_kib AS INTEGER) AS max_memory_kib
FROM job JOIN spec ON spec.id = job.spec JOIN owner ON owner.id = job.owner;

CREATE VIEW job_history AS
SELECT
  event.job,
  strftime('%Y-%m-%dT%H:%M:%fZ', event.at_ms / 1000.0, 'unixepoch') AS at,
  event_kind.name AS event,
  event.data
FROM event JOIN event_kind ON event_kind.id = event.kind
ORDER BY event.job, event.seq;
`;
