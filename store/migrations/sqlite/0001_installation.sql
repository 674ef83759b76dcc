-- The installation: what it is called, which programs may work with its tables, who may call it, and what people have done.
--
-- In all tables: an instant is in milliseconds since 1970, UTC. Money is in ten-thousandths of the organisation's currency.
-- A number that stands for a word is that of an enumeration of bellhop_domain, whose name the comment gives, and is never
-- given to another word.
-- AUTOINCREMENT where rows may go: the number of one that is gone does not come again.

-- One row. Tasks in the broker bear the id, so that no other installation on the same broker obeys them.
CREATE TABLE installation (
    one             BOOLEAN  PRIMARY KEY DEFAULT TRUE CHECK (one),
    -- 32 hexadecimal digits, drawn when the database is made.
    id              TEXT     NOT NULL
);
INSERT INTO installation (id) VALUES (lower(hex(randomblob(16))));

-- Of which secrets the ids of messages are made, which everybody else sees in place of the ledger's keys.
CREATE TABLE message_secrets (
    -- The first key whose id is made with it; it is used up to the next secret's. All are kept: old links stay alive.
    from_key        INTEGER  PRIMARY KEY,
    -- 32 bytes.
    secret          BLOB     NOT NULL
);
INSERT INTO message_secrets (from_key, secret) VALUES (0, randomblob(32));

-- What a migration says about programs that do not know it: they read it here. Each migration writes its row.
CREATE TABLE schema_marks (
    -- The migration's.
    number          INTEGER  PRIMARY KEY,
    -- Whether it only adds, so that all that older programs read and write stays as they know it.
    additive        BOOLEAN  NOT NULL,
    -- Programs that know this migration, and none older, may work beside it.
    works_with      INTEGER  NOT NULL
);

-- A brand: the owner of everything that has an org_id. Beyond its row it is known by that number alone.
CREATE TABLE organisations (
    id              INTEGER  PRIMARY KEY,
    -- How commands and files call it.
    slug            TEXT     NOT NULL UNIQUE,
    name            TEXT     NOT NULL,
    -- Of all its money: ISO 4217.
    currency        TEXT     NOT NULL,
    -- Of guests whose own is not known: a name of the IANA database.
    timezone        TEXT     NOT NULL,
    -- JSON: thresholds of retention, the attribution window, …: what statements ask for, taken from the settings in force.
    settings        TEXT     NOT NULL
);

CREATE TABLE api_keys (
    -- SHA-256 of the key, which is shown once and kept nowhere.
    key_hash        TEXT     PRIMARY KEY,
    org_id          INTEGER  NOT NULL REFERENCES organisations,
    name            TEXT     NOT NULL,
    -- Names of bellhop_domain::Scope.
    scopes          TEXT     NOT NULL,
    created_at      INTEGER  NOT NULL,
    revoked_at      INTEGER
);

-- What people, and Bellhop by itself, have decided. A row is never changed.
CREATE TABLE audit_log (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    -- A person, an API key, or `bellhop`.
    who             TEXT     NOT NULL,
    action          TEXT     NOT NULL,
    -- What it was done to, as `run 7`.
    object          TEXT     NOT NULL,
    detail          TEXT
);
