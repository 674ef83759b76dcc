-- What the loops look for, each by an index of its own: a look costs what there is to do, and not what is alive.

-- Runs: that are to start, to plan, to end, and those whose lives end.
CREATE INDEX runs_scheduled ON runs (start_at) WHERE state = 1;
CREATE INDEX runs_unplanned ON runs (id) WHERE state = 2 AND planned_at IS NULL;
CREATE INDEX runs_planned ON runs (origin, id) WHERE state = 2 AND planned_at IS NOT NULL AND finished_at IS NULL;
CREATE INDEX runs_cancelled ON runs (id) WHERE state = 5 AND finished_at IS NULL;
CREATE INDEX runs_outlived ON runs (expires_at) WHERE finished_at IS NULL;

-- Waiting messages of all runs, by their time.
CREATE INDEX messages_due ON messages (due_at, run_id) WHERE due_at IS NOT NULL;

-- Where messages have lives of their own: when the first of the batch's may end. NULL: none has. 0: not known, which a
-- dispatcher finds out; what was there before, and what a process of the version before writes.
ALTER TABLE batches ADD COLUMN expires_at INTEGER DEFAULT 0;
CREATE INDEX batches_outlived ON batches (expires_at) WHERE done_at IS NULL AND expires_at IS NOT NULL;

-- A program of the version before reads none of this, and what it writes is found out.
INSERT INTO schema_marks (number, additive, works_with) VALUES (23, TRUE, 22);
