-- Promo codes: lists of personal codes, one for each guest, and codes that all guests share (PRODUCT.md §5); and tags that the
-- use of a promo sets (§4).

CREATE TABLE promo_lists (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    name            TEXT     NOT NULL,
    -- The code of all guests. NULL: each message has one of promo_codes.
    common_code     TEXT,
    -- From then on no code is given. NULL: it has no end.
    ends_at         INTEGER,
    -- Characters of its longest code. Previews and tests show a sample of that length.
    longest         INTEGER  NOT NULL DEFAULT 0,
    -- Codes that it has, given ones included.
    codes           INTEGER  NOT NULL DEFAULT 0,
    created_at      INTEGER  NOT NULL,
    -- Set when it is deleted. Its row and the codes that were given stay, so that nobody gets one of these again.
    deleted_at      INTEGER
);
CREATE UNIQUE INDEX promo_lists_by_name ON promo_lists (org_id, name) WHERE deleted_at IS NULL;

-- Personal codes. No row names a guest: whose a code is, its message knows.
CREATE TABLE promo_codes (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    -- Without references: an import loads codes in bulk, and messages are forgotten before codes.
    org_id          INTEGER  NOT NULL,
    list_id         INTEGER  NOT NULL,
    code            TEXT     NOT NULL,
    -- The message that it was given to, by its key. NULL: it is free.
    message_id      INTEGER,
    -- Whose run: orders with the code count for its mailing, also when the message has had its time.
    run_id          INTEGER,
    given_at        INTEGER,
    -- When to look whether the message has failed for good, so that the code is free again. NULL: it never will be.
    look_at         INTEGER,
    -- A worker that had it was lost before it said what became of it, so that a guest may have seen it.
    may_be_seen     BOOLEAN  NOT NULL DEFAULT FALSE,
    -- In two lists it would be given twice.
    UNIQUE (org_id, code)
);
-- Which code does this message have? One at most.
CREATE UNIQUE INDEX promo_codes_by_message ON promo_codes (message_id) WHERE message_id IS NOT NULL;
-- Which are the next free codes of a list?
CREATE INDEX promo_codes_free ON promo_codes (list_id, id) WHERE message_id IS NULL;
-- Whose message may have ended?
CREATE INDEX promo_codes_to_look_at ON promo_codes (look_at) WHERE look_at IS NOT NULL;

-- Tags that a guest gets who uses a promo in an order.
CREATE TABLE promo_tags (
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    promo           TEXT     NOT NULL,
    tag_id          INTEGER  NOT NULL REFERENCES tags,
    PRIMARY KEY (org_id, promo, tag_id)
);

INSERT INTO schema_marks (number, additive, works_with) VALUES (19, TRUE, 18);
