-- Facts know no list of channels any more: the live addresses stand in one column, and which of them is shared is computed
-- with the other facts. A channel more or less is then no change of the schema. SQLite cannot change a stored generated
-- column, so the table is made anew; what was computed for the four channels of before is taken over.
ALTER TABLE customer_facts RENAME TO customer_facts_before;
DROP INDEX customer_facts_by_org;

CREATE TABLE customer_facts (
    customer_id       INTEGER   PRIMARY KEY,
    org_id            INTEGER  NOT NULL,
    orders_count      INTEGER   NOT NULL DEFAULT 0,
    revenue           INTEGER   NOT NULL DEFAULT 0,
    category_mask     INTEGER   NOT NULL DEFAULT 0,
    tag_mask          INTEGER   NOT NULL DEFAULT 0,
    restaurant_mask   INTEGER   NOT NULL DEFAULT 0,
    -- Bits of bellhop-domain's Channel.
    live_mask         INTEGER   NOT NULL DEFAULT 0,
    consent_mask      INTEGER   NOT NULL DEFAULT 0,
    -- The mark on any card with one of this customer's phones.
    blacklisted       BOOLEAN  NOT NULL DEFAULT FALSE,
    -- Whether one of the live endpoints below is another card's too.
    shares_endpoint   BOOLEAN  NOT NULL DEFAULT FALSE,
    -- Where the guest is reached: the channels with consent and a live endpoint, or -1 blacklisted, -2 no consent,
    -- -3 no live endpoint.
    reach             INTEGER NOT NULL GENERATED ALWAYS AS (
        CASE WHEN blacklisted THEN -1 WHEN consent_mask = 0 THEN -2 WHEN (consent_mask & live_mask) = 0 THEN -3
             ELSE consent_mask & live_mask END) STORED,
    first_at          INTEGER,
    last_at           INTEGER,
    -- R of PRODUCT.md §2, by the organisation's present threshold.
    returned_at       INTEGER,
    -- The address on the first of the channels of reach, in the default order, if another card has one of the live ones too.
    shared_endpoint   INTEGER,
    home_restaurant_id INTEGER,
    -- The live endpoint to use per channel, the one registered last: JSON, [[kind, endpoint], …].
    live_endpoints    TEXT     NOT NULL DEFAULT '[]'
);

INSERT INTO customer_facts (customer_id, org_id, orders_count, revenue, category_mask, tag_mask, restaurant_mask, live_mask,
    consent_mask, blacklisted, shares_endpoint, live_endpoints, first_at, last_at, returned_at, shared_endpoint,
    home_restaurant_id)
SELECT customer_id, org_id, orders_count, revenue, category_mask, tag_mask, restaurant_mask, live_mask,
    consent_mask, blacklisted, shares_endpoint,
    '[' || ltrim(COALESCE(',[' || push_kind || ',' || push_endpoint || ']', '')
        || COALESCE(',[3,' || web_push_endpoint || ']', '') || COALESCE(',[5,' || whatsapp_endpoint || ']', '')
        || COALESCE(',[4,' || phone_endpoint || ']', ''), ',') || ']',
    first_at, last_at, returned_at, shared_endpoint, home_restaurant_id
FROM customer_facts_before;

DROP TABLE customer_facts_before;
CREATE INDEX customer_facts_by_org ON customer_facts (org_id, customer_id);
