-- The latest orders of a guest in a table of their own: they made every row of customer_facts half as wide again, and
-- only questions about a recent period read them. What such a question asks first is repeated here, so that a count
-- need not join. One row per guest with orders that count.
CREATE TABLE customer_latest_orders (
    org_id          INTEGER  NOT NULL,
    customer_id     BIGINT   NOT NULL,
    last_at         BIGINT   NOT NULL,
    orders_count    BIGINT   NOT NULL,
    revenue         BIGINT   NOT NULL,
    -- Oldest first: the instants of the orders, and the sum of all orders before each.
    placed_at       BIGINT[] NOT NULL,
    sums_before     BIGINT[] NOT NULL,
    PRIMARY KEY (org_id, customer_id)
) WITH (fillfactor = 80);

INSERT INTO customer_latest_orders (org_id, customer_id, last_at, orders_count, revenue, placed_at, sums_before)
SELECT org_id, customer_id, last_at, orders_count, revenue, recent_at, recent_before
FROM customer_facts WHERE recent_at IS NOT NULL ORDER BY org_id, customer_id;

INSERT INTO stale_customers (customer_id, org_id)
SELECT customer_id, org_id FROM customer_facts WHERE recent_at IS NULL AND orders_count > 0
ON CONFLICT DO NOTHING;

ALTER TABLE customer_facts DROP COLUMN recent_at, DROP COLUMN recent_before;
-- A dropped column keeps its place in the rows that are there, until they are written anew.
CLUSTER customer_facts USING customer_facts_pkey;
ALTER TABLE customer_facts SET WITHOUT CLUSTER;
