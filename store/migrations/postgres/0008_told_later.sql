-- What delivery reports ask for beside the states that they tell of, and senders that stop again.

-- The provider's rules say to send the message again: not before so long, so often at most.
ALTER TABLE receipts ADD COLUMN again_after_ms BIGINT;
ALTER TABLE receipts ADD COLUMN again_times SMALLINT;

-- The provider refuses the content for everybody.
ALTER TABLE receipts ADD COLUMN content_refused BOOLEAN NOT NULL DEFAULT FALSE;

-- The sender may not send to the address's country.
ALTER TABLE receipts ADD COLUMN country_stopped BOOLEAN NOT NULL DEFAULT FALSE;

-- Reports of refused contents of a run on one kind of address, since it was last resumed.
CREATE TABLE run_refusals (
    run_id          BIGINT NOT NULL,
    kind            SMALLINT NOT NULL,
    reports         INTEGER NOT NULL,
    PRIMARY KEY (run_id, kind)
);

-- Finished runs whose messages may still be wanted once more.
CREATE INDEX runs_finished_lately ON runs (expires_at) WHERE finished_at IS NOT NULL;

-- When a human last resumed the sender: what its provider says after that can pause it again.
ALTER TABLE sender_health ADD COLUMN resumed_at BIGINT;

-- Countries (ISO 3166-1 alpha-2) that a sender may not send to, until a human resumes it.
CREATE TABLE sender_countries (
    org_id          INTEGER NOT NULL,
    sender          TEXT NOT NULL,
    country         TEXT NOT NULL,
    since           BIGINT NOT NULL,
    reason          TEXT NOT NULL,
    PRIMARY KEY (org_id, sender, country)
);
