-- Mailings are changed and removed as long as they are drafts, and what a program asks for twice is made once.

-- Counts the changes of its file, from 1: whoever changes it says which one they have read.
ALTER TABLE mailings ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Set when a draft is removed. Its row stays, because test runs name it.
ALTER TABLE mailings ADD COLUMN removed_at INTEGER;

-- What was made for a request with an Idempotency-Key, for a few days, so that the same request again makes nothing new.
CREATE TABLE made_once (
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- The caller's own.
    key             TEXT     NOT NULL,
    -- SHA-256 of what was asked for.
    request         TEXT     NOT NULL,
    -- The number of the mailing or the run that was made.
    made            INTEGER   NOT NULL,
    at              INTEGER   NOT NULL,
    PRIMARY KEY (org_id, key)
);
-- Which have had their time?
CREATE INDEX made_once_by_time ON made_once (org_id, at);

INSERT INTO schema_marks (number, additive, works_with) VALUES (15, TRUE, 14);
