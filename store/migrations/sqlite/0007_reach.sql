-- What keeps marketing from reaching a guest at night, too often, or from a number that is too new.

-- The time zone of the batch's guests, where quiet hours may hold it, and since when it is to be asked again whether they
-- do: it is not leased from then on. NULL: they concern it not.
ALTER TABLE batches ADD COLUMN zone TEXT;
ALTER TABLE batches ADD COLUMN quiet_from INTEGER;
-- Held by quiet hours, until then.
ALTER TABLE batches ADD COLUMN waits_until INTEGER;
-- What waits for the morning costs nobody who looks for work anything.
DROP INDEX batches_ready;
CREATE INDEX batches_ready ON batches (kind, lane, run_id, id)
    WHERE published_at IS NULL AND done_at IS NULL AND waits_until IS NULL;
CREATE INDEX batches_waiting ON batches (waits_until) WHERE waits_until IS NOT NULL AND done_at IS NULL;

-- When a message that a frequency cap suppressed could have gone.
ALTER TABLE messages ADD COLUMN next_possible_at INTEGER;

-- The marketing messages that a guest has lately got, or is about to get.
CREATE TABLE guest_marketing (
    customer_id     BIGINT PRIMARY KEY,
    org_id          INTEGER NOT NULL,
    -- Moves on with every write, so that two who decide at the same time do not both write.
    turn            INTEGER NOT NULL,
    -- JSON: [[message, instant], …]
    messages        TEXT    NOT NULL
);

-- How far a new number is: its day, from 0, and when that began.
CREATE TABLE sender_warm_ups (
    org_id          INTEGER NOT NULL,
    sender          TEXT    NOT NULL,
    day             INTEGER NOT NULL,
    since           INTEGER  NOT NULL,
    PRIMARY KEY (org_id, sender)
);
-- Numbers that have been at work are no new ones.
INSERT INTO sender_warm_ups (org_id, sender, day, since)
SELECT org_id, sender, 10000, 0 FROM attempts WHERE kind = 5
UNION
SELECT org_id, sender, 10000, 0 FROM conversations;
