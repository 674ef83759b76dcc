-- What comes from providers: receipts, guests' messages, and what is not understood.

-- Delivery reports as they came, and whether they have found their attempt yet.
CREATE TABLE receipts (
    org_id          INTEGER  NOT NULL,
    kind            INTEGER  NOT NULL,
    -- The senders of the account that it came from, each ended by a line feed: another account may give a message the same
    -- id. Empty: the reference is our own key.
    senders         TEXT     NOT NULL,
    -- The provider's id of the message, or our own attempt's key with a leading '#'.
    reference       TEXT     NOT NULL,
    -- What the attempt comes to by it: bellhop_domain::AttemptState.
    status          INTEGER  NOT NULL,
    -- When it happened, by the provider; and when we heard of it.
    at              INTEGER  NOT NULL,
    came_at         INTEGER  NOT NULL,
    -- The attempt's own key, where the reference is one.
    message_id      INTEGER,
    lease           INTEGER,
    cost            INTEGER,
    -- The address is dead.
    gone            BOOLEAN  NOT NULL,
    -- The provider refuses the content for everybody.
    content_refused BOOLEAN  NOT NULL,
    -- The sender may not send to the address's country.
    country_stopped BOOLEAN  NOT NULL,
    -- The provider's rules say to send the message again: not before so long, so often at most.
    again_after_ms  INTEGER,
    again_times     INTEGER ,
    -- Set when its attempt was found.
    settled_at      INTEGER,
    -- When the attempt is next looked for, at once at first. NULL: it was given up.
    look_at         INTEGER  DEFAULT 0,
    reason          TEXT,
    PRIMARY KEY (org_id, kind, senders, reference, status, at)
);
-- Whose attempt is to be looked for by now?
CREATE INDEX receipts_to_look_at ON receipts (look_at) WHERE settled_at IS NULL AND look_at IS NOT NULL;

-- One guest's address with one of our senders.
CREATE TABLE conversations (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    sender          TEXT     NOT NULL,
    endpoint_id     INTEGER  NOT NULL REFERENCES endpoints,
    -- The profile's, as the guest last had it.
    name            TEXT,
    -- WhatsApp's window of 24 hours counts from it.
    last_inbound_at INTEGER  NOT NULL,
    started_at      INTEGER  NOT NULL,
    UNIQUE (endpoint_id, sender)
);
-- Which conversations has the organisation, by the guests' latest words?
CREATE INDEX conversations_by_org ON conversations (org_id, last_inbound_at);

CREATE TABLE inbound_messages (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    conversation_id INTEGER  NOT NULL REFERENCES conversations,
    -- Whom it was sent to: two bots, or two gateways, may give one id.
    sender          TEXT     NOT NULL,
    kind            INTEGER  NOT NULL,
    -- The provider's id: the same message told twice is one.
    provider_id     TEXT     NOT NULL,
    -- When the guest sent it, and when we heard of it.
    at              INTEGER  NOT NULL,
    came_at         INTEGER  NOT NULL,
    -- JSON of bellhop_domain::InboundContent.
    content         TEXT     NOT NULL,
    -- Its words, where it is a message of its own and has any.
    words           TEXT,
    -- The provider's id of the message that it answers, changes or takes back.
    answers         TEXT,
    UNIQUE (org_id, sender, kind, provider_id)
);
-- What was said in this conversation?
CREATE INDEX inbound_messages_by_conversation ON inbound_messages (conversation_id, at);

-- Calls of a kind that this version does not know, as they came.
CREATE TABLE provider_events (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    at              INTEGER  NOT NULL,
    -- In the provider's words.
    kind            TEXT     NOT NULL,
    body            TEXT     NOT NULL
);
-- What has this sender's provider told that was not understood?
CREATE INDEX provider_events_by_sender ON provider_events (org_id, sender, at);
-- What is too old to be kept?
CREATE INDEX provider_events_by_time ON provider_events (at);
