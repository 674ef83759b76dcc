-- Whose a task, and whose a receipt is.

-- Which installation this database is: its tasks bear the id, so that no other installation on the same broker obeys them.
CREATE TABLE installation (
    one             BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    -- 32 hexadecimal digits, drawn when the database was created.
    id              TEXT    NOT NULL
);
INSERT INTO installation (id) VALUES (replace(gen_random_uuid()::text, '-', ''));

-- A provider's ids are its own: another account may give the same one, and the same account may give it again. The column holds
-- the senders of the account that it came from, each ended by a line feed. Empty: by our own key, or of before.
ALTER TABLE receipts ADD COLUMN senders TEXT NOT NULL DEFAULT '';
ALTER TABLE receipts DROP CONSTRAINT receipts_pkey;
ALTER TABLE receipts ADD PRIMARY KEY (org_id, kind, senders, reference, status, at);

-- When a human last resumed a sender, for the workers that hold it.
CREATE TABLE sender_resumes (
    org_id          INTEGER NOT NULL,
    sender          TEXT    NOT NULL,
    at              BIGINT  NOT NULL,
    PRIMARY KEY (org_id, sender)
);
