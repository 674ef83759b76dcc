-- What running processes could not make of the settings in force: a row for each process while that lasts, written again
-- every ten seconds and believed for a minute.
CREATE TABLE settings_troubles (
    -- Its roles, host and process number.
    process         TEXT     PRIMARY KEY,
    version         BIGINT   NOT NULL,
    -- JSON: a list of texts, without secrets.
    troubles        TEXT     NOT NULL,
    seen_at         BIGINT   NOT NULL
);

-- A program of the version before neither reads nor writes it.
INSERT INTO schema_marks (number, additive, works_with) VALUES (24, TRUE, 23);
