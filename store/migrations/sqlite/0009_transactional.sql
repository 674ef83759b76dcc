-- Messages that are asked for one by one: login codes, the states of an order.

-- Of a transactional message the end of its own life; the others have their run's.
ALTER TABLE messages ADD COLUMN expires_at BIGINT;
-- An address gets one message of a mailing, and of a transactional one as many as are asked for.
DROP INDEX messages_by_endpoint;
CREATE UNIQUE INDEX messages_by_endpoint ON messages
    (run_id, (CASE WHEN expires_at IS NULL THEN endpoint_id ELSE id END));

CREATE TABLE message_requests (
    message_id      BIGINT  PRIMARY KEY,
    org_id          INTEGER NOT NULL,
    mailing_id      BIGINT  NOT NULL,
    -- The caller's own id: asked for twice, a message goes once.
    request_id      TEXT    NOT NULL,
    -- Whom the caller named.
    recipient       TEXT    NOT NULL,
    -- What its texts say, as JSON; forgotten some time after the message's life.
    given           TEXT,
    forget_at       BIGINT  NOT NULL
);
CREATE UNIQUE INDEX message_requests_by_caller ON message_requests (mailing_id, request_id);
CREATE INDEX message_requests_to_forget ON message_requests (forget_at) WHERE given IS NOT NULL;
