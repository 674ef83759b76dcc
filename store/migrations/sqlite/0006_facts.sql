-- What the audience, the planner and the claim ask of a guest, computed from cards, orders and words: one row per guest, kept
-- true in the transaction that changes its sources, or before the next read (stale_customers).

-- What is counted of orders is of all orders that count: it answers for an instant t where last_at < t, and the orders
-- themselves where not. Columns that are never NULL come first: a scan finds them at a fixed place of the row.
CREATE TABLE customer_facts (
    customer_id        INTEGER  PRIMARY KEY,
    org_id             INTEGER  NOT NULL,
    orders_count       INTEGER  NOT NULL DEFAULT 0,
    revenue            INTEGER  NOT NULL DEFAULT 0,
    -- Bits by the ordinals of categories, tags and restaurants.
    category_mask      INTEGER  NOT NULL DEFAULT 0,
    tag_mask           INTEGER  NOT NULL DEFAULT 0,
    restaurant_mask    INTEGER  NOT NULL DEFAULT 0,
    -- Bits of bellhop_domain::Channel: those with a live address, and those with consent to marketing that no address stops.
    live_mask          INTEGER  NOT NULL DEFAULT 0,
    consent_mask       INTEGER  NOT NULL DEFAULT 0,
    -- Those on which the guest has switched notifications off, by words about the card and its addresses.
    silenced_mask      INTEGER  NOT NULL DEFAULT 0,
    -- The mark on any card with one of this guest's phones.
    blacklisted        BOOLEAN  NOT NULL DEFAULT FALSE,
    -- Whether one of the live addresses below is another card's too.
    shares_endpoint    BOOLEAN  NOT NULL DEFAULT FALSE,
    -- Where the guest is reached: the channels with consent and a live address, or -1 blacklisted, -2 no consent,
    -- -3 no live address.
    reach              INTEGER  NOT NULL GENERATED ALWAYS AS (
        CASE WHEN blacklisted THEN -1 WHEN consent_mask = 0 THEN -2 WHEN (consent_mask & live_mask) = 0 THEN -3
             ELSE consent_mask & live_mask END) STORED,
    -- JSON, [[kind, endpoint], …]: the live address to use per channel, the one registered last.
    live_endpoints     TEXT     NOT NULL DEFAULT '[]',
    -- Of the first and the last order.
    first_at           INTEGER,
    last_at            INTEGER,
    -- R of PRODUCT.md §2, by the organisation's present threshold.
    returned_at        INTEGER,
    -- The address on the first of the channels of reach, in the default order, if another card has one of the live ones too.
    shared_endpoint    INTEGER,
    home_restaurant_id INTEGER
);
-- Which guests of the organisation are in this range of ids? Plans, counts and lists go through it in pages.
CREATE INDEX customer_facts_by_org ON customer_facts (org_id, customer_id);

-- Guests whose facts must be computed anew before they are read.
CREATE TABLE stale_customers (
    customer_id     INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL
);
