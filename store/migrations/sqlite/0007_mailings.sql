-- Mailings, and their runs: each launch of a mailing is one.

CREATE TABLE mailings (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    name            TEXT     NOT NULL,
    -- Its file, JSON.
    spec            TEXT     NOT NULL,
    created_at      INTEGER  NOT NULL
);
-- Which mailings has the organisation, the latest first?
CREATE INDEX mailings_by_org ON mailings (org_id, id);

CREATE TABLE runs (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    mailing_id      INTEGER  NOT NULL REFERENCES mailings,
    -- 1 scheduled, 2 running, 3 paused, 4 finished, 5 cancelled (bellhop_domain::RunState).
    state           INTEGER  NOT NULL,
    -- What its messages are for: 1 marketing, 2 a notification, 3 a reply (bellhop_domain::Purpose).
    purpose         INTEGER  NOT NULL,
    -- Where they come from: 1 an audience, 2 a program, 3 a request of the API, 4 an operator (bellhop_domain::Origin).
    origin          INTEGER  NOT NULL,
    -- By which queues they go, which follows from these two (bellhop_domain::Lane).
    lane            INTEGER  NOT NULL,
    -- A test run is outside all statistics and caps.
    test            BOOLEAN  NOT NULL,
    -- The mailing's file as it was at the launch.
    spec            TEXT     NOT NULL,
    start_at        INTEGER  NOT NULL,
    -- Set when the run starts: the instant as of which the audience is asked.
    as_of           INTEGER,
    -- When the lives of all its messages end. NULL: it has not started, or each message has a life of its own.
    expires_at      INTEGER,
    -- How far it is planned: the last guest looked at, then the last address that is nobody's. Done when planned_at is set.
    cursor          INTEGER  NOT NULL DEFAULT 0,
    endpoint_cursor INTEGER  NOT NULL DEFAULT 0,
    pages           INTEGER  NOT NULL DEFAULT 0,
    planned_at      INTEGER,
    paused_reason   TEXT,
    -- Set when none of its messages can move any more.
    finished_at     INTEGER
);
-- Which runs has this mailing?
CREATE INDEX runs_by_mailing ON runs (mailing_id);
-- What the loops look for, each by an index of its own: a look costs what there is to do, and not what is alive.
-- Which runs are not over?
CREATE INDEX runs_alive ON runs (id) WHERE finished_at IS NULL;
-- Which are to start by now?
CREATE INDEX runs_scheduled ON runs (start_at) WHERE state = 1;
-- Which are to plan?
CREATE INDEX runs_unplanned ON runs (id) WHERE state = 2 AND planned_at IS NULL;
-- In which may nothing be left to do? Those of an audience and those on demand end by different rules.
CREATE INDEX runs_planned ON runs (origin, id) WHERE state = 2 AND planned_at IS NOT NULL AND finished_at IS NULL;
-- Which are cancelled, with messages that have still to be?
CREATE INDEX runs_cancelled ON runs (id) WHERE state = 5 AND finished_at IS NULL;
-- Whose lives are over?
CREATE INDEX runs_outlived ON runs (expires_at) WHERE finished_at IS NULL;
-- Which are finished, but messages of theirs may still be wanted once more?
CREATE INDEX runs_finished_lately ON runs (expires_at) WHERE finished_at IS NOT NULL;

-- Guests of the audience who got no message, by reason.
CREATE TABLE run_exclusions (
    run_id          INTEGER  NOT NULL REFERENCES runs,
    -- bellhop_domain::Exclusion.
    reason          INTEGER  NOT NULL,
    guests          INTEGER  NOT NULL,
    PRIMARY KEY (run_id, reason)
);

-- Addresses that a message of the run has left for its next step: they had their message. With the unique index of
-- messages: an address gets one message of a run, whichever step and card.
CREATE TABLE run_endpoints (
    run_id          INTEGER  NOT NULL,
    endpoint_id     INTEGER  NOT NULL,
    PRIMARY KEY (run_id, endpoint_id)
);

-- Reports that a run's content is refused, per kind of address, since it was last resumed.
CREATE TABLE run_refusals (
    run_id          INTEGER  NOT NULL,
    kind            INTEGER  NOT NULL,
    reports         INTEGER  NOT NULL,
    PRIMARY KEY (run_id, kind)
);
