-- What a run's messages are for, and where they come from: until now both were inferred from the lane.

-- 1 marketing, 2 a notification, 3 a reply: the numbers of consent_words.purpose.
ALTER TABLE runs ADD COLUMN purpose INTEGER NOT NULL DEFAULT 1;
-- 1 an audience, 2 a program, 3 a request of the API, 4 an operator.
ALTER TABLE runs ADD COLUMN origin INTEGER NOT NULL DEFAULT 1;
UPDATE runs SET purpose = 2, origin = 3 WHERE lane = 1;

-- Whether its address gets one message of the run at most. What is asked for message by message gets as many as are asked for.
ALTER TABLE messages ADD COLUMN once_per_address BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE messages SET once_per_address = FALSE WHERE expires_at IS NOT NULL;
DROP INDEX messages_by_endpoint;
CREATE UNIQUE INDEX messages_by_endpoint ON messages
    (run_id, (CASE WHEN once_per_address THEN endpoint_id ELSE id END));
