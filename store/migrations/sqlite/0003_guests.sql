-- Guests: their cards, what is written on them, and the addresses at which they are reached.

CREATE TABLE restaurants (
    id                 INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id             INTEGER  NOT NULL REFERENCES organisations,
    -- 1, 2, 3… within the organisation; the first 63 have a bit in customer_facts.restaurant_mask.
    ordinal            INTEGER  NOT NULL,
    name               TEXT     NOT NULL,
    timezone           TEXT     NOT NULL,
    -- Whether somebody has said the time zone; else it is the organisation's of when the restaurant was first heard of.
    timezone_confirmed BOOLEAN  NOT NULL DEFAULT FALSE,
    UNIQUE (org_id, name),
    UNIQUE (org_id, ordinal)
);

-- A guest's card. Two cards may be of one person, who is known by an address that both have.
CREATE TABLE customers (
    id               INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id           INTEGER  NOT NULL REFERENCES organisations,
    -- The brand's own id.
    external_id      TEXT     NOT NULL,
    name             TEXT,
    email            TEXT,
    -- YYYY-MM-DD; and of it month × 100 + day, for whoever asks who has one today.
    birthday         TEXT,
    birth_month_day  INTEGER ,
    locale           TEXT,
    timezone         TEXT,
    -- Where the guest is at home, if the brand has said so.
    restaurant_id    INTEGER  REFERENCES restaurants,
    -- For staff only.
    comment          TEXT,
    registered_at    INTEGER,
    blacklisted_at   INTEGER,
    blacklist_reason TEXT,
    blacklisted_by   TEXT,
    UNIQUE (org_id, external_id)
);
-- Which cards are blacklisted? Their phones are forbidden on other cards too.
CREATE INDEX customers_blacklisted ON customers (org_id) WHERE blacklisted_at IS NOT NULL;

-- What else the brand has written on a card.
CREATE TABLE customer_attributes (
    org_id          INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL REFERENCES customers,
    key             TEXT     NOT NULL,
    value           TEXT     NOT NULL,
    PRIMARY KEY (customer_id, key)
);
-- Whose attribute has this value? And: which keys are there?
CREATE INDEX customer_attributes_by_value ON customer_attributes (org_id, key, value, customer_id);

CREATE TABLE tags (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- 1, 2, 3… within the organisation; the first 63 have a bit in customer_facts.tag_mask.
    ordinal         INTEGER  NOT NULL,
    name            TEXT     NOT NULL,
    UNIQUE (org_id, name),
    UNIQUE (org_id, ordinal)
);

CREATE TABLE customer_tags (
    tag_id          INTEGER  NOT NULL REFERENCES tags,
    customer_id     INTEGER  NOT NULL REFERENCES customers,
    -- Who says that the guest has the tag: a set of bits (bellhop_domain::TagSource), never empty.
    sources         INTEGER  NOT NULL CHECK (sources > 0),
    PRIMARY KEY (tag_id, customer_id)
);
-- Which tags has this guest?
CREATE INDEX customer_tags_by_customer ON customer_tags (customer_id);

-- One address of one kind. Two cards with one phone share its row.
CREATE TABLE endpoints (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- bellhop_domain::EndpointKind.
    kind            INTEGER  NOT NULL,
    -- In the one form of its kind (bellhop_domain::address).
    address         TEXT     NOT NULL,
    -- 1 active, 2 muted (permission off), 3 dead; since when, and why.
    state           INTEGER  NOT NULL DEFAULT 1,
    state_since     INTEGER  NOT NULL,
    reason          TEXT,
    -- Of a guest's live addresses of one kind the one registered last is used.
    registered_at   INTEGER  NOT NULL,
    UNIQUE (org_id, kind, address)
);
-- The unique index answers here, as it sorts by bytes: whose is this browser? A subscription is found by its URL, which its
-- address begins with.

-- Which cards have which addresses.
CREATE TABLE customer_endpoints (
    customer_id     INTEGER  NOT NULL REFERENCES customers,
    endpoint_id     INTEGER  NOT NULL REFERENCES endpoints,
    PRIMARY KEY (customer_id, endpoint_id)
);
-- Whose is this address?
CREATE INDEX customer_endpoints_by_endpoint ON customer_endpoints (endpoint_id);

-- Addresses of one person, by a provider's word: a hidden id and the phone behind it. Each pair stands here both ways.
CREATE TABLE address_aliases (
    org_id          INTEGER  NOT NULL,
    -- bellhop_domain::Space.
    space           INTEGER  NOT NULL,
    address         TEXT     NOT NULL,
    other           TEXT     NOT NULL,
    PRIMARY KEY (org_id, space, address, other)
);

-- Numbers that a guest has given up: whoever has one now is somebody else, whatever an old card says.
CREATE TABLE given_up_endpoints (
    org_id          INTEGER  NOT NULL,
    endpoint_id     INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    PRIMARY KEY (endpoint_id, customer_id)
);
-- Has the organisation any? Most have none, and then nobody looks further.
CREATE INDEX given_up_endpoints_by_org ON given_up_endpoints (org_id);
