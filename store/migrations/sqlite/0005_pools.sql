-- Several senders of one kind form a pool.

-- The number that the batch's guests know from a conversation: theirs alone, unless it is stopped. NULL: any of the pool.
ALTER TABLE batches ADD COLUMN number TEXT;

-- What a limiter that lost its memory is told. Only where limits are small enough to be remembered one by one; a push pays
-- nothing for it.
CREATE INDEX attempts_by_sender ON attempts (org_id, sender, started_at) WHERE kind >= 4;
