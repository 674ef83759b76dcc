-- Whether somebody has said the restaurant's time zone; else it is the organisation's of when the restaurant was first heard of.
ALTER TABLE restaurants ADD COLUMN timezone_confirmed BOOLEAN NOT NULL DEFAULT FALSE;
