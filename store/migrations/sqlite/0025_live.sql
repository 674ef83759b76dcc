-- Who is at what, for those who are at the same; how often a key may ask; and by what figures are found sooner.

-- Whoever has something open says so every few seconds. A row that is not renewed says nothing.
CREATE TABLE presence (
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- What they have open, as `mailing 7`.
    thing           TEXT     NOT NULL,
    -- As the audit log names them.
    who             TEXT     NOT NULL,
    -- NULL: a program.
    person_id       INTEGER,
    editing         BOOLEAN  NOT NULL,
    since           INTEGER  NOT NULL,
    seen_at         INTEGER  NOT NULL,
    PRIMARY KEY (org_id, thing, who)
);
-- Which of them are gone?
CREATE INDEX presence_by_time ON presence (seen_at);

-- How many requests it may make in a minute. NULL: as many as any key.
ALTER TABLE api_keys ADD COLUMN per_minute INTEGER;

-- Which messages of this run were opened? To these orders are credited.
CREATE INDEX messages_opened_of_run ON messages (run_id, id) WHERE opened_at IS NOT NULL;

-- Who has withdrawn in a period?
CREATE INDEX consent_words_by_time ON consent_words (org_id, at);

-- The figures of a run that is over, as they were counted last: statistics of millions of messages are read from here, and are
-- exact, because whatever changes afterwards leaves a touch.
CREATE TABLE run_tallies (
    run_id          INTEGER  PRIMARY KEY,
    -- The transaction that asked for it. It is counted once all that are older have ended, which may have changed something
    -- before there was a row here.
    asked_by        INTEGER  NOT NULL,
    -- JSON: statistics::figures::Figures. NULL: not counted yet.
    figures         TEXT,
    -- Which messages were frozen then, whose figures stand in frozen_counts.
    frozen_before   INTEGER  NOT NULL DEFAULT -1,
    -- It is not counted again before.
    next_at         INTEGER  NOT NULL
);

-- Something of a run that is over has changed since its tally. Rows are only added, and removed by who has counted them.
CREATE TABLE run_touches (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    run_id          INTEGER  NOT NULL
);
CREATE INDEX run_touches_by_run ON run_touches (run_id);

-- A message that is on its way, or an attempt that has just begun, is of no run that is over: the loops pay nothing.
CREATE TRIGGER touch_run_of_message AFTER UPDATE ON messages WHEN OLD.state >= 10
BEGIN
    INSERT INTO run_touches (run_id) SELECT t.run_id FROM run_tallies t WHERE t.run_id = NEW.run_id;
END;
CREATE TRIGGER touch_run_of_attempt AFTER UPDATE ON attempts WHEN OLD.state <> 1
BEGIN
    INSERT INTO run_touches (run_id) SELECT t.run_id FROM run_tallies t WHERE t.run_id = NEW.run_id;
END;

INSERT INTO run_tallies (run_id, asked_by, next_at)
SELECT id, 0, 0 FROM runs WHERE finished_at IS NOT NULL AND NOT test AND origin = 1;

INSERT INTO schema_marks (number, additive, works_with) VALUES (25, TRUE, 23);
