-- When the latest of a guest's kept marketing messages was about to go: of whom that is long ago the audience's count asks no
-- more. What a process of an earlier version writes is asked about.
ALTER TABLE guest_marketing ADD COLUMN latest INTEGER NOT NULL DEFAULT 9223372036854775807;
UPDATE guest_marketing SET latest = json_extract(messages, '$[#-1][1]') WHERE messages <> '[]';
