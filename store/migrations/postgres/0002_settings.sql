-- What the brand decides and an engineer's file does not: organisations, senders, what holds for marketing, restaurants' time
-- zones. Each section is a JSON document of the same form as in a configuration file (crate bellhop-settings).

CREATE TABLE settings (
    -- Its slug; empty: for the whole installation.
    organisation    TEXT     NOT NULL,
    -- 1 marketing, 2 an organisation, 3 a sender, 4 a restaurant (bellhop_domain::setting).
    kind            SMALLINT NOT NULL,
    -- A sender's or a restaurant's; empty for the others.
    name            TEXT     NOT NULL,
    body            TEXT     NOT NULL,
    -- The version of all settings together with which this one came.
    version         BIGINT   NOT NULL,
    -- A removed one is kept, with the body `null`: whoever reads what has changed since a version finds it.
    removed         BOOLEAN  NOT NULL,
    PRIMARY KEY (organisation, kind, name)
);

-- One row, which every process reads every second.
CREATE TABLE settings_state (
    one             SMALLINT PRIMARY KEY CHECK (one = 1),
    -- All settings have one version, and each change makes the next.
    version         BIGINT   NOT NULL,
    -- JSON: the sections of the file that an embedded installation brought in last, so that it can tell what changed there.
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

-- What running processes could not make of the settings in force: a row of each process while that lasts, written again
-- every ten seconds and believed for a minute.
CREATE TABLE settings_troubles (
    -- Its roles, host and process number.
    process         TEXT     PRIMARY KEY,
    version         BIGINT   NOT NULL,
    -- JSON: a list of texts, without secrets.
    troubles        TEXT     NOT NULL,
    seen_at         BIGINT   NOT NULL
);
