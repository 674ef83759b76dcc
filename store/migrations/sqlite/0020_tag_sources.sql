-- Who says that the guest has the tag: a set of bits (domain::tag::TagSource), never empty. 2 is an import: tags of before, and of
-- programs of the version before while they still run.
ALTER TABLE customer_tags ADD COLUMN sources INTEGER NOT NULL DEFAULT 2 CHECK (sources > 0);
