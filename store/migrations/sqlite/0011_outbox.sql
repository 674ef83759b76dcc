-- What must follow a commit is a row of that commit (store/src/base/outbox): its readers, each from a place of its own, are
-- handed every row at least once, and rows that all have go.

CREATE TABLE outbox (
    -- AUTOINCREMENT: the number of a row that is gone does not come again.
    seq             INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    -- base::outbox::Kind.
    kind            INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    -- JSON: base::outbox::What.
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

-- The end of the baseline. From here on every change of the schema is an upgrade: the next number in both folders, with its
-- row, in which it says whether it only adds and which programs may work beside it.
INSERT INTO schema_marks (number, additive, works_with) VALUES (11, FALSE, 11);
