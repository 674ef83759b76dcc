-- What must follow a commit is a row of that commit (store/src/base/outbox): its readers, each from a place of its own, are
-- handed every row at least once, and rows that all have go.

-- Without CACHE: a session that keeps numbers would give out a lower one after another's higher one.
CREATE SEQUENCE outbox_seq;

CREATE TABLE outbox (
    -- From outbox_seq, after the transaction has its id: by that a reader knows when no lower one can come any more.
    seq             BIGINT   PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    -- base::outbox::Kind.
    kind            SMALLINT NOT NULL,
    at              BIGINT   NOT NULL,
    -- JSON: base::outbox::What.
    body            TEXT     NOT NULL
);

CREATE TABLE outbox_readers (
    name            TEXT     PRIMARY KEY,
    -- Everything up to here is dealt with.
    place           BIGINT   NOT NULL,
    -- The process whose turn it is, and until when without a word of it.
    holder          TEXT,
    held_until      BIGINT   NOT NULL DEFAULT 0
);

-- The end of the baseline. From here on every change of the schema is an upgrade: the next number in both folders, with its
-- row, in which it says whether it only adds and which programs may work beside it.
INSERT INTO schema_marks (number, additive, works_with) VALUES (11, FALSE, 11);
