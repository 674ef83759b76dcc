-- When a birthday was told, so that a program may congratulate late those who told it late (PRODUCT.md §7).

-- By the guest, or by a system for them. NULL: an import brought it, or it was told before this was kept; it is not acted on late.
ALTER TABLE customers ADD COLUMN birth_told_at INTEGER;

INSERT INTO schema_marks (number, additive, works_with) VALUES (23, TRUE, 22);
