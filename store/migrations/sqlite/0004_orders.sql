-- Orders and what was in them.

CREATE TABLE orders (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- The brand's own id.
    external_id     TEXT     NOT NULL,
    -- Without a reference here and below: an import loads orders in bulk, and has found their guests itself.
    customer_id     INTEGER  NOT NULL,
    restaurant_id   INTEGER,
    placed_at       INTEGER  NOT NULL,
    -- bellhop_domain::OrderStatus; a cancelled one counts nowhere.
    status          INTEGER  NOT NULL,
    total           INTEGER  NOT NULL,
    -- How it was delivered, where it came from, and its promo code, in the brand's words.
    delivery        TEXT,
    source          TEXT,
    promo           TEXT,
    UNIQUE (org_id, external_id)
);
-- What has this guest ordered? Answered from the index alone.
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, status, total);
-- Who has ordered in a period? Answered from the index alone.
CREATE INDEX orders_by_time ON orders (org_id, placed_at, customer_id, status, total);
-- Which orders used this promo code since then?
CREATE INDEX orders_by_promo ON orders (org_id, promo, placed_at) WHERE promo IS NOT NULL;

CREATE TABLE dishes (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    name            TEXT     NOT NULL,
    UNIQUE (org_id, name)
);

CREATE TABLE categories (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    -- 1, 2, 3… within the organisation; the first 63 have a bit in customer_facts.category_mask.
    ordinal         INTEGER  NOT NULL,
    name            TEXT     NOT NULL,
    UNIQUE (org_id, name),
    UNIQUE (org_id, ordinal)
);

CREATE TABLE order_items (
    order_id        INTEGER  NOT NULL,
    -- 0, 1, 2… within the order.
    position        INTEGER  NOT NULL,
    -- The order's, so that a question about dishes needs no orders.
    customer_id     INTEGER  NOT NULL,
    dish_id         INTEGER,
    category_id     INTEGER,
    -- Pieces, and the price of one.
    quantity        INTEGER  NOT NULL,
    price           INTEGER  NOT NULL,
    PRIMARY KEY (order_id, position)
);
-- Who has ordered this dish, and in which orders?
CREATE INDEX order_items_by_dish ON order_items (dish_id, customer_id, order_id, category_id);
-- Who has ordered of this category, and in which orders?
CREATE INDEX order_items_by_category ON order_items (category_id, customer_id, order_id, dish_id);
