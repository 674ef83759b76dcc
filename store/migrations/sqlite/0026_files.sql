-- Files that come and go over HTTP: uploads, imports of them, and exports (PRODUCT.md §3, §13).

-- Files that were sent, or are being sent, piece by piece. The bytes are in the folder of the configuration.
CREATE TABLE uploads (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- What the caller calls it. No file is named by it.
    name            TEXT     NOT NULL,
    -- As many as were declared.
    bytes           INTEGER   NOT NULL,
    -- The name of its file: random, so that a file of another database is never taken for it.
    place           TEXT     NOT NULL,
    made_by         TEXT     NOT NULL,
    created_at      INTEGER   NOT NULL,
    expires_at      INTEGER   NOT NULL
);
CREATE INDEX uploads_by_organisation ON uploads (org_id, id);
-- Whose time is over?
CREATE INDEX uploads_by_end ON uploads (expires_at);

-- From which headings the columns of a kind of file are read, by a name that people give it.
CREATE TABLE import_mappings (
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    name            TEXT     NOT NULL,
    -- What such a file holds: bellhop_store::files::Holds.
    holds           INTEGER NOT NULL,
    -- JSON: a heading, or null, for each column.
    mapping         TEXT     NOT NULL,
    -- Counts its changes, from 1.
    version         INTEGER   NOT NULL,
    changed_at      INTEGER   NOT NULL,
    PRIMARY KEY (org_id, name)
);

-- Imports and exports, which a process with the API role does in the background.
CREATE TABLE file_jobs (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- bellhop_store::files::JobKind and JobState.
    kind            INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    -- What it is, as it is shown, JSON.
    about           TEXT     NOT NULL,
    -- What is to be done, JSON; emptied when it has ended, for a filter may name guests.
    asked           TEXT     NOT NULL,
    -- The name of the file that it writes: the refused rows of an import, the rows of an export. NULL: it is there no more.
    place           TEXT,
    made_by         TEXT     NOT NULL,
    -- How far it has come.
    rows_done       INTEGER   NOT NULL DEFAULT 0,
    rows_refused    INTEGER   NOT NULL DEFAULT 0,
    bytes_done      INTEGER   NOT NULL DEFAULT 0,
    bytes_in_all    INTEGER   NOT NULL DEFAULT 0,
    -- What it came to, or why it failed, JSON.
    told            TEXT,
    -- How often it was begun: a number of its own for each process that has it in hand.
    tries           INTEGER NOT NULL DEFAULT 0,
    -- From then on another process may take it.
    leased_until    INTEGER,
    created_at      INTEGER   NOT NULL,
    ended_at        INTEGER,
    -- When its file goes.
    expires_at      INTEGER
);
CREATE INDEX file_jobs_by_organisation ON file_jobs (org_id, kind, id);
-- What is to be done? States 1 and 2 wait and run.
CREATE INDEX file_jobs_to_do ON file_jobs (id) WHERE state IN (1, 2);
-- Whose file is over?
CREATE INDEX file_jobs_by_end ON file_jobs (expires_at) WHERE place IS NOT NULL AND expires_at IS NOT NULL;

INSERT INTO schema_marks (number, additive, works_with) VALUES (26, TRUE, 25);
