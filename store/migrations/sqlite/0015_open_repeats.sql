-- How many further opens a row stands for. A message keeps so many opens of a class, and beyond them their number.
ALTER TABLE opens ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
