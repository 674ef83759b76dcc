-- Years of one organisation: guests with a phone or an app each, and one run that most messages are of. It was sent a
-- month ago, and some quarters of it wait for their next step; nothing of it is due.
INSERT INTO customers (id, org_id, external_id, name)
SELECT 1000000 + n, 1, 'many-' || n, 'Guest' FROM generate_series(1, {many}) n;
INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
SELECT 1000000 + n, 1, CASE WHEN n % 2 = 0 THEN 1 ELSE 4 END, 'many-' || n, 1, 1, 1 FROM generate_series(1, {many}) n;
INSERT INTO customer_endpoints (customer_id, endpoint_id)
SELECT 1000000 + n, 1000000 + n FROM generate_series(1, {many}) n;
INSERT INTO customer_facts (customer_id, org_id, consent_mask, live_mask, live_endpoints)
SELECT 1000000 + n, 1, 15, 15, '[[' || CASE WHEN n % 2 = 0 THEN 1 ELSE 4 END || ',' || 1000000 + n || ']]'
FROM generate_series(1, {many}) n;
INSERT INTO guest_marketing (customer_id, org_id, turn, messages, latest)
SELECT 1000000 + n, 1, 1, '[]', 0 FROM generate_series(1, {many}) n;
INSERT INTO mailings (id, org_id, name, spec, created_at)
SELECT 1000000 + n, 1, 'many', '{}', 1 FROM generate_series(0, {runs}) n;
INSERT INTO runs (id, org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at, as_of, expires_at, planned_at, finished_at)
SELECT 1000000 + n, 1, 1000000 + n, CASE WHEN n = 0 THEN 2 ELSE 4 END, 1, 1, 2, FALSE,
    '{"name":"m","audience":{"all":[]},"contents":{"push":{"title":"t","body":"b"}},"waterfall":[{"channel":"push"}]}',
    1, 1, {now} + 864000000, 2, CASE WHEN n > 0 THEN 3 END
FROM generate_series(0, {runs}) n;
INSERT INTO batches (id, org_id, run_id, kind, lane, published_at, lease, done_at)
SELECT 1000000 + n, 1, 1000000 + CASE WHEN n % 100 < 95 THEN 0 ELSE n % {runs} END, CASE WHEN n % 2 = 0 THEN 1 ELSE 4 END, 2,
    {now} - 2592000000, n, CASE WHEN n > 1 THEN {now} - 2592000000 END
FROM generate_series(1, {many} / 5) n;
INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, tries, state, waiting_for, due_at,
    sent_at)
SELECT n, 1, 1000000 + CASE WHEN n % 100 < 95 THEN 0 ELSE n % {runs} END, 1000000 + (n + 4) / 5, 1000000 + n, 1000000 + n, TRUE, 0, 1,
    CASE WHEN n % 100 < 95 AND n % 4 < {waiting} THEN 3 ELSE 15 END, CASE WHEN n % 100 < 95 AND n % 4 < {waiting} THEN 2 END,
    CASE WHEN n % 100 < 95 AND n % 4 < {waiting} THEN {now} + 432000000 + n END, {now} - 2592000000
FROM generate_series(1, {many}) n;
INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state, started_at, ended_at, provider_id)
SELECT n, (n + 4) / 5, 1, 1000000 + CASE WHEN n % 100 < 95 THEN 0 ELSE n % {runs} END, CASE WHEN n % 2 = 0 THEN 1 ELSE 4 END,
    'sender', 1000000 + n, CASE WHEN n % 7 = 0 THEN 5 ELSE 2 END, {now} - 2592000000, {now} - 2592000000, 'many-' || n
FROM generate_series(1, {many}) n;
INSERT INTO run_endpoints (run_id, endpoint_id)
SELECT 1000000, 1000000 + n FROM generate_series(1, {many} / 2) n;
INSERT INTO receipts (org_id, kind, senders, reference, status, at, gone, content_refused, country_stopped, came_at, settled_at, look_at)
SELECT 1, 4, '', 'many-' || n, 7, {now} - 2592000000, FALSE, FALSE, FALSE, {now} - 2592000000, CASE WHEN n % 10 > 0 THEN 3 END,
    CASE WHEN n % 10 > 0 THEN 0 WHEN n % 20 > 0 THEN {now} + 432000000 END
FROM generate_series(1, {many}) n;
INSERT INTO opens (org_id, message_id, at, class)
SELECT 1, n, {now} - 2592000000, 1 FROM generate_series(1, {many}) n;
INSERT INTO message_requests (message_id, org_id, mailing_id, request_id, recipient, given, forget_at)
SELECT n, 1, 1000001, 'many-' || n, 'many-' || n, NULL, {now} - 2592000000 FROM generate_series(1, {many}) n;
INSERT INTO provider_events (org_id, sender, at, kind, body)
SELECT 1, 'sender', {now} - 2592000000, 'many', '{}' FROM generate_series(1, {many} - 10) n;
INSERT INTO provider_events (org_id, sender, at, kind, body)
SELECT 1, 'sender', {now} - 8640000000, 'old', '{}' FROM generate_series(1, 10) n;
-- Runs that are alive and have nothing to do, and one that is paused with more messages due than are looked at at once.
INSERT INTO runs (id, org_id, mailing_id, state, lane, test, spec, start_at, as_of, planned_at, purpose, origin)
SELECT 2000000 + n, 1, 1000000, 2, 2, FALSE, '{}', 1, 1, 1, 2, 3 FROM generate_series(1, 2000) n;
INSERT INTO runs (id, org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at, as_of, expires_at, planned_at)
SELECT 3000000, 1, 1000000, 3, 1, 1, 2, FALSE, '{}', 1, 1, {now} + 864000000, 2;
INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, tries, state, waiting_for, due_at)
SELECT 10000000 + n, 1, 3000000, 1000002, 1000000 + n, 1000000 + n, TRUE, 0, 1, 3, 2, {now} - n
FROM generate_series(1, 5000) n;
-- The month of the day has as many, of a mailing that is over.
INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, tries, state, sent_at)
SELECT {month} + n, 1, 1000001, {month} + (n + 4) / 5, 1000000 + n, 1000000 + n, TRUE, 0, 1, 15, {now} - 2592000000
FROM generate_series(1, {many}) n;
INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state, started_at, ended_at)
SELECT {month} + n, (n + 4) / 5, 1, 1000001, CASE WHEN n % 2 = 0 THEN 1 ELSE 4 END, 'sender', 1000000 + n, 2, {now} - 2592000000,
    {now} - 2592000000
FROM generate_series(1, {many}) n;
SELECT setval('message_numbers', {many});
-- As after each planning.
SELECT brin_summarize_new_values(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'brin' AND c.relkind = 'i';
ANALYZE
