-- How senders do. A sender is known by its organisation and its name in the settings.

-- Senders that stand still until a human resumes them, or until their provider says that they work again.
CREATE TABLE sender_pauses (
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    since           INTEGER  NOT NULL,
    reason          TEXT     NOT NULL,
    -- Made because the provider said so, and lifted when it says that the sender works.
    by_health       BOOLEAN  NOT NULL DEFAULT FALSE,
    PRIMARY KEY (org_id, sender)
);

-- When a human last resumed a sender, for the workers that hold it.
CREATE TABLE sender_resumes (
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    at              INTEGER  NOT NULL,
    PRIMARY KEY (org_id, sender)
);

-- Senders by their providers' latest word.
CREATE TABLE sender_health (
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    -- 1 working, 2 degraded, 3 stopped.
    state           INTEGER  NOT NULL,
    why             TEXT     NOT NULL,
    -- Since when it has been in this state, and when that was last said.
    since           INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    -- When a human last resumed it: what its provider says after that can pause it again.
    resumed_at      INTEGER,
    PRIMARY KEY (org_id, sender)
);

-- Countries that a sender may not send to, until a human resumes it.
CREATE TABLE sender_countries (
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    -- ISO 3166-1 alpha-2.
    country         TEXT     NOT NULL,
    since           INTEGER  NOT NULL,
    reason          TEXT     NOT NULL,
    PRIMARY KEY (org_id, sender, country)
);

-- How far a new number is: its day, from 0, and when that began.
CREATE TABLE sender_warm_ups (
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    day             INTEGER  NOT NULL,
    since           INTEGER  NOT NULL,
    PRIMARY KEY (org_id, sender)
);
