-- What a delivery report asks for beside the state that it tells of.

-- The provider's rules say to send the message again: not before so long, so often at most.
ALTER TABLE receipts ADD COLUMN again_after_ms BIGINT;
ALTER TABLE receipts ADD COLUMN again_times SMALLINT;

-- Finished runs whose messages may still be wanted once more.
CREATE INDEX runs_finished_lately ON runs (expires_at) WHERE finished_at IS NOT NULL;
