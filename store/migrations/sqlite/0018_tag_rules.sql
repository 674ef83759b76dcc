-- Rules that set tags by themselves, and when each guest is looked at next; how guests reach a restaurant.

CREATE TABLE tag_rules (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- The version in force; its definition is in tag_rule_versions.
    version         INTEGER  NOT NULL,
    -- The tag that it sets.
    tag_id          INTEGER  NOT NULL REFERENCES tags,
    -- It speaks of everybody; else of guests of whom a delivered order was heard since it was created.
    covers_all      BOOLEAN  NOT NULL,
    created_at      INTEGER  NOT NULL,
    changed_at      INTEGER  NOT NULL,
    deleted_at      INTEGER
);
-- Which rules has the organisation, and has it any?
CREATE INDEX tag_rules_by_org ON tag_rules (org_id, id);

CREATE TABLE tag_rule_versions (
    rule_id         INTEGER  NOT NULL REFERENCES tag_rules,
    version         INTEGER  NOT NULL,
    -- JSON: bellhop_domain::tag_rule::TagRule.
    definition      TEXT     NOT NULL,
    created_at      INTEGER  NOT NULL,
    PRIMARY KEY (rule_id, version)
);

-- Guests whom rules know. Whoever writes a delivered order marks its guest here in the same transaction.
CREATE TABLE tag_looks (
    customer_id     INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    -- When a rule is to look next: 0 is at once, before what imports have left. NULL: not until something happens.
    look_at         INTEGER,
    -- The latest rule that there was when a delivered order of theirs was last heard of.
    heard_rule      INTEGER
);
-- Who is to be looked at?
CREATE INDEX tag_looks_due ON tag_looks (org_id, look_at) WHERE look_at IS NOT NULL;

-- A pass over all guests of an organisation, from a cursor that survives whoever works on it.
CREATE TABLE tag_passes (
    org_id          INTEGER  PRIMARY KEY,
    -- The last guest that was looked at.
    cursor          INTEGER  NOT NULL,
    -- How many there were at the beginning, how many were looked at, and for how many a tag changed.
    guests          INTEGER  NOT NULL,
    looked          INTEGER  NOT NULL,
    changed         INTEGER  NOT NULL,
    -- It may begin when no transaction is open that is older than this one: orders written by such have not seen the rules.
    begins_after    INTEGER  NOT NULL,
    began_at        INTEGER  NOT NULL,
    ended_at        INTEGER
);

-- What texts may say of a guest's home restaurant.
ALTER TABLE restaurants ADD COLUMN phone TEXT;
ALTER TABLE restaurants ADD COLUMN address TEXT;

INSERT INTO schema_marks (number, additive, works_with) VALUES (18, TRUE, 17);
