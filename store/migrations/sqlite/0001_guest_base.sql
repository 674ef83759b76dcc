-- The guest base. Instants are milliseconds since the epoch, UTC; money is in ten-thousandths of the
-- organisation's currency; small enumerations are the numbers of bellhop-domain.

CREATE TABLE organisations (
    id              INTEGER PRIMARY KEY,
    slug            TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    currency        TEXT    NOT NULL,
    timezone        TEXT    NOT NULL,
    -- JSON: retention thresholds, attribution window, …; the row follows the configuration.
    settings        TEXT    NOT NULL
);

CREATE TABLE api_keys (
    -- SHA-256 of the key; the key itself is shown once and kept nowhere.
    key_hash        TEXT    PRIMARY KEY,
    org_id          INTEGER NOT NULL REFERENCES organisations,
    name            TEXT    NOT NULL,
    scopes          TEXT    NOT NULL,
    created_at      INTEGER  NOT NULL,
    revoked_at      INTEGER
);

CREATE TABLE restaurants (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL REFERENCES organisations,
    -- 1, 2, 3… within the organisation; the first 63 have a bit in customer_facts.restaurant_mask.
    ordinal         INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    timezone        TEXT    NOT NULL,
    UNIQUE (org_id, name),
    UNIQUE (org_id, ordinal)
);

CREATE TABLE customers (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id           INTEGER NOT NULL REFERENCES organisations,
    external_id      TEXT    NOT NULL,
    name             TEXT,
    email            TEXT,
    birthday         TEXT,          -- YYYY-MM-DD
    birth_month_day  INTEGER,      -- month * 100 + day
    locale           TEXT,
    timezone         TEXT,
    restaurant_id    INTEGER REFERENCES restaurants,
    comment          TEXT,          -- for staff only
    registered_at    INTEGER,
    blacklisted_at   INTEGER,
    blacklist_reason TEXT,
    blacklisted_by   TEXT,
    UNIQUE (org_id, external_id)
);
CREATE INDEX customers_blacklisted ON customers (org_id) WHERE blacklisted_at IS NOT NULL;

CREATE TABLE customer_attributes (
    org_id          INTEGER NOT NULL,
    customer_id     INTEGER  NOT NULL REFERENCES customers,
    key             TEXT    NOT NULL,
    value           TEXT    NOT NULL,
    PRIMARY KEY (customer_id, key)
);
CREATE INDEX customer_attributes_by_value ON customer_attributes (org_id, key, value, customer_id);

CREATE TABLE tags (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL REFERENCES organisations,
    -- 1, 2, 3… within the organisation; the first 63 have a bit in customer_facts.tag_mask.
    ordinal         INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    UNIQUE (org_id, name),
    UNIQUE (org_id, ordinal)
);

CREATE TABLE customer_tags (
    tag_id          INTEGER  NOT NULL REFERENCES tags,
    customer_id     INTEGER  NOT NULL REFERENCES customers,
    PRIMARY KEY (tag_id, customer_id)
);
CREATE INDEX customer_tags_by_customer ON customer_tags (customer_id);

-- One address of one kind. Two cards with one phone share its row.
CREATE TABLE endpoints (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    kind            INTEGER NOT NULL,
    address         TEXT     NOT NULL,
    -- 1 active, 2 muted (permission off), 3 dead
    state           INTEGER NOT NULL DEFAULT 1,
    state_since     INTEGER   NOT NULL,
    reason          TEXT,
    registered_at   INTEGER   NOT NULL,
    UNIQUE (org_id, kind, address)
);

CREATE TABLE customer_endpoints (
    customer_id     INTEGER  NOT NULL REFERENCES customers,
    endpoint_id     INTEGER  NOT NULL REFERENCES endpoints,
    PRIMARY KEY (customer_id, endpoint_id)
);
CREATE INDEX customer_endpoints_by_endpoint ON customer_endpoints (endpoint_id);

-- The latest word per channel and purpose, with when and how (PRODUCT.md §10).
CREATE TABLE consents (
    org_id          INTEGER  NOT NULL,
    customer_id     INTEGER   NOT NULL REFERENCES customers,
    channel         INTEGER NOT NULL,
    -- 1 marketing, 2 notifications
    purpose         INTEGER NOT NULL,
    given           BOOLEAN  NOT NULL,
    at              INTEGER   NOT NULL,
    how             TEXT     NOT NULL,
    PRIMARY KEY (customer_id, channel, purpose)
);

CREATE TABLE orders (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    external_id     TEXT     NOT NULL,
    customer_id     INTEGER   NOT NULL,
    restaurant_id   INTEGER,
    placed_at       INTEGER   NOT NULL,
    status          INTEGER NOT NULL,
    total           INTEGER   NOT NULL,
    delivery        TEXT,
    source          TEXT,
    promo           TEXT,
    UNIQUE (org_id, external_id)
);
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, status, total);
CREATE INDEX orders_by_time ON orders (org_id, placed_at, customer_id, status, total);
CREATE INDEX orders_by_promo ON orders (org_id, promo, placed_at) WHERE promo IS NOT NULL;

CREATE TABLE dishes (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    UNIQUE (org_id, name)
);

CREATE TABLE categories (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER NOT NULL,
    -- 1, 2, 3… within the organisation; the first 63 have a bit in customer_facts.category_mask.
    ordinal         INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    UNIQUE (org_id, name),
    UNIQUE (org_id, ordinal)
);

CREATE TABLE order_items (
    order_id        INTEGER   NOT NULL,
    position        INTEGER NOT NULL,
    customer_id     INTEGER   NOT NULL,
    dish_id         INTEGER,
    category_id     INTEGER,
    quantity        INTEGER   NOT NULL,
    price           INTEGER   NOT NULL,
    PRIMARY KEY (order_id, position)
);
CREATE INDEX order_items_by_dish ON order_items (dish_id, customer_id, order_id, category_id);
CREATE INDEX order_items_by_category ON order_items (category_id, customer_id, order_id, dish_id);

-- What the audience, the planner and the claim ask of a guest, kept true in the transaction that changes its
-- sources (or before the next read, through stale_customers). Order facts are of all orders that count:
-- they answer for an instant t where last_at < t, and the raw orders where not.
-- Columns that are never NULL come first: a scan finds them at a fixed place of the row.
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
    -- Whether one of the chosen endpoints below is another card's too.
    shares_endpoint   BOOLEAN  NOT NULL DEFAULT FALSE,
    -- Where the guest is reached: the channels with consent and a live endpoint, or -1 blacklisted, -2 no consent,
    -- -3 no live endpoint.
    reach             INTEGER NOT NULL GENERATED ALWAYS AS (
        CASE WHEN blacklisted THEN -1 WHEN (consent_mask & 15) = 0 THEN -2 WHEN (consent_mask & live_mask & 15) = 0 THEN -3
             ELSE consent_mask & live_mask & 15 END) STORED,
    first_at          INTEGER,
    last_at           INTEGER,
    -- R of PRODUCT.md §2, by the organisation's present threshold.
    returned_at       INTEGER,
    -- The address on the first of these channels, in the default order, if another card has it too.
    shared_endpoint   INTEGER GENERATED ALWAYS AS (
        CASE WHEN shares_endpoint AND NOT blacklisted THEN
            CASE WHEN (consent_mask & live_mask & 1) <> 0 THEN push_endpoint
                 WHEN (consent_mask & live_mask & 2) <> 0 THEN web_push_endpoint
                 WHEN (consent_mask & live_mask & 4) <> 0 THEN whatsapp_endpoint
                 WHEN (consent_mask & live_mask & 8) <> 0 THEN phone_endpoint END END) STORED,
    home_restaurant_id INTEGER,
    -- The live endpoint to use per channel: the one registered last.
    push_endpoint     INTEGER,
    push_kind         INTEGER,
    web_push_endpoint INTEGER,
    whatsapp_endpoint INTEGER,
    phone_endpoint    INTEGER
);
CREATE INDEX customer_facts_by_org ON customer_facts (org_id, customer_id);

-- Customers whose facts must be computed anew before they are read.
CREATE TABLE stale_customers (
    customer_id     INTEGER  PRIMARY KEY,
    org_id          INTEGER NOT NULL
);
