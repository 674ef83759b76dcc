-- Schedules: when mailings start by themselves, and starts at each guest's own time (PRODUCT.md §5).

CREATE TABLE schedules (
    mailing_id      INTEGER  PRIMARY KEY REFERENCES mailings,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- JSON: bellhop_programs::calendar::Schedule.
    schedule        TEXT     NOT NULL,
    -- When it was made. Of a schedule that is `now`, this is the start.
    made_at         INTEGER  NOT NULL,
    -- The latest start that was looked at: whatever is not later has begun, or was missed, and does not begin again.
    handled         INTEGER  NOT NULL,
    -- How late a start may begin if nobody saw it in time, milliseconds.
    late            INTEGER  NOT NULL,
    -- The next start. NULL: there is none.
    next_at         INTEGER
);
-- Which starts have come?
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

-- JSON: bellhop_programs::calendar::OwnTime: at what time by each guest's own clock its messages go. NULL: at once.
ALTER TABLE runs ADD COLUMN own_time TEXT;
-- When that time comes on the last clock of all: the lives of its messages count from then. NULL: from the start.
ALTER TABLE runs ADD COLUMN lives_from INTEGER;
-- For how long a guest of an earlier run of the mailing is left alone, milliseconds. NULL: no such rule.
ALTER TABLE runs ADD COLUMN rest INTEGER;

-- When a mailing with such a rule was last planned for a guest: the start of its run.
CREATE TABLE rested (
    mailing_id      INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    PRIMARY KEY (mailing_id, customer_id)
);

INSERT INTO schema_marks (number, additive, works_with) VALUES (16, TRUE, 15);
