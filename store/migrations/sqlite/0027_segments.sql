-- Saved segments and who uses them; landings and what became of them; indexes for guests found by their names, the given
-- codes of a list, and what was done to one thing.

-- A filter that is saved by a name (PRODUCT.md §3).
CREATE TABLE segments (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    name            TEXT     NOT NULL,
    description     TEXT     NOT NULL,
    -- JSON: bellhop_domain::segment::Segment. It names no other segment.
    filter          TEXT     NOT NULL,
    -- Counts its changes, from 1.
    version         INTEGER  NOT NULL DEFAULT 1,
    created_at      INTEGER  NOT NULL,
    changed_at      INTEGER  NOT NULL,
    -- Set when it is removed. Its row stays, because what an older version of a program has in hand may name it.
    removed_at      BIGINT
);
CREATE UNIQUE INDEX segments_by_name ON segments (org_id, name) WHERE removed_at IS NULL;
-- Which has the organisation, the latest first?
CREATE INDEX segments_by_org ON segments (org_id, id) WHERE removed_at IS NULL;

-- Mailings whose file names a segment; those of programs' versions are among them.
CREATE TABLE segment_uses (
    segment_id      INTEGER  NOT NULL REFERENCES segments,
    mailing_id      INTEGER  NOT NULL,
    PRIMARY KEY (segment_id, mailing_id)
);
-- What does a mailing name, now that its file is changed?
CREATE INDEX segment_uses_by_mailing ON segment_uses (mailing_id);

-- A page of an image, a text and a button: the advertising screen.
CREATE TABLE landings (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- What its address ends with: nobody guesses it.
    token           TEXT     NOT NULL UNIQUE,
    name            TEXT     NOT NULL,
    -- JSON: what the page shows (bellhop_domain::landing::Landing).
    page            TEXT     NOT NULL,
    -- Who sees it at the entry of the app or site, if it is shown there. NULL: everybody.
    segment_id      INTEGER  REFERENCES segments,
    at_entry        BOOLEAN  NOT NULL,
    starts_at       INTEGER  NOT NULL,
    ends_at         BIGINT,
    version         INTEGER  NOT NULL DEFAULT 1,
    created_at      INTEGER  NOT NULL,
    removed_at      BIGINT
);
-- Which has the organisation, the latest first?
CREATE INDEX landings_by_org ON landings (org_id, id) WHERE removed_at IS NULL;
-- Which are shown at the entry?
CREATE INDEX landings_at_entry ON landings (org_id, id) WHERE at_entry AND removed_at IS NULL;
-- Which landings are for this segment?
CREATE INDEX landings_by_segment ON landings (segment_id) WHERE segment_id IS NOT NULL;

-- How often a landing was shown and its button pressed, by day. Of each day there are several rows, so that those who come at once do
-- not wait for each other.
CREATE TABLE landing_counts (
    landing_id      INTEGER  NOT NULL,
    day             INTEGER  NOT NULL,
    part            INTEGER  NOT NULL,
    shown           INTEGER  NOT NULL,
    clicked         INTEGER  NOT NULL,
    PRIMARY KEY (landing_id, day, part)
);

-- Guests who have seen it, when first, and when they first pressed its button.
CREATE TABLE landing_guests (
    landing_id      INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL,
    shown_at        INTEGER  NOT NULL,
    clicked_at      BIGINT,
    PRIMARY KEY (landing_id, customer_id)
);
-- What has this guest seen? An erasure asks.
CREATE INDEX landing_guests_by_customer ON landing_guests (customer_id);

-- Whose name begins so?
CREATE INDEX customers_by_name ON customers (org_id, name) WHERE name IS NOT NULL;
-- Which codes of a list have messages, the latest first?
CREATE INDEX promo_codes_given ON promo_codes (list_id, id) WHERE message_id IS NOT NULL;
-- What was done to this thing, the latest first?
CREATE INDEX audit_log_by_object ON audit_log (org_id, object, id);

INSERT INTO schema_marks (number, additive, works_with) VALUES (27, TRUE, 26);
