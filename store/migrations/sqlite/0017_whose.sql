-- Whose a task, and whose a receipt is.

-- Which installation this database is: its tasks bear the id, so that no other installation on the same broker obeys them.
CREATE TABLE installation (
    one             BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    -- 32 hexadecimal digits, drawn when the database was created.
    id              TEXT    NOT NULL
);
INSERT INTO installation (id) VALUES (lower(hex(randomblob(16))));

-- A provider's ids are its own: another account may give the same one, and the same account may give it again.
CREATE TABLE receipts_of_accounts (
    org_id          INTEGER NOT NULL,
    kind            INTEGER NOT NULL,
    -- The provider's id of the message, or our own attempt's key with a leading '#'.
    reference       TEXT    NOT NULL,
    status          INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    reason          TEXT,
    cost            INTEGER,
    -- The address is dead.
    gone            BOOLEAN NOT NULL,
    -- The attempt's own key, where the reference is one.
    message_id      INTEGER,
    lease           INTEGER,
    -- When we heard of it.
    came_at         INTEGER NOT NULL,
    settled_at      INTEGER,
    again_after_ms  INTEGER,
    again_times     INTEGER,
    content_refused BOOLEAN NOT NULL DEFAULT FALSE,
    country_stopped BOOLEAN NOT NULL DEFAULT FALSE,
    -- When the attempt of an unsettled receipt is next looked for. NULL: it was given up.
    look_at         INTEGER DEFAULT 0,
    -- The senders of the account that it came from, each ended by a line feed. Empty: by our own key, or of before.
    senders         TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, kind, senders, reference, status, at)
);
INSERT INTO receipts_of_accounts (org_id, kind, reference, status, at, reason, cost, gone, message_id, lease, came_at, settled_at,
    again_after_ms, again_times, content_refused, country_stopped, look_at)
SELECT org_id, kind, reference, status, at, reason, cost, gone, message_id, lease, came_at, settled_at,
    again_after_ms, again_times, content_refused, country_stopped, look_at
FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_of_accounts RENAME TO receipts;
CREATE INDEX receipts_to_look_at ON receipts (look_at) WHERE settled_at IS NULL AND look_at IS NOT NULL;

-- When a human last resumed a sender, for the workers that hold it.
CREATE TABLE sender_resumes (
    org_id          INTEGER NOT NULL,
    sender          TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (org_id, sender)
);
