-- A synthetic guest base for `bellhop-bench audience` (SQLite). Run on a freshly migrated, empty database, as one
-- transaction.
--
-- Parameters (:guests, :orders, :now, replaced as text) and shape are those of audience_bench_postgres.sql, with one
-- difference: SQLite has no hash function, so the draws differ from run to run. Draws that are used twice are kept in
-- temporary tables, for a subquery's random() may be called anew for each use.

CREATE TEMP TABLE numbers (i INTEGER PRIMARY KEY);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < max(:guests, 500))
INSERT INTO numbers SELECT i FROM n;

INSERT INTO organisations (id, slug, name, currency, timezone, settings)
VALUES (1, 'bench', 'Bench', 'RUB', 'Europe/Moscow', '{}');
INSERT INTO restaurants (id, org_id, ordinal, name, timezone)
SELECT i, 1, i, 'restaurant ' || i, 'Europe/Moscow' FROM numbers WHERE i <= 40;
INSERT INTO categories (id, org_id, ordinal, name) SELECT i, 1, i, 'category ' || i FROM numbers WHERE i <= 25;
INSERT INTO dishes (id, org_id, name) SELECT i, 1, 'dish ' || i FROM numbers WHERE i <= 400;
INSERT INTO tags (id, org_id, ordinal, name) SELECT i, 1, i, 'tag ' || i FROM numbers WHERE i <= 20;

-- u, v, w: uniform in (0, 1].
CREATE TEMP TABLE guests (i INTEGER PRIMARY KEY, u REAL, v REAL, w REAL, orders INTEGER, age REAL, stayed REAL);
INSERT INTO guests (i, u, v, w)
SELECT i, (abs(random() % 1048576) + 1) / 1048576.0, (abs(random() % 1048576) + 1) / 1048576.0,
       (abs(random() % 1048576) + 1) / 1048576.0
FROM numbers WHERE i <= :guests;
UPDATE guests SET orders = min(500, CAST(1.6 / u AS INTEGER)), age = 1095 * 86400000.0 * (1 - v * v), stayed = 1 - w * w;

INSERT INTO customers (id, org_id, external_id, name, birth_month_day, locale, restaurant_id, registered_at, blacklisted_at, blacklist_reason)
SELECT i, 1, 'c' || i, 'Guest ' || i, (1 + abs(random() % 12)) * 100 + 1 + abs(random() % 28),
       CASE WHEN abs(random() % 10) < 8 THEN 'ru' ELSE 'en' END, 1 + abs(random() % 40), :now - CAST(age AS INTEGER),
       CASE WHEN i % 200 = 7 THEN :now - 86400000 END, CASE WHEN i % 200 = 7 THEN 'asked not to be called' END
FROM guests;

-- Tag k is on 60 % / k of the guests. The draw names both tables, or it would be made once per row of the outer one.
INSERT INTO customer_tags (tag_id, customer_id, sources)
SELECT t.id, g.i, 2 FROM tags t, guests g WHERE abs(random() % 1000 + 0 * g.i * t.id) < 600 / t.id;

-- Phones of 92 %, every hundredth shared with the guest before; an app of 55 %, a few tokens dead.
INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
SELECT i, 1, 4, '+7900' || printf('%07d', i), 1, :now - 86400000, :now - 86400000 FROM guests WHERE abs(random() % 100) < 92;
INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
SELECT :guests + i, 1, 1, 'token-' || i, CASE WHEN abs(random() % 100) < 5 THEN 3 ELSE 1 END, :now - 86400000, :now - 86400000
FROM guests WHERE abs(random() % 100) < 55;
INSERT INTO customer_endpoints (customer_id, endpoint_id)
SELECT CASE WHEN id > :guests THEN id - :guests ELSE id END, id FROM endpoints
UNION ALL SELECT id + 1, id FROM endpoints WHERE id < :guests AND id % 100 = 0;

-- Marketing consent for push (0) and SMS (3).
INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how)
SELECT 1, g.i, c.channel, 1, abs(random() % 100) < 95, 3, :now - 86400000, 'import'
FROM guests g, (SELECT 0 AS channel UNION ALL SELECT 3) c WHERE g.i % 20 < 17;

CREATE TEMP TABLE drawn (customer_id INTEGER, placed_at INTEGER);
INSERT INTO drawn
SELECT g.i, :now - 1 - CAST(g.age * (1 - g.stayed * (abs(random() % 1048576) / 1048576.0)) AS INTEGER)
FROM guests g JOIN numbers k ON k.i <= g.orders LIMIT :orders;

INSERT INTO orders (id, org_id, external_id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo)
SELECT row_number() OVER (ORDER BY placed_at), 1, 'o' || row_number() OVER (ORDER BY placed_at), customer_id,
       1 + (customer_id + CASE WHEN abs(random() % 10) < 8 THEN 0 ELSE abs(random() % 40) END) % 40, placed_at,
       CASE WHEN abs(random() % 100) < 6 THEN 5 ELSE 4 END, (300 + abs(random() % 2500)) * 10000,
       CASE WHEN abs(random() % 10) < 7 THEN 'courier' ELSE 'pickup' END,
       CASE abs(random() % 5) WHEN 0 THEN 'site' WHEN 1 THEN 'operator' WHEN 2 THEN 'aggregator' ELSE 'app' END,
       CASE WHEN abs(random() % 20) = 0 THEN 'PROMO' || abs(random() % 30) END
FROM drawn;

CREATE TEMP TABLE eaten (order_id INTEGER, position INTEGER, customer_id INTEGER, u REAL, v REAL);
INSERT INTO eaten
SELECT o.id, k.i, o.customer_id, abs(random() % 1048576) / 1048576.0, abs(random() % 1048576) / 1048576.0
FROM orders o JOIN numbers k ON k.i <= 1 + o.id % 2;
INSERT INTO order_items (order_id, position, customer_id, dish_id, category_id, quantity, price)
SELECT order_id, position, customer_id, 1 + CAST(400 * u * v AS INTEGER), 1 + (1 + CAST(400 * u * v AS INTEGER)) % 25, 1, 3000000
FROM eaten;

INSERT INTO stale_customers (customer_id, org_id) SELECT id, 1 FROM customers;
DROP TABLE eaten;
DROP TABLE drawn;
DROP TABLE guests;
DROP TABLE numbers;
