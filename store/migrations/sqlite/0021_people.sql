-- People who log in, their sessions, and what they may do (docs/people.md).

CREATE TABLE people (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- In small letters; by it they log in, so that no two people of the installation have one.
    email           TEXT     NOT NULL,
    -- Empty until their first link is used.
    name            TEXT     NOT NULL,
    locale          TEXT     NOT NULL,
    -- bellhop_domain::role::Role.
    role            INTEGER  NOT NULL,
    -- JSON: the names of the only restaurants that they may see; NULL for all.
    restaurants     TEXT,
    -- Argon2id as the PHC writes it; NULL until their first link is used.
    password        TEXT,
    -- The second factor's secret, sealed as senders' secrets are; and whether a code has proven that they have it.
    totp_secret     TEXT,
    totp_on         BOOLEAN  NOT NULL DEFAULT FALSE,
    -- The step of the latest code that was used: no code counts twice.
    totp_step       INTEGER  NOT NULL DEFAULT 0,
    created_at      INTEGER  NOT NULL,
    login_at        INTEGER,
    disabled_at     INTEGER
);
CREATE UNIQUE INDEX people_by_email ON people (email);
CREATE INDEX people_by_org ON people (org_id, id);

-- Codes for who has lost the device of their second factor, by SHA-256. A used one is gone.
CREATE TABLE recovery_codes (
    person_id       INTEGER  NOT NULL REFERENCES people,
    code_hash       TEXT     NOT NULL,
    PRIMARY KEY (person_id, code_hash)
);

-- Links by which a person sets their password, by SHA-256 of their tokens. A used one is gone, and of a person there is one.
CREATE TABLE person_links (
    token_hash      TEXT     PRIMARY KEY,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    -- NULL: whoever uses it becomes the organisation's first administrator.
    person_id       INTEGER  REFERENCES people,
    ends_at         INTEGER  NOT NULL
);
CREATE INDEX person_links_by_person ON person_links (org_id, person_id);

-- Logins that have not ended, by SHA-256 of their tokens.
CREATE TABLE sessions (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    token_hash      TEXT     NOT NULL,
    person_id       INTEGER  NOT NULL REFERENCES people,
    created_at      INTEGER  NOT NULL,
    -- To the minute.
    seen_at         INTEGER  NOT NULL,
    ends_at         INTEGER  NOT NULL,
    -- As the browser names itself, and from where it logged in: for the person to recognise it.
    device          TEXT     NOT NULL,
    address         TEXT     NOT NULL
);
CREATE UNIQUE INDEX sessions_by_token ON sessions (token_hash);
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- Attempts to log in, by what they are counted by: SHA-256 of an address or an e-mail, whether somebody has it or not.
CREATE TABLE login_attempts (
    about           TEXT     PRIMARY KEY,
    tries           INTEGER  NOT NULL,
    since           INTEGER  NOT NULL
);
CREATE INDEX login_attempts_by_age ON login_attempts (since);

-- Which version of a mailing a person has approved for others to launch.
CREATE TABLE launch_approvals (
    mailing_id      INTEGER  NOT NULL REFERENCES mailings,
    version         INTEGER  NOT NULL,
    person_id       INTEGER  NOT NULL REFERENCES people,
    at              INTEGER  NOT NULL,
    PRIMARY KEY (mailing_id, version, person_id)
);

ALTER TABLE api_keys ADD COLUMN ends_at INTEGER;
-- To the minute.
ALTER TABLE api_keys ADD COLUMN used_at INTEGER;

-- JSON: what of the thing was different, before and after. NULL where the detail says all.
ALTER TABLE audit_log ADD COLUMN was TEXT;
ALTER TABLE audit_log ADD COLUMN became TEXT;
-- What has happened, the latest first, a page at a time?
CREATE INDEX audit_log_by_number ON audit_log (org_id, id);

INSERT INTO schema_marks (number, additive, works_with) VALUES (21, TRUE, 20);
