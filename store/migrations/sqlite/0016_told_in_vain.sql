-- What providers tell and nobody asks for has an end.

-- When the attempt of an unsettled receipt is next looked for. NULL: it was given up.
ALTER TABLE receipts ADD COLUMN look_at BIGINT DEFAULT 0;
DROP INDEX IF EXISTS receipts_unsettled;
CREATE INDEX receipts_to_look_at ON receipts (look_at) WHERE settled_at IS NULL AND look_at IS NOT NULL;

CREATE INDEX provider_events_by_time ON provider_events (at);

-- Those in doubt are few of those that wait. A sent message's update touches it no more than the others.
CREATE INDEX messages_in_doubt ON messages (run_id, due_at) WHERE due_at IS NOT NULL AND waiting_for = 3;
