-- What brands tell of guests as it happens (bellhop_domain::event), and what is known of guests by it.

CREATE TABLE events (
    -- The event's number: drawn before the row is written, in the order in which events are told.
    number          INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    -- The brand's own id, by which a repeat is recognised; NULL of what Bellhop makes.
    event_id        TEXT,
    -- 64 bits of the SHA-256 of what it says: whether the same id says the same again.
    body_hash       INTEGER,
    -- bellhop_domain::event::EventKind.
    kind            INTEGER  NOT NULL,
    -- Which custom event.
    name            TEXT,
    customer_id     INTEGER  NOT NULL,
    -- When it happened, and when it was told.
    at              INTEGER  NOT NULL,
    came_at         INTEGER  NOT NULL,
    -- FALSE: it told nothing new of an order, so nothing follows from it.
    is_news         BOOLEAN  NOT NULL,
    -- JSON by the kind's schema.
    data            TEXT     NOT NULL,
    UNIQUE (org_id, event_id)
);
-- Which have had their time?
CREATE INDEX events_by_time ON events (org_id, came_at);
-- What has happened to this guest?
CREATE INDEX events_by_customer ON events (customer_id, at);

-- A guest's cart as it was last told of; an empty one has no items.
CREATE TABLE carts (
    customer_id     INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    changed_at      INTEGER  NOT NULL,
    total           INTEGER  NOT NULL,
    -- JSON, as the event has it.
    cart            TEXT     NOT NULL
);

-- A guest's bonuses in the brand's own system, as last told of.
CREATE TABLE reported_bonuses (
    customer_id     INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    balance         INTEGER  NOT NULL,
    -- As of when the balance is known, and when it burns.
    balance_at      INTEGER  NOT NULL,
    burns_at        INTEGER  NOT NULL,
    -- JSON, [{"amount": "50", "at": "2026-12-01T00:00:00Z"}, …], the soonest first.
    burns           TEXT     NOT NULL,
    -- The instant of the first of them.
    next_burn_at    INTEGER 
);
-- Whose bonuses burn in this period?
CREATE INDEX reported_bonuses_by_burn ON reported_bonuses (org_id, next_burn_at) WHERE next_burn_at IS NOT NULL;

CREATE TABLE reviews (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL,
    -- The brand's own id of the order, if it is about one: of several about one order the latest stands.
    order_external_id TEXT,
    left_at         INTEGER  NOT NULL,
    stars           INTEGER  NOT NULL,
    words           TEXT,
    -- JSON, a list of addresses.
    photos          TEXT     NOT NULL,
    source          TEXT,
    UNIQUE (org_id, order_external_id)
);
CREATE INDEX reviews_by_customer ON reviews (customer_id);

-- Who has come by whose invitation; the first counts.
CREATE TABLE referrals (
    customer_id     INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    inviter_id      INTEGER  NOT NULL,
    code            TEXT,
    joined_at       INTEGER  NOT NULL,
    -- The newcomer's first order, once it is delivered: the inviter has been told of it.
    order_id        INTEGER 
);
-- Whom has this guest invited?
CREATE INDEX referrals_by_inviter ON referrals (inviter_id);

-- A program of before would take orders and tell nobody what they became.
INSERT INTO schema_marks (number, additive, works_with) VALUES (13, FALSE, 13);
