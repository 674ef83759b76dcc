-- The ledger: mailings, runs, messages, attempts, and the batches that workers lease.

CREATE TABLE mailings (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL REFERENCES organisations,
    name            TEXT    NOT NULL,
    spec            TEXT    NOT NULL,
    created_at      INTEGER  NOT NULL
);
CREATE INDEX mailings_by_org ON mailings (org_id, id);

CREATE TABLE runs (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    mailing_id      INTEGER   NOT NULL REFERENCES mailings,
    state           INTEGER NOT NULL,
    lane            INTEGER NOT NULL,
    -- A test run is outside all statistics and caps.
    test            BOOLEAN  NOT NULL,
    -- The mailing's file as it was at the launch.
    spec            TEXT     NOT NULL,
    start_at        INTEGER   NOT NULL,
    -- Set when the run starts: the instant at which the audience is asked.
    as_of           INTEGER,
    expires_at      INTEGER,
    -- Planning: the last customer looked at, then the last unattached endpoint; done when planned_at is set.
    cursor          INTEGER   NOT NULL DEFAULT 0,
    endpoint_cursor INTEGER   NOT NULL DEFAULT 0,
    pages           INTEGER  NOT NULL DEFAULT 0,
    planned_at      INTEGER,
    paused_reason   TEXT,
    finished_at     INTEGER
);
CREATE INDEX runs_by_mailing ON runs (mailing_id);
CREATE INDEX runs_alive ON runs (id) WHERE finished_at IS NULL;

CREATE TABLE run_exclusions (
    run_id          INTEGER   NOT NULL REFERENCES runs,
    reason          INTEGER NOT NULL,
    guests          INTEGER   NOT NULL,
    PRIMARY KEY (run_id, reason)
);

-- Addresses that a message of the run has left for its next step: they had their message. With the unique index of
-- messages: an address gets one message of a run, whichever step and card.
CREATE TABLE run_endpoints (
    run_id          INTEGER  NOT NULL,
    endpoint_id     INTEGER  NOT NULL,
    PRIMARY KEY (run_id, endpoint_id)
);

-- Numbers of leases, across all workers: one row.
CREATE TABLE leases (
    last            INTEGER NOT NULL
);
INSERT INTO leases VALUES (0);

CREATE TABLE batches (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    run_id          INTEGER   NOT NULL,
    kind            INTEGER NOT NULL,
    lane            INTEGER NOT NULL,
    -- Set when its task has been handed to the broker; cleared when the task is known to have vanished.
    published_at    INTEGER,
    -- Not to be published before: its sender stands still.
    held_until      INTEGER,
    -- The lease that holds or last held it: a number never used twice.
    lease           INTEGER,
    -- NULL unless it is leased.
    lease_until     INTEGER,
    worker          TEXT,
    -- Set when none of its messages is pending or in flight.
    done_at         INTEGER
);
CREATE INDEX batches_open ON batches (run_id, id) WHERE done_at IS NULL;
CREATE INDEX batches_ready ON batches (kind, lane, run_id, id) WHERE published_at IS NULL AND done_at IS NULL;
CREATE INDEX batches_published ON batches (kind, lane, published_at) WHERE published_at IS NOT NULL AND done_at IS NULL;
CREATE INDEX batches_leased ON batches (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE messages (
    -- 64 random bits: also the link's token and the id that travels to the provider.
    id              INTEGER   PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    run_id          INTEGER   NOT NULL,
    batch_id        INTEGER   NOT NULL,
    -- NULL for an app that nobody has logged in to.
    customer_id     INTEGER,
    endpoint_id     INTEGER   NOT NULL,
    -- The step of the waterfall, and how often it was tried.
    step            INTEGER NOT NULL,
    tries           INTEGER NOT NULL DEFAULT 0,
    state           INTEGER NOT NULL,
    waiting_for     INTEGER,
    -- Only of waiting messages: not null exactly while state is waiting.
    due_at          INTEGER,
    -- The first acceptance on any step.
    sent_at         INTEGER,
    opened_at       INTEGER,
    opened_channel  INTEGER,
    link_opened_at  INTEGER,
    reason          TEXT
);
-- As in PostgreSQL, where an index that names state would cost every update its index entries.
CREATE INDEX messages_by_batch ON messages (batch_id);
CREATE UNIQUE INDEX messages_by_endpoint ON messages (run_id, endpoint_id);
CREATE INDEX messages_waiting ON messages (run_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX messages_opened ON messages (customer_id, opened_at) WHERE opened_at IS NOT NULL;

CREATE TABLE attempts (
    message_id      INTEGER   NOT NULL,
    -- The lease under which it was made: the fencing token. An outcome always lands on its attempt.
    lease           INTEGER  NOT NULL,
    org_id          INTEGER  NOT NULL,
    run_id          INTEGER   NOT NULL,
    kind            INTEGER NOT NULL,
    sender          TEXT     NOT NULL,
    endpoint_id     INTEGER   NOT NULL,
    state           INTEGER NOT NULL,
    started_at      INTEGER   NOT NULL,
    ended_at        INTEGER,
    provider_id     TEXT,
    reason          TEXT,
    cost            INTEGER,
    parts           INTEGER,
    received_at     INTEGER,
    read_at         INTEGER,
    -- Whether the message was opened, withdrawn or cancelled while the request was under way.
    raced           BOOLEAN  NOT NULL DEFAULT FALSE,
    PRIMARY KEY (message_id, lease)
);
CREATE INDEX attempts_by_run ON attempts (run_id);
CREATE INDEX attempts_by_provider_id ON attempts (org_id, kind, provider_id) WHERE provider_id IS NOT NULL AND kind IN (4, 5);

-- Receipts as they came, and whether they have found their attempt yet.
CREATE TABLE receipts (
    org_id          INTEGER  NOT NULL,
    kind            INTEGER NOT NULL,
    -- The provider's id of the message, or our own attempt's key with a leading '#'.
    reference       TEXT     NOT NULL,
    status          INTEGER NOT NULL,
    at              INTEGER   NOT NULL,
    reason          TEXT,
    cost            INTEGER,
    -- The address is dead.
    gone            BOOLEAN  NOT NULL,
    -- The attempt's own key, where the reference is one.
    message_id      INTEGER,
    lease           INTEGER,
    -- When we heard of it.
    came_at         INTEGER   NOT NULL,
    settled_at      INTEGER,
    PRIMARY KEY (org_id, kind, reference, status)
);
CREATE INDEX receipts_unsettled ON receipts (org_id, kind, reference) WHERE settled_at IS NULL;

-- Every open and every fetch of a personal link, people and robots alike.
CREATE TABLE opens (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    message_id      INTEGER   NOT NULL,
    at              INTEGER   NOT NULL,
    -- 1 tap in the app, 2 link followed, 3 preview robot, 4 prefetch, 5 read, 6 click on a site's notification
    class           INTEGER NOT NULL,
    user_agent      TEXT
);
CREATE INDEX opens_by_message ON opens (message_id);

-- Senders that stand still until a human resumes them, or until their provider says that they work again.
CREATE TABLE sender_pauses (
    org_id          INTEGER NOT NULL,
    sender          TEXT    NOT NULL,
    since           INTEGER  NOT NULL,
    reason          TEXT    NOT NULL,
    -- Made because the provider said so, and lifted when it says that the sender works.
    by_health       BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (org_id, sender)
);

CREATE TABLE audit_log (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL,
    at              INTEGER  NOT NULL,
    who             TEXT    NOT NULL,
    action          TEXT    NOT NULL,
    object          TEXT    NOT NULL,
    detail          TEXT
);
