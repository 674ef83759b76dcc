-- A guest's messages, the newest first.

-- When a message was asked for that was made after its run began. NULL: with its run, as all of an audience are.
ALTER TABLE messages ADD COLUMN made_at INTEGER;
-- Which messages has this guest?
CREATE INDEX messages_by_guest ON messages (customer_id, id) WHERE customer_id IS NOT NULL;

INSERT INTO schema_marks (number, additive, works_with) VALUES (22, TRUE, 21);
