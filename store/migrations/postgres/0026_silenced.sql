-- The channels on which a guest has switched notifications off, by the words of purpose 2 about the card and its addresses:
-- bits like those of consent_mask. Nobody could say such a word before, so nobody has.
ALTER TABLE customer_facts ADD COLUMN silenced_mask BIGINT NOT NULL DEFAULT 0;

-- A program of the version before would not ask it, and cannot read runs of one-time codes (purpose 4).
INSERT INTO schema_marks (number, additive, works_with) VALUES (26, FALSE, 26);
