-- Times are Unix seconds. Payloads are messages of the value codec.

CREATE TABLE artifacts (                    -- codes of workflows and engines, by their hash
    sha256 TEXT PRIMARY KEY,
    data BLOB NOT NULL,
    engine TEXT,                            -- that a code runs on; of an engine, nothing
    stored_at REAL NOT NULL                 -- the last time: who stores something is about to refer to it
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_by_engine ON artifacts (engine) WHERE engine IS NOT NULL;

CREATE TABLE runs (                         -- what refers to a run goes with it
    id TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    key TEXT,
    status TEXT NOT NULL,
    turn INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,       -- with the turn, the fence: only who claimed the run last may commit
    last_call INTEGER NOT NULL DEFAULT 0,
    code TEXT NOT NULL REFERENCES artifacts (sha256),
    lease_owner TEXT,
    lease_until REAL,
    deaths INTEGER NOT NULL DEFAULT 0,      -- how many owners in a row let the lease run out
    wake_at REAL,                           -- when there is something to do; by what was delivered, less the priority
    priority REAL NOT NULL DEFAULT 0,       -- seconds for which it is taken to have waited already
    result BLOB,
    error BLOB,
    created_at REAL NOT NULL,
    finished_at REAL,
    function TEXT NOT NULL DEFAULT 'default',   -- the name under which the module exports it
    parent TEXT,                            -- the run that has started it; it may be there no more
    parent_call INTEGER,                    -- that waits for its end
    parent_close TEXT NOT NULL DEFAULT 'abandon',   -- what becomes of it when its parent ends: cancel, terminate
    schedule TEXT,                          -- that started it
    forked_from TEXT,                       -- the run whose state it began with; it may be there no more
    forked_turn INTEGER,                    -- after which turn of it
    deadline REAL,                          -- when it is told to end
    ends_at REAL,                           -- when it is ended, since it was told that
    root TEXT NOT NULL,                     -- the run that it descends from: itself, where nothing else began it
    UNIQUE (workflow, function, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX runs_leased ON runs (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX runs_due ON runs (wake_at, turn) WHERE wake_at IS NOT NULL;
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_by_root ON runs (root);
CREATE INDEX runs_by_age ON runs (created_at);
CREATE INDEX runs_ended ON runs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_by_code ON runs (code);
CREATE INDEX runs_scheduled ON runs (schedule) WHERE schedule IS NOT NULL AND finished_at IS NULL;

CREATE TABLE schedules (                    -- moments at which runs begin
    name TEXT PRIMARY KEY,
    cron TEXT NOT NULL,
    timezone TEXT NOT NULL,
    workflow TEXT NOT NULL,
    code TEXT NOT NULL REFERENCES artifacts (sha256),
    arguments BLOB NOT NULL,
    overlaps INTEGER NOT NULL,              -- whether a run begins while an earlier one goes on
    next_at REAL,                           -- the fence, too: who starts a run has seen the moment that is here
    is_paused INTEGER NOT NULL,
    last_at REAL,
    skipped_at REAL
) STRICT;

CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE attributes (                   -- what is said of runs, so that they are found
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX attributes_by_value ON attributes (name, value);

-- Apart from the runs, whose rows SQLite moves at each change: it would leave copies of a key that is deleted.
CREATE TABLE keys (                         -- data keys, of runs and of what descends from them
    number INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE,              -- empty: the store's own
    kek TEXT NOT NULL,                      -- the id of the key that wraps it
    wrapped_key BLOB NOT NULL
) STRICT;

CREATE INDEX keys_by_kek ON keys (kek);

CREATE TABLE inbox (                        -- what runs are told
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    payload BLOB NOT NULL,
    dedup TEXT,
    at REAL NOT NULL,
    origin TEXT,                            -- the child that has ended, whose payload it is
    turn INTEGER,                           -- that consumed it
    UNIQUE (run, dedup)
) STRICT;

CREATE INDEX inbox_unconsumed ON inbox (run, kind, target) WHERE turn IS NULL;
CREATE INDEX inbox_by_turn ON inbox (run, turn) WHERE turn IS NOT NULL;

CREATE TABLE deliveries (                   -- the keys of those that are not kept: they count once all the same
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    dedup TEXT NOT NULL,
    PRIMARY KEY (run, dedup)
) STRICT, WITHOUT ROWID;

CREATE TABLE turns (                        -- the latest, as many as are kept
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL,
    clock REAL NOT NULL,
    entropy BLOB NOT NULL,
    events BLOB NOT NULL,                   -- what the run was told, in order
    state TEXT NOT NULL,                    -- hash of the memory afterwards, if that was stored
    effects BLOB NOT NULL,                  -- hash of what the run has come to want
    last_call INTEGER NOT NULL,             -- the number of the guest's latest call
    logs BLOB NOT NULL,
    PRIMARY KEY (run, turn)
) STRICT;

-- Apart from the turns: of a row that is made smaller, SQLite keeps the page.
CREATE TABLE snapshots (                    -- states after some of the latest turns, as what differs from the code's
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (run, turn)
) STRICT;

CREATE TABLE chunks (                       -- what runs have written for readers outside
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    number INTEGER NOT NULL,
    value BLOB,                             -- NULL: nothing follows
    turn INTEGER NOT NULL,                  -- that has written it
    PRIMARY KEY (run, stream, number)
) STRICT;

CREATE TABLE commands (                     -- what runs want
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    call INTEGER NOT NULL,
    turn INTEGER NOT NULL,                  -- that wants it
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    arguments BLOB NOT NULL,
    state TEXT NOT NULL,                    -- waiting, running or held (a step), done
    due_at REAL,                            -- of a timer; of a step, when it may be claimed: one that runs, again
    attempt INTEGER NOT NULL DEFAULT 0,     -- of a step, as all below: the latest
    lease_owner TEXT,                       -- who runs the latest attempt, or has run it
    deaths INTEGER NOT NULL DEFAULT 0,      -- how many owners in a row let the lease run out
    error BLOB,                             -- of the latest attempt
    at REAL NOT NULL,
    started_at REAL,                        -- of the latest attempt; none if that is among the attempts
    ended_at REAL,
    is_placed INTEGER NOT NULL DEFAULT 1,   -- whether what follows is known
    queue TEXT,
    key TEXT,                               -- in the queue
    head_start REAL NOT NULL DEFAULT 0,     -- seconds; due_at of one that nobody has claimed is so much earlier
    is_parked INTEGER NOT NULL DEFAULT 0,   -- whether its key was at a limit: due_at is when to look again at the latest
    start_by REAL,
    end_by REAL,
    heartbeat_timeout REAL,
    beat_by REAL,                           -- when the attempt ends that is not heard of
    heartbeat BLOB,                         -- what was heard last
    max_attempts INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (run, call)
) STRICT, WITHOUT ROWID;

CREATE INDEX commands_done ON commands (run, turn) WHERE state = 'done';
CREATE INDEX steps_due ON commands (name, due_at) WHERE kind = 'step' AND state IN ('waiting', 'running') AND is_placed = 1;
CREATE INDEX steps_unplaced ON commands (name) WHERE kind = 'step' AND state IN ('waiting', 'running') AND is_placed = 0;
CREATE INDEX steps_next ON commands (due_at) WHERE kind = 'step' AND state IN ('waiting', 'running');
CREATE INDEX steps_start_by ON commands (start_by) WHERE state = 'waiting' AND attempt = 0 AND start_by IS NOT NULL;
CREATE INDEX steps_end_by ON commands (end_by) WHERE state IN ('waiting', 'running') AND end_by IS NOT NULL;
CREATE INDEX steps_beat_by ON commands (beat_by) WHERE state = 'running' AND beat_by IS NOT NULL;
CREATE INDEX steps_running ON commands (queue, key, due_at) WHERE state = 'running' AND queue IS NOT NULL;
CREATE INDEX steps_started ON commands (queue, started_at) WHERE queue IS NOT NULL;
CREATE INDEX keys_started ON commands (queue, key, started_at) WHERE key IS NOT NULL;
CREATE INDEX steps_parked ON commands (queue, key, at - head_start) WHERE is_parked = 1 AND state = 'waiting';
CREATE INDEX timers_due ON commands (run, due_at) WHERE kind = 'timer' AND state = 'waiting';
CREATE INDEX hooks_waiting ON commands (run, name) WHERE kind = 'hook' AND state = 'waiting';

-- Whatever becomes of a step makes room for others of its key, or says when there will be: look at those that are first.
-- Two, so that a limit that was raised is soon reached.
CREATE TRIGGER unpark AFTER UPDATE OF state, attempt ON commands
WHEN OLD.key IS NOT NULL AND (OLD.state <> NEW.state OR OLD.attempt <> NEW.attempt)
BEGIN
    UPDATE commands SET is_parked = 0, due_at = at - head_start WHERE (run, call) IN (
        SELECT run, call FROM commands INDEXED BY steps_parked
        WHERE is_parked = 1 AND state = 'waiting' AND queue = NEW.queue AND key = NEW.key
        ORDER BY at - head_start LIMIT 2
    );
END;

CREATE TABLE attempts (                     -- of steps, before the latest: those that failed, or were not heard of again
    run TEXT NOT NULL,
    call INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    worker TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL,
    error BLOB,
    queue TEXT,                             -- that of the step, as is the key
    key TEXT,
    PRIMARY KEY (run, call, attempt),
    FOREIGN KEY (run, call) REFERENCES commands (run, call) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_started ON attempts (queue, started_at) WHERE queue IS NOT NULL;
CREATE INDEX attempts_of_keys_started ON attempts (queue, key, started_at) WHERE key IS NOT NULL;
