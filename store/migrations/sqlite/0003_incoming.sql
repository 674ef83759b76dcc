-- What comes from providers beside receipts: guests' messages, senders' health, and what is not understood.

-- One guest's address with one of our senders.
CREATE TABLE conversations (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    sender          TEXT     NOT NULL,
    endpoint_id     INTEGER   NOT NULL REFERENCES endpoints,
    -- The profile's name, as the guest last had it.
    name            TEXT,
    -- WhatsApp's window of 24 hours counts from it.
    last_inbound_at INTEGER   NOT NULL,
    started_at      INTEGER   NOT NULL,
    UNIQUE (endpoint_id, sender)
);
CREATE INDEX conversations_by_org ON conversations (org_id, last_inbound_at);

CREATE TABLE inbound_messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    kind            INTEGER NOT NULL,
    -- The provider's id: the same message told twice is one.
    provider_id     TEXT     NOT NULL,
    conversation_id INTEGER   NOT NULL REFERENCES conversations,
    -- When the guest sent it, and when we heard of it.
    at              INTEGER   NOT NULL,
    came_at         INTEGER   NOT NULL,
    -- JSON of bellhop-domain's InboundContent.
    content         TEXT     NOT NULL,
    -- Its words, where it has any.
    words           TEXT,
    -- The provider's id of the message it answers.
    answers         TEXT,
    UNIQUE (org_id, kind, provider_id)
);
CREATE INDEX inbound_messages_by_conversation ON inbound_messages (conversation_id, at);

-- How senders do, by their providers' latest word.
CREATE TABLE sender_health (
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    -- 1 working, 2 degraded, 3 stopped
    state           INTEGER NOT NULL,
    why             TEXT     NOT NULL,
    -- Since when it has been in this state, and when that was last said.
    since           INTEGER   NOT NULL,
    at              INTEGER   NOT NULL,
    PRIMARY KEY (org_id, sender)
);

-- Calls of a kind that this version does not know, as they came.
CREATE TABLE provider_events (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    at              INTEGER   NOT NULL,
    kind            TEXT     NOT NULL,
    body            TEXT     NOT NULL
);
CREATE INDEX provider_events_by_sender ON provider_events (org_id, sender, at);
