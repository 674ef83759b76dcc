-- When the quota has room again that holds the batch back: its portfolio's ceiling of guests. Told by the message's story;
-- held_until says when to ask again, which may be sooner.
ALTER TABLE batches ADD COLUMN quota_until INTEGER;
