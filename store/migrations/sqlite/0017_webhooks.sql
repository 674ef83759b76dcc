-- Outgoing webhooks: other systems are told of what has happened, by Standard Webhooks (docs/webhooks.md).

CREATE TABLE webhooks (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    name            TEXT     NOT NULL,
    url             TEXT     NOT NULL,
    -- JSON: the names of the kinds that it wants (bellhop_domain::webhook::WebhookKind).
    kinds           TEXT     NOT NULL,
    enabled         BOOLEAN  NOT NULL,
    -- Sealed, as senders' secrets are. During a rotation both sign, until old_until.
    secret          TEXT     NOT NULL,
    old_secret      TEXT,
    old_until       INTEGER,
    -- It is told of what happens from then on.
    created_at      INTEGER  NOT NULL
);
-- Which webhooks has the organisation?
CREATE INDEX webhooks_by_org ON webhooks (org_id, id);

-- What a webhook is told, once for each notice of the outbox.
CREATE TABLE webhook_deliveries (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    webhook_id      INTEGER  NOT NULL REFERENCES webhooks,
    org_id          INTEGER  NOT NULL,
    -- The number of the notice.
    notice          INTEGER  NOT NULL,
    -- The header webhook-id: drawn at random, the same in every try.
    public_id       TEXT     NOT NULL,
    -- What it is about: of one subject, a later one waits for the earlier.
    subject         TEXT     NOT NULL,
    kind            TEXT     NOT NULL,
    -- JSON, as it is sent; and whose it is, so that an erasure finds it.
    body            TEXT     NOT NULL,
    customer_id     INTEGER,
    -- 1 waiting, 2 delivered, 3 dead (store::webhooks::DeliveryState).
    state           INTEGER  NOT NULL,
    -- Tries since began_at. Whoever takes it counts one, and an answer counts only under the number with which it was asked for.
    tries           INTEGER  NOT NULL DEFAULT 0,
    created_at      INTEGER  NOT NULL,
    -- A day of tries begins: when it was created, or replayed.
    began_at        INTEGER  NOT NULL,
    -- When it is tried next; while it is being tried, when it is believed that nobody is any more.
    next_at         INTEGER  NOT NULL,
    ended_at        INTEGER,
    -- The latest answer: its status, if there was one, and a few words.
    last_status     INTEGER,
    last_words      TEXT
);
-- Has this notice been told? What was this webhook told, the latest first?
CREATE UNIQUE INDEX webhook_deliveries_by_notice ON webhook_deliveries (webhook_id, notice);
-- What is due?
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at) WHERE state = 1;
-- Does an earlier one of this subject wait?
CREATE INDEX webhook_deliveries_by_subject ON webhook_deliveries (webhook_id, subject, id) WHERE state = 1;
-- Which are dead?
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (webhook_id, id) WHERE state = 3;
-- What was told of this guest?
CREATE INDEX webhook_deliveries_by_customer ON webhook_deliveries (customer_id) WHERE customer_id IS NOT NULL;
-- What has had its time?
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (org_id, began_at);

-- Of what somebody outside wants to be told: what only webhooks read is written for these organisations alone.
CREATE TABLE outbox_wants (
    org_id          INTEGER  NOT NULL,
    kind            TEXT     NOT NULL,
    PRIMARY KEY (org_id, kind)
);

-- Messages whose states somebody outside wants to know. They are looked at again and again, at growing distances, so that
-- whoever changes a message has nothing to do with it.
CREATE TABLE watched_messages (
    message_id      INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    -- Of a program's: which, by which firing, and what it grants (JSON).
    program_id      INTEGER,
    firing_id       INTEGER,
    granted         TEXT,
    -- The state that was told last; 0: none. NULL: nobody has looked yet.
    told            INTEGER,
    made_at         INTEGER  NOT NULL,
    look_at         INTEGER  NOT NULL
);
-- Which are to be looked at?
CREATE INDEX watched_messages_due ON watched_messages (look_at);

INSERT INTO schema_marks (number, additive, works_with) VALUES (17, TRUE, 16);
