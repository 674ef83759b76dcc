-- Consent is a ledger of words by address: what a guest said by an address outlives every card that has it.

-- Every word that was ever said, in the order in which it was heard. A row is never changed.
CREATE TABLE consent_words (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    -- Of a word about a card: whose.
    customer_id     INTEGER,
    -- Of a word by an address: the address, and its kind (bellhop_domain::Space: a phone and a WhatsApp number share 4).
    space           INTEGER ,
    address         TEXT,
    -- NULL: all that there were when it was said.
    channel         INTEGER ,
    -- bellhop_domain::Purpose: 1 marketing, 2 notifications.
    purpose         INTEGER  NOT NULL,
    -- 1 given, 2 withdrawn, 3 held, 4 released.
    word            INTEGER  NOT NULL,
    -- 1 the guest, 2 the provider for the guest, 3 an import, 4 the API, 5 an operator.
    source          INTEGER  NOT NULL,
    -- The proof: how it was said, and the version of the text that was agreed to.
    how             TEXT     NOT NULL,
    text_version    TEXT,
    -- When it was said, and when we heard of it.
    at              INTEGER  NOT NULL,
    came_at         INTEGER  NOT NULL
);
-- What was said by this address?
CREATE INDEX consent_words_by_address ON consent_words (org_id, space, address) WHERE address IS NOT NULL;
-- What was said about this card?
CREATE INDEX consent_words_by_customer ON consent_words (customer_id) WHERE customer_id IS NOT NULL;

-- What all words of an address amount to (bellhop_domain::consent::Stand), kept in the transaction that writes a word.
CREATE TABLE consent_stands (
    org_id          INTEGER  NOT NULL,
    space           INTEGER  NOT NULL,
    address         TEXT     NOT NULL,
    -- bellhop_domain::Channel.
    channel         INTEGER  NOT NULL,
    purpose         INTEGER  NOT NULL,
    -- The latest of given (1) and withdrawn (2).
    said            INTEGER ,
    said_at         INTEGER,
    -- A word that may have meant no holds everything back until it is released or a clear word follows.
    held_at         INTEGER,
    released_at     INTEGER,
    held            BOOLEAN  NOT NULL GENERATED ALWAYS AS ((
        held_at IS NOT NULL AND COALESCE(said, 0) <> 2 AND (said_at IS NULL OR said_at <= held_at)
        AND (released_at IS NULL OR released_at < held_at))) STORED,
    -- Withdrawn or held.
    stops           BOOLEAN  NOT NULL GENERATED ALWAYS AS (COALESCE(said, 0) = 2 OR (
        held_at IS NOT NULL AND COALESCE(said, 0) <> 2 AND (said_at IS NULL OR said_at <= held_at)
        AND (released_at IS NULL OR released_at < held_at))) STORED,
    PRIMARY KEY (org_id, space, address, channel, purpose)
);
-- Does any address stop anything? Where none does, facts are computed without a look at stands.
CREATE INDEX consent_stands_that_stop ON consent_stands (org_id) WHERE stops;
-- Does any address give anything?
CREATE INDEX consent_stands_that_give ON consent_stands (org_id) WHERE said = 1;
-- What is held, the oldest first?
CREATE INDEX consent_stands_held ON consent_stands (org_id, held_at) WHERE held;

-- The latest word about a card, by channel and purpose.
CREATE TABLE consents (
    org_id          INTEGER  NOT NULL,
    customer_id     INTEGER  NOT NULL REFERENCES customers,
    channel         INTEGER  NOT NULL,
    purpose         INTEGER  NOT NULL,
    given           BOOLEAN  NOT NULL,
    -- As in consent_words.
    source          INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    how             TEXT     NOT NULL,
    PRIMARY KEY (customer_id, channel, purpose)
);

-- Guests who are to be asked what they meant, once for each hold.
CREATE TABLE consent_questions (
    -- The word that holds.
    word_id         INTEGER  PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    -- The address by which they said it.
    endpoint_id     INTEGER  NOT NULL,
    at              INTEGER  NOT NULL,
    -- The mailing that asks, once it is chosen.
    mailing_id      INTEGER,
    closed_at       INTEGER,
    -- Why it was not asked after all.
    not_asked       TEXT
);
-- Which questions are still to be asked?
CREATE INDEX consent_questions_open ON consent_questions (word_id) WHERE closed_at IS NULL;

-- The mailing that asks on a channel.
CREATE TABLE question_mailings (
    org_id          INTEGER  NOT NULL,
    channel         INTEGER  NOT NULL,
    mailing_id      INTEGER  NOT NULL,
    PRIMARY KEY (org_id, channel)
);
