-- What must follow a commit is a row of that commit (store/src/base/outbox): its readers, each from a place of its own, are
-- handed every row at least once, and rows that all have go.

CREATE TABLE outbox (
    -- AUTOINCREMENT: the number of a row that is gone does not come again.
    seq             INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    -- base::outbox::Kind
    kind            INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    -- base::outbox::What, JSON
    body            TEXT     NOT NULL
);

CREATE TABLE outbox_readers (
    name            TEXT     PRIMARY KEY,
    -- Everything up to here is dealt with.
    place           INTEGER  NOT NULL,
    -- The process whose turn it is, and until when without a word of it.
    holder          TEXT,
    held_until      INTEGER  NOT NULL DEFAULT 0
);

-- A program of the version before knows nothing of it and writes none.
INSERT INTO schema_marks (number, additive, works_with) VALUES (22, TRUE, 21);
