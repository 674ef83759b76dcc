-- What the brand decides and an engineer's file does not: organisations, senders, what holds for marketing. Each section is a
-- JSON document of the same form as in a configuration file (crate bellhop-settings).
CREATE TABLE settings (
    -- Its slug; empty: for the whole installation.
    organisation    TEXT     NOT NULL,
    -- 1 marketing, 2 organisation, 3 sender (bellhop_domain::setting).
    kind            SMALLINT NOT NULL,
    -- A sender's; empty for the others.
    name            TEXT     NOT NULL,
    body            TEXT     NOT NULL,
    -- The version of all settings together that this one came with.
    version         BIGINT   NOT NULL,
    removed         BOOLEAN  NOT NULL DEFAULT FALSE,
    PRIMARY KEY (organisation, kind, name)
);

-- One row, which every process reads every second.
CREATE TABLE settings_state (
    one             SMALLINT PRIMARY KEY CHECK (one = 1),
    version         BIGINT   NOT NULL,
    -- JSON: a digest of each section of the file that an embedded installation applied last.
    file            TEXT     NOT NULL
);
INSERT INTO settings_state (one, version, file) VALUES (1, 0, '{}');

-- Who changed what; secrets are left out.
CREATE TABLE settings_history (
    version         BIGINT   NOT NULL,
    organisation    TEXT     NOT NULL,
    kind            SMALLINT NOT NULL,
    name            TEXT     NOT NULL,
    at              BIGINT   NOT NULL,
    who             TEXT     NOT NULL,
    -- The document; absent before it was there, and after it was removed.
    before          TEXT,
    after           TEXT,
    PRIMARY KEY (version, organisation, kind, name)
);

-- Of each migration from this one on: whether the program of the version before may go on working beside it, as it only adds,
-- and the number of the oldest migration whose programs may.
CREATE TABLE schema_marks (
    number          BIGINT   PRIMARY KEY,
    additive        BOOLEAN  NOT NULL,
    works_with      BIGINT   NOT NULL
);
INSERT INTO schema_marks (number, additive, works_with) VALUES (21, FALSE, 21);
