-- Guests and what is theirs: what is left of one who was erased, the page of a guest, and what a guest says of an order there.

-- Secrets of this installation, 64 hexadecimal digits each: `stops` hashes addresses of guests who were erased, `page` makes the
-- links of guests' own pages. They stand here unsealed, as those of messages do.
CREATE TABLE guest_secrets (
    name            TEXT     PRIMARY KEY,
    secret          TEXT     NOT NULL
);
INSERT INTO guest_secrets (name, secret) VALUES ('stops', lower(hex(randomblob(32)))), ('page', lower(hex(randomblob(32))));

-- Addresses of guests who were erased, to which nothing may go. Whoever gets the address on a card again is stopped by it.
CREATE TABLE stopped_addresses (
    org_id          INTEGER  NOT NULL,
    space           INTEGER  NOT NULL,
    -- HMAC-SHA256 of organisation, space and address with the secret `stops`, in hexadecimal digits.
    address_hash    TEXT     NOT NULL,
    channel         INTEGER  NOT NULL,
    purpose         INTEGER  NOT NULL,
    -- When the latest no was said.
    at              INTEGER  NOT NULL,
    PRIMARY KEY (org_id, space, address_hash, channel, purpose)
);

-- Guests who were erased. Their cards and addresses are gone with this row's transaction; the ledger's months are gone through
-- after it.
CREATE TABLE erasures (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    -- The number that the guest had here, which nobody else gets.
    customer_id     INTEGER  NOT NULL,
    -- JSON: the numbers of the addresses that were this guest's alone.
    endpoints       TEXT     NOT NULL,
    at              INTEGER  NOT NULL,
    -- Messages with keys from this one on are done in the present pass.
    cursor          INTEGER  NOT NULL,
    -- Passes that are over. The second looks for what was under way during the first.
    passes          INTEGER  NOT NULL DEFAULT 0,
    -- When to go on; NULL: nothing is left to do.
    due_at          INTEGER
);
-- Which are to be gone on with?
CREATE INDEX erasures_due ON erasures (due_at) WHERE due_at IS NOT NULL;

-- By which a guest invites others.
CREATE TABLE referral_codes (
    customer_id     INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    code            TEXT     NOT NULL,
    made_at         INTEGER  NOT NULL,
    UNIQUE (org_id, code)
);

-- The stars from which on a review is a good one, as they were set when it was left. One below waits for a human.
ALTER TABLE reviews ADD COLUMN border INTEGER ;

-- Photos that guests have added on the rating page; of those told of by events there is only where they are.
CREATE TABLE review_photos (
    org_id          INTEGER  NOT NULL,
    -- The brand's own id of the order.
    order_external_id TEXT   NOT NULL,
    -- From 1.
    number          INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL,
    -- As its first bytes say: image/jpeg, image/png, image/webp.
    content_type    TEXT     NOT NULL,
    -- Base64.
    content         TEXT     NOT NULL,
    PRIMARY KEY (org_id, order_external_id, number)
);
CREATE INDEX review_photos_by_customer ON review_photos (customer_id);

INSERT INTO schema_marks (number, additive, works_with) VALUES (20, TRUE, 19);
