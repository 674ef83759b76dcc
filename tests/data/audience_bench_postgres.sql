-- A synthetic guest base for `bellhop-bench audience` (PostgreSQL). Run on a freshly migrated, empty database.
--
-- Parameters, replaced as text (psql: -v guests=… -v orders=… -v now=…):
--   :guests   customers, e.g. 1000000
--   :orders   orders, about ten a guest, e.g. 10000000; guests left over when they are used up have none
--   :now      the instant the base ends at, ms since the epoch, UTC
--
-- The same parameters give the same base: every draw is a hash of the row's number. Shape: the number of orders
-- per guest falls as 1/u up to 500 (a fifth of the guests ordered once, one in a hundred more than 160 times);
-- a guest joined some time in the last three years and orders until a random part of their time has passed, so
-- most guests are lost; orders lie in the table in the order of time; dishes are popular as u².
-- Facts are left to the store: all customers are marked stale.

CREATE FUNCTION pg_temp.draw(i BIGINT, salt BIGINT) RETURNS FLOAT8 LANGUAGE sql IMMUTABLE
AS 'SELECT (hashint8extended(i, salt) & 1048575 | 1) / 1048576.0::FLOAT8';

INSERT INTO organisations (id, slug, name, currency, timezone, settings)
VALUES (1, 'bench', 'Bench', 'RUB', 'Europe/Moscow', '{}');

INSERT INTO restaurants (id, org_id, ordinal, name, timezone)
SELECT i, 1, i, 'restaurant ' || i, 'Europe/Moscow' FROM generate_series(1, 40) i;
INSERT INTO categories (id, org_id, ordinal, name) SELECT i, 1, i, 'category ' || i FROM generate_series(1, 25) i;
INSERT INTO dishes (id, org_id, name) SELECT i, 1, 'dish ' || i FROM generate_series(1, 400) i;
INSERT INTO tags (id, org_id, ordinal, name) SELECT i, 1, i, 'tag ' || i FROM generate_series(1, 20) i;

INSERT INTO customers (id, org_id, external_id, name, birth_month_day, locale, restaurant_id, registered_at, blacklisted_at, blacklist_reason)
SELECT i, 1, 'c' || i, 'Guest ' || i,
       (1 + floor(12 * pg_temp.draw(i, 1))) * 100 + 1 + floor(28 * pg_temp.draw(i, 2)),
       CASE WHEN pg_temp.draw(i, 3) < 0.8 THEN 'ru' ELSE 'en' END,
       1 + floor(40 * pg_temp.draw(i, 4)),
       :now - floor(1095 * (1 - pg_temp.draw(i, 5) * pg_temp.draw(i, 5))) * 86400000,
       CASE WHEN pg_temp.draw(i, 6) < 0.005 THEN :now - 86400000 END,
       CASE WHEN pg_temp.draw(i, 6) < 0.005 THEN 'asked not to be called' END
FROM generate_series(1, :guests) i;

-- Tag k is on 60 % / k of the guests: 600,000 of a million to 30,000.
INSERT INTO customer_tags (tag_id, customer_id, sources)
SELECT k, i, 2 FROM generate_series(1, 20) k, generate_series(1, :guests) i WHERE pg_temp.draw(i, 100 + k) < 0.6 / k;

-- Phones of 92 %, every hundredth shared with the guest before; an app of 55 %, a few tokens dead.
INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
SELECT i, 1, 4, '+7900' || lpad(i::TEXT, 7, '0'), 1, :now - 86400000, :now - 86400000
FROM generate_series(1, :guests) i WHERE pg_temp.draw(i, 7) < 0.92;
INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
SELECT :guests + i, 1, 1, 'token-' || i, CASE WHEN pg_temp.draw(i, 9) < 0.05 THEN 3 ELSE 1 END, :now - 86400000, :now - 86400000
FROM generate_series(1, :guests) i WHERE pg_temp.draw(i, 8) < 0.55;
INSERT INTO customer_endpoints (customer_id, endpoint_id)
SELECT CASE WHEN id > :guests THEN id - :guests ELSE id END, id FROM endpoints
UNION ALL
SELECT id + 1, id FROM endpoints WHERE id < :guests AND id % 100 = 0;

-- Marketing consent for push (0) and SMS (3).
INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how)
SELECT 1, i, c, 1, pg_temp.draw(i, 10 + c) < 0.95, 3, :now - 86400000, 'import'
FROM generate_series(1, :guests) i, (VALUES (0), (3)) channels (c) WHERE pg_temp.draw(i, 20) < 0.85;

INSERT INTO orders (id, org_id, external_id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo)
SELECT row_number() OVER (ORDER BY placed_at), 1, 'o' || row_number() OVER (ORDER BY placed_at), customer_id,
       CASE WHEN pg_temp.draw(n, 33) < 0.8 THEN 1 + floor(40 * pg_temp.draw(customer_id, 4)) ELSE 1 + floor(40 * pg_temp.draw(n, 34)) END,
       placed_at,
       CASE WHEN pg_temp.draw(n, 35) < 0.06 THEN 5 ELSE 4 END,
       (300 + floor(2500 * pg_temp.draw(n, 36))) * 10000,
       CASE WHEN pg_temp.draw(n, 37) < 0.7 THEN 'courier' ELSE 'pickup' END,
       (ARRAY['app', 'app', 'site', 'operator', 'aggregator'])[1 + floor(5 * pg_temp.draw(n, 38))],
       CASE WHEN pg_temp.draw(n, 39) < 0.05 THEN 'PROMO' || floor(30 * pg_temp.draw(n, 40)) END
FROM (SELECT i AS customer_id, i * 512 + k AS n,
             :now - 1 - floor(age * (1 - stayed * pg_temp.draw(i * 512 + k, 32)))::BIGINT AS placed_at
      FROM (SELECT i, least(500, floor(1.6 / pg_temp.draw(i, 30)))::INTEGER AS orders,
                   1095 * 86400000::BIGINT * (1 - pg_temp.draw(i, 5) * pg_temp.draw(i, 5)) AS age,
                   1 - pg_temp.draw(i, 31) * pg_temp.draw(i, 31) AS stayed
            FROM generate_series(1::BIGINT, :guests) i) guests,
           generate_series(1, guests.orders) k
      LIMIT :orders) drawn;

INSERT INTO order_items (order_id, position, customer_id, dish_id, category_id, quantity, price)
SELECT id, position, customer_id, dish, 1 + dish % 25, 1, 3000000
FROM (SELECT id, position, customer_id,
             1 + floor(400 * pg_temp.draw(id * 4 + position, 41) * pg_temp.draw(id * 4 + position, 42))::BIGINT AS dish
      FROM orders, generate_series(1, 1 + (id % 2)::INTEGER) position) drawn;

INSERT INTO stale_customers (customer_id, org_id) SELECT id, 1 FROM customers;
