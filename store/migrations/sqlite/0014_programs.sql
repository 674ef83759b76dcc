-- Programs: what goes to one guest because of an event or a date, and why something did not go (PRODUCT.md §7).

CREATE TABLE programs (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    name            TEXT     NOT NULL,
    -- 1 off, 2 on, 3 off, but what waits still goes (store::programs::ProgramState).
    state           INTEGER  NOT NULL,
    -- The version by which it fires.
    version         INTEGER  NOT NULL,
    created_at      INTEGER  NOT NULL,
    -- When it was switched on or off. What happened before it was switched on fires nothing.
    switched_at     INTEGER  NOT NULL,
    -- Up to when the days of its guests are armed, if it has a calendar; up to when the round under way arms them, and the
    -- last guest that this round has looked at.
    armed_until     INTEGER  NOT NULL DEFAULT 0,
    arming_until    INTEGER,
    arm_cursor      INTEGER  NOT NULL DEFAULT 0
);
-- Which programs has the organisation?
CREATE INDEX programs_by_org ON programs (org_id, id);

-- What a program says. A version never changes: what has fired goes by the version by which it fired.
CREATE TABLE program_versions (
    program_id      INTEGER  NOT NULL REFERENCES programs,
    -- 1, 2, 3… within the program.
    version         INTEGER  NOT NULL,
    -- JSON: bellhop_programs::Definition.
    definition      TEXT     NOT NULL,
    -- Its texts and waterfall, as a mailing of its own.
    mailing_id      INTEGER  NOT NULL REFERENCES mailings,
    created_at      INTEGER  NOT NULL,
    PRIMARY KEY (program_id, version)
);
-- Is this mailing a program's?
CREATE UNIQUE INDEX program_versions_by_mailing ON program_versions (mailing_id);

-- What a program means to send to a guest, and what came of it. The number of a firing is of one sequence for all programs.
CREATE TABLE firings (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    program_id      INTEGER  NOT NULL,
    org_id          INTEGER  NOT NULL,
    version         INTEGER  NOT NULL,
    -- 1 waiting, 2 sent, 3 skipped, 4 cancelled (store::programs::FiringState).
    state           INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL,
    -- The event or the day that it is about: a guest gets it once for that, however often it is told.
    occasion        TEXT     NOT NULL,
    -- The latest event that made or moved it. 0: it is the calendar's.
    last_event      INTEGER  NOT NULL,
    fired_at        INTEGER  NOT NULL,
    -- When it is looked at. A newer event of the guest changes wanted_at alone, which no index names, and when this comes it
    -- moves there: a clock that restarts a hundred times costs one entry of the index.
    due_at          INTEGER  NOT NULL,
    wanted_at       INTEGER,
    -- JSON: what its texts say of the event. Handed on to the message, and gone when it is decided.
    given           TEXT,
    -- A message exists if, and only if, it was sent.
    message_id      INTEGER,
    -- bellhop_programs::Reason: why it was not.
    reason          INTEGER,
    decided_at      INTEGER
);
-- What has this program done, the latest first?
CREATE INDEX firings_by_program ON firings (program_id, id);
-- Has it fired for this already? What waits for this guest?
CREATE UNIQUE INDEX firings_by_occasion ON firings (program_id, customer_id, occasion);
-- What is due? What waits, when it is switched off?
CREATE INDEX firings_due ON firings (program_id, due_at) WHERE state = 1;
-- What came of those of these days?
CREATE INDEX firings_decided ON firings (program_id, decided_at) WHERE decided_at IS NOT NULL;

-- Until when a program's run of one day takes messages; it ends when nothing of it is left after that.
ALTER TABLE runs ADD COLUMN open_until INTEGER;
-- Which of them are over?
CREATE INDEX runs_open ON runs (open_until) WHERE open_until IS NOT NULL AND finished_at IS NULL;

-- Whose birthday is on one of these days?
CREATE INDEX customers_by_birthday ON customers (org_id, birth_month_day, id) WHERE birth_month_day IS NOT NULL;

INSERT INTO schema_marks (number, additive, works_with) VALUES (14, TRUE, 13);
