-- Consent is a ledger of words by address: what a guest said by an address outlives every card that has it.

-- Every word that was ever said, in the order in which it was heard; never changed.
CREATE TABLE consent_words (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    -- Of a word about a card: whose.
    customer_id     INTEGER,
    -- Of a word by an address: the address, and its kind (bellhop-domain's Space: a phone and a WhatsApp number share 4).
    space           INTEGER,
    address         TEXT,
    -- NULL: all that there were when it was said.
    channel         INTEGER,
    purpose         INTEGER NOT NULL,
    -- 1 given, 2 withdrawn, 3 held, 4 released
    word            INTEGER NOT NULL,
    -- 1 the guest, 2 the provider for the guest, 3 an import, 4 the API, 5 an operator
    source          INTEGER NOT NULL,
    -- The proof: how it was said, and the version of the text that was agreed to.
    how             TEXT     NOT NULL,
    text_version    TEXT,
    -- When it was said, and when we heard of it.
    at              INTEGER   NOT NULL,
    came_at         INTEGER   NOT NULL
);
CREATE INDEX consent_words_by_address ON consent_words (org_id, space, address) WHERE address IS NOT NULL;
CREATE INDEX consent_words_by_customer ON consent_words (customer_id) WHERE customer_id IS NOT NULL;

-- What the words of an address come to (bellhop-domain's Stand), kept in the transaction that writes a word.
CREATE TABLE consent_stands (
    org_id          INTEGER  NOT NULL,
    space           INTEGER NOT NULL,
    address         TEXT     NOT NULL,
    channel         INTEGER NOT NULL,
    purpose         INTEGER NOT NULL,
    -- The latest of given (1) and withdrawn (2).
    said            INTEGER,
    said_at         INTEGER,
    held_at         INTEGER,
    released_at     INTEGER,
    held            BOOLEAN  NOT NULL GENERATED ALWAYS AS ((
        held_at IS NOT NULL AND COALESCE(said, 0) <> 2 AND (said_at IS NULL OR said_at <= held_at)
        AND (released_at IS NULL OR released_at < held_at))) STORED,
    stops           BOOLEAN  NOT NULL GENERATED ALWAYS AS (COALESCE(said, 0) = 2 OR (
        held_at IS NOT NULL AND COALESCE(said, 0) <> 2 AND (said_at IS NULL OR said_at <= held_at)
        AND (released_at IS NULL OR released_at < held_at))) STORED,
    PRIMARY KEY (org_id, space, address, channel, purpose)
);
CREATE INDEX consent_stands_that_stop ON consent_stands (org_id) WHERE stops;
CREATE INDEX consent_stands_that_give ON consent_stands (org_id) WHERE said = 1;
CREATE INDEX consent_stands_held ON consent_stands (org_id, held_at) WHERE held;

-- Addresses of one person, by a provider's word: a hidden id and the phone behind it.
CREATE TABLE address_aliases (
    org_id          INTEGER  NOT NULL,
    space           INTEGER NOT NULL,
    address         TEXT     NOT NULL,
    other           TEXT     NOT NULL,
    PRIMARY KEY (org_id, space, address, other)
);

-- Numbers that a guest has given up: whoever has one now is somebody else, whatever an old card says.
CREATE TABLE given_up_endpoints (
    endpoint_id     INTEGER   NOT NULL,
    customer_id     INTEGER   NOT NULL,
    org_id          INTEGER  NOT NULL,
    at              INTEGER   NOT NULL,
    PRIMARY KEY (endpoint_id, customer_id)
);
CREATE INDEX given_up_endpoints_by_org ON given_up_endpoints (org_id);

-- Guests who are to be asked what they meant, once for each hold.
CREATE TABLE consent_questions (
    -- The word that holds.
    word_id         INTEGER   PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    -- The address they said it by.
    endpoint_id     INTEGER   NOT NULL,
    at              INTEGER   NOT NULL,
    -- The transactional mailing that asks, once it is chosen.
    mailing_id      INTEGER,
    closed_at       INTEGER,
    -- Why it was not asked after all.
    not_asked       TEXT
);
CREATE INDEX consent_questions_open ON consent_questions (word_id) WHERE closed_at IS NULL;

-- The mailing that asks on a channel.
CREATE TABLE question_mailings (
    org_id          INTEGER  NOT NULL,
    channel         INTEGER NOT NULL,
    mailing_id      INTEGER   NOT NULL,
    PRIMARY KEY (org_id, channel)
);

-- What is known of cards: who said it. A word of another origin than a file's is taken for the guest's own.
ALTER TABLE consents ADD COLUMN source INTEGER NOT NULL DEFAULT 1;
UPDATE consents SET source = 3 WHERE how = 'import';

INSERT INTO consent_words (org_id, customer_id, channel, purpose, word, source, how, at, came_at)
SELECT DISTINCT org_id, customer_id, CASE WHEN how = 'import' THEN NULL ELSE channel END, purpose,
    CASE WHEN given THEN 1 ELSE 2 END, source, how, at, at
FROM consents;

-- A guest's own no becomes one of each address of theirs that the channel reaches.
INSERT INTO consent_stands (org_id, space, address, channel, purpose, said, said_at)
SELECT e.org_id, CASE WHEN e.kind = 5 THEN 4 ELSE e.kind END, e.address, c.channel, c.purpose, 2, MAX(c.at)
FROM consents c JOIN customer_endpoints l ON l.customer_id = c.customer_id JOIN endpoints e ON e.id = l.endpoint_id
WHERE NOT c.given AND c.source < 3
    AND ((c.channel = 0 AND e.kind IN (1, 2)) OR (c.channel = 1 AND e.kind = 3)
        OR (c.channel IN (2, 3) AND e.kind IN (4, 5)) OR (c.channel = 4 AND e.kind = 6))
GROUP BY e.org_id, CASE WHEN e.kind = 5 THEN 4 ELSE e.kind END, e.address, c.channel, c.purpose;
INSERT INTO consent_words (org_id, space, address, channel, purpose, word, source, how, at, came_at)
SELECT org_id, space, address, channel, purpose, 2, 1, 'known of a card with this address', said_at, said_at
FROM consent_stands;

-- Other cards with these addresses, whom a file or a later card had opened again: at once, and then computed.
UPDATE customer_facts SET consent_mask = consent_mask & ~(
    SELECT CAST(SUM(DISTINCT CAST(1 AS BIGINT) << s.channel) AS BIGINT)
    FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
    JOIN consent_stands s ON s.org_id = e.org_id AND s.address = e.address
        AND s.space = CASE WHEN e.kind = 5 THEN 4 ELSE e.kind END
    WHERE l.customer_id = customer_facts.customer_id AND s.purpose = 1)
WHERE customer_id IN (
    SELECT l.customer_id FROM consent_stands s
    JOIN endpoints e ON e.org_id = s.org_id AND e.address = s.address
        AND s.space = CASE WHEN e.kind = 5 THEN 4 ELSE e.kind END
    JOIN customer_endpoints l ON l.endpoint_id = e.id WHERE s.purpose = 1);
INSERT INTO stale_customers (customer_id, org_id)
SELECT DISTINCT l.customer_id, s.org_id FROM consent_stands s
JOIN endpoints e ON e.org_id = s.org_id AND e.address = s.address
    AND s.space = CASE WHEN e.kind = 5 THEN 4 ELSE e.kind END
JOIN customer_endpoints l ON l.endpoint_id = e.id
WHERE TRUE ON CONFLICT (customer_id) DO NOTHING;

-- A message is known by its sender: two bots, or two gateways, may give one id.
CREATE TABLE inbound_messages_by_sender (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id          INTEGER  NOT NULL,
    sender          TEXT     NOT NULL,
    kind            INTEGER NOT NULL,
    -- The provider's id: the same message told twice is one.
    provider_id     TEXT     NOT NULL,
    conversation_id INTEGER   NOT NULL REFERENCES conversations,
    -- When the guest sent it, and when we heard of it.
    at              INTEGER   NOT NULL,
    came_at         INTEGER   NOT NULL,
    -- JSON of bellhop-domain's InboundContent.
    content         TEXT     NOT NULL,
    -- Its words, where it is a message of its own and has any.
    words           TEXT,
    -- The provider's id of the message it answers, changes or takes back.
    answers         TEXT,
    UNIQUE (org_id, sender, kind, provider_id)
);
INSERT INTO inbound_messages_by_sender
    (id, org_id, sender, kind, provider_id, conversation_id, at, came_at, content, words, answers)
SELECT m.id, m.org_id, v.sender, m.kind, m.provider_id, m.conversation_id, m.at, m.came_at, m.content, m.words, m.answers
FROM inbound_messages m JOIN conversations v ON v.id = m.conversation_id;
DROP TABLE inbound_messages;
ALTER TABLE inbound_messages_by_sender RENAME TO inbound_messages;
CREATE INDEX inbound_messages_by_conversation ON inbound_messages (conversation_id, at);
