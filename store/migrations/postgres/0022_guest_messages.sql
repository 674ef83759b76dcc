-- A guest's messages, the newest first.

-- When a message was asked for that was made after its run began. NULL: with its run, as all of an audience are.
ALTER TABLE messages ADD COLUMN made_at BIGINT;
-- Which messages of audiences has this guest? A run is planned in the order of its guests, so a block range index answers by some
-- pages of each run, and costs an insert nothing; docs/scale.md tells what a B-tree would cost.
CREATE INDEX messages_by_guest ON messages USING brin (customer_id) WITH (pages_per_range = 16) WHERE made_at IS NULL;
-- Which others has this guest?
CREATE INDEX messages_by_guest_asked ON messages (customer_id, id) WHERE made_at IS NOT NULL;

INSERT INTO schema_marks (number, additive, works_with) VALUES (22, TRUE, 21);
