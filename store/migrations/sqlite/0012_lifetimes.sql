-- What stays of messages, opens and reports that are older than their lifetimes (PRODUCT.md §18). Statistics of a mailing are
-- exact for ever: they are what is frozen here plus what is counted of the rest.

-- How far messages are frozen. Those whose numbers are lower are counted here, whether their rows are gone yet or not.
CREATE TABLE frozen_messages (
    one             INTEGER  PRIMARY KEY CHECK (one = 1),
    -- The first number of the first month that is not frozen.
    before          INTEGER  NOT NULL
);

-- The figures of a run's messages of one month.
CREATE TABLE frozen_counts (
    run_id          INTEGER  NOT NULL,
    -- From January 1970.
    month           INTEGER  NOT NULL,
    -- JSON: statistics::frozen::Figures.
    figures         TEXT     NOT NULL,
    PRIMARY KEY (run_id, month)
);

-- Whom the frozen messages of a mailing reached: a guest who was reached twice is one.
CREATE TABLE frozen_recipients (
    mailing_id      INTEGER  NOT NULL,
    -- A guest, or an address without one as a negative number.
    recipient       INTEGER  NOT NULL,
    -- When the latest went, by which an order with the mailing's promo code is credited. NULL: it credits nothing.
    sent_at         INTEGER,
    PRIMARY KEY (mailing_id, recipient)
);

-- Opens of frozen messages to which orders may still be credited, because they are not older than opens are kept.
CREATE TABLE frozen_opens (
    org_id          INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL,
    mailing_id      INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    PRIMARY KEY (customer_id, mailing_id, at)
);
-- What has had its time?
CREATE INDEX frozen_opens_by_time ON frozen_opens (org_id, at);
-- Which orders may count for this mailing?
CREATE INDEX frozen_opens_by_mailing ON frozen_opens (mailing_id);

-- To which mailing an order is credited, of the orders placed before the organisation's instant in frozen_orders. A cancelled
-- order has its row too, and counts if it is not cancelled after all.
CREATE TABLE frozen_credits (
    order_id        INTEGER  PRIMARY KEY,
    mailing_id      INTEGER  NOT NULL,
    -- By somebody who was no recipient, with the promo code: shown apart.
    by_non_recipient BOOLEAN NOT NULL
);
-- Which orders count for this mailing?
CREATE INDEX frozen_credits_by_mailing ON frozen_credits (mailing_id);

CREATE TABLE frozen_orders (
    org_id          INTEGER  PRIMARY KEY,
    -- Orders placed before are credited for good.
    before          INTEGER  NOT NULL
);

-- One row: whose turn it is to remove what has had its time, and when the next round begins.
CREATE TABLE pruning (
    one             INTEGER  PRIMARY KEY CHECK (one = 1),
    holder          TEXT,
    held_until      INTEGER  NOT NULL,
    next_at         INTEGER  NOT NULL
);
INSERT INTO pruning (one, holder, held_until, next_at) VALUES (1, NULL, 0, 0);

-- Which of these have had their time? Each is asked by organisation, the oldest first.
CREATE INDEX opens_by_time ON opens (org_id, at);
CREATE INDEX receipts_by_time ON receipts (org_id, came_at);
CREATE INDEX audit_log_by_time ON audit_log (org_id, at);

-- A program of the baseline would count what is frozen as nothing.
INSERT INTO schema_marks (number, additive, works_with) VALUES (12, FALSE, 12);
