-- The ledger: each message's state, each try to send it, and the batches that workers lease.

-- A message has a key: the month in which its run began or it was asked for, counted from January 1970 by UTC, times 2^40, plus a
-- number. A batch's id bears the month of its messages in the same way. messages and attempts have a part for each month, made when
-- it is needed (store/src/ledger/months.rs).

-- A batch's id is followed by 255 numbers that are its own: the messages that are planned with it have these, from the id on, and
-- are found by them. Others have a number of message_numbers, which are below all of them. batch_numbers begins anew after two
-- thousand million batches, which would have to be of one month to have the same id.
CREATE SEQUENCE message_numbers MAXVALUE 549755813887;
CREATE SEQUENCE batch_numbers INCREMENT 256 MINVALUE 549755813888 MAXVALUE 1099511627775 CYCLE;
-- Leases across all workers.
CREATE SEQUENCE leases;

-- Up to 250 pushes, or 100 messages of another channel, of one run, kind of address and lane, that are worked on together.
CREATE TABLE batches (
    id              BIGINT   PRIMARY KEY,
    run_id          BIGINT   NOT NULL,
    org_id          INTEGER  NOT NULL,
    -- bellhop_domain::EndpointKind.
    kind            SMALLINT NOT NULL,
    lane            SMALLINT NOT NULL,
    -- The number that its guests know from a conversation: theirs alone, unless it is stopped. NULL: any of the pool.
    number          TEXT,
    -- The time zone of its guests, where quiet hours may hold it, and since when it is to be asked again whether they do: it
    -- is not leased from then on. NULL: they do not concern it.
    zone            TEXT,
    quiet_from      BIGINT,
    -- Held by quiet hours, until then.
    waits_until     BIGINT,
    -- Not to be published before: its sender stands still.
    held_until      BIGINT,
    -- When the quota has room again that holds it back, its portfolio's ceiling of guests. Told by the message's story;
    -- held_until says when to ask again, which may be sooner.
    quota_until     BIGINT,
    -- Set when its task has been handed to the broker; cleared when the task is known to have vanished.
    published_at    BIGINT,
    -- The lease that holds or last held it: a number never used twice. It is held while lease_until is set, by that worker.
    lease           BIGINT,
    lease_until     BIGINT,
    worker          TEXT,
    -- Where messages have lives of their own: when the first of its messages' may end. NULL: none has one.
    expires_at      BIGINT,
    -- Set when none of its messages is pending or in flight.
    done_at         BIGINT
) WITH (fillfactor = 60);
-- Which batches of this run are not done?
CREATE INDEX batches_open ON batches (run_id, id) WHERE done_at IS NULL;
-- Which may be published? What waits for the morning costs nobody who looks for work anything.
CREATE INDEX batches_ready ON batches (kind, lane, run_id, id)
    WHERE published_at IS NULL AND done_at IS NULL AND waits_until IS NULL;
-- How many are in the queue, and whose task has been there for too long?
CREATE INDEX batches_published ON batches (kind, lane, published_at) WHERE published_at IS NOT NULL AND done_at IS NULL;
-- Whose lease has run out?
CREATE INDEX batches_leased ON batches (lease_until) WHERE lease_until IS NOT NULL;
-- Whose quiet hours are over?
CREATE INDEX batches_waiting ON batches (waits_until) WHERE waits_until IS NOT NULL AND done_at IS NULL;
-- In which has a message's own life ended?
CREATE INDEX batches_outlived ON batches (expires_at) WHERE done_at IS NULL AND expires_at IS NOT NULL;

-- One recipient of one run, whatever the channels.
CREATE TABLE messages (
    -- Its key. The link's token, and the id that travels to the provider, are made of it with a secret.
    id               BIGINT   PRIMARY KEY,
    run_id           BIGINT   NOT NULL,
    batch_id         BIGINT   NOT NULL,
    endpoint_id      BIGINT   NOT NULL,
    org_id           INTEGER  NOT NULL,
    -- The step of the waterfall, from 0, and how often it was tried.
    step             SMALLINT NOT NULL,
    tries            SMALLINT NOT NULL DEFAULT 0,
    -- bellhop_domain::MessageState: 1 pending, 2 in flight, 3 waiting; from 10 on it is final for us.
    state            SMALLINT NOT NULL,
    -- Whether its address gets one message of the run at most. What is asked for one by one goes as often as it is asked for.
    once_per_address BOOLEAN  NOT NULL,
    -- NULL for an app that nobody has logged in to.
    customer_id      BIGINT,
    -- What a waiting message waits for (1 a retry, 2 the next step, 3 doubt to end), until when. due_at is not NULL exactly
    -- while the state is waiting.
    waiting_for      SMALLINT,
    due_at           BIGINT,
    -- The end of its own life; NULL: its run's.
    expires_at       BIGINT,
    -- The first acceptance on any step.
    sent_at          BIGINT,
    -- The first open that counts, and on which channel; the first time that a person followed the link.
    opened_at        BIGINT,
    opened_channel   SMALLINT,
    link_opened_at   BIGINT,
    -- When one that a frequency cap suppressed could have gone.
    next_possible_at BIGINT,
    -- Why it waits, or ended as it did.
    reason           TEXT
) PARTITION BY RANGE (id);
-- HOT updates need room for a whole batch's new versions beside the old ones, hence the fill factor of the parts, and indexes
-- that a sent message's update does not touch: none names state.

-- Which messages has this batch besides those that were planned with it, whose keys say it?
CREATE INDEX messages_by_batch ON messages (batch_id) WHERE (id >> 8) <> (batch_id >> 8);
-- Has this address its message of this run? A unique index of each part answers, on
-- (run_id, (CASE WHEN once_per_address THEN endpoint_id ELSE id END)): the messages of a run that is planned are all in one.
-- Which messages of this run are due?
CREATE INDEX messages_waiting ON messages (run_id, due_at) WHERE due_at IS NOT NULL;
-- Which runs have messages that are due?
CREATE INDEX messages_due ON messages (due_at, run_id) WHERE due_at IS NOT NULL;
-- Which are in doubt? They are few of those that wait.
CREATE INDEX messages_in_doubt ON messages (run_id, due_at) WHERE due_at IS NOT NULL AND waiting_for = 3;
-- What has this guest opened before an order? It is credited to the latest.
CREATE INDEX messages_opened ON messages (customer_id, opened_at) WHERE opened_at IS NOT NULL;

-- One try to send a message.
CREATE TABLE attempts (
    message_id      BIGINT   NOT NULL,
    -- The lease under which it was made: the fencing token. An outcome always lands on its attempt.
    lease           BIGINT   NOT NULL,
    run_id          BIGINT   NOT NULL,
    endpoint_id     BIGINT   NOT NULL,
    started_at      BIGINT   NOT NULL,
    org_id          INTEGER  NOT NULL,
    kind            SMALLINT NOT NULL,
    -- bellhop_domain::AttemptState.
    state           SMALLINT NOT NULL,
    -- Whether the message was opened, withdrawn or cancelled while the request was under way.
    raced           BOOLEAN  NOT NULL DEFAULT FALSE,
    sender          TEXT     NOT NULL,
    ended_at        BIGINT,
    -- What it cost, by the provider or by the sender's price, and of how many parts an SMS was.
    cost            BIGINT,
    parts           SMALLINT,
    -- When the guest's device had it, and when it was read.
    received_at     BIGINT,
    read_at         BIGINT,
    -- The provider's id of the message.
    provider_id     TEXT,
    reason          TEXT,
    PRIMARY KEY (message_id, lease)
) PARTITION BY RANGE (message_id);
-- What has this run cost, by channel? A run's attempts stand together, so a block range index answers, and costs an insert
-- nothing.
CREATE INDEX attempts_by_run ON attempts USING brin (run_id);
-- Which attempt does this receipt tell of? Only of the kinds that have receipts.
CREATE INDEX attempts_by_provider_id ON attempts (org_id, kind, provider_id) WHERE provider_id IS NOT NULL AND kind IN (4, 5);
-- What has this sender lately sent? A limiter that lost its memory is told, where limits are small enough to be remembered
-- one by one; a push pays nothing for it.
CREATE INDEX attempts_by_sender ON attempts (org_id, sender, started_at) WHERE kind >= 4;

-- Every open and every fetch of a personal link, people and robots alike.
CREATE TABLE opens (
    id              BIGINT   GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    message_id      BIGINT   NOT NULL,
    at              BIGINT   NOT NULL,
    -- 1 tap in the app, 2 link followed, 3 preview robot, 4 prefetch, 5 read, 6 click on a site's notification.
    class           SMALLINT NOT NULL,
    -- How many further opens the row stands for: a message keeps so many of a class, and beyond them their number.
    repeats         INTEGER  NOT NULL DEFAULT 0,
    user_agent      TEXT
);
-- Which opens has this message?
CREATE INDEX opens_by_message ON opens (message_id);

-- Messages that were asked for one by one.
CREATE TABLE message_requests (
    message_id      BIGINT   PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    mailing_id      BIGINT   NOT NULL,
    -- The caller's own id: asked for twice, a message goes once.
    request_id      TEXT     NOT NULL,
    -- Whom the caller named.
    recipient       TEXT     NOT NULL,
    -- JSON: what its texts say; forgotten some time after the message's life.
    given           TEXT,
    forget_at       BIGINT   NOT NULL
);
-- Has the caller asked for this before?
CREATE UNIQUE INDEX message_requests_by_caller ON message_requests (mailing_id, request_id);
-- What is to be forgotten by now?
CREATE INDEX message_requests_to_forget ON message_requests (forget_at) WHERE given IS NOT NULL;

-- The marketing messages that a guest has lately got, or is about to get: what frequency caps ask.
CREATE TABLE guest_marketing (
    customer_id     BIGINT   PRIMARY KEY,
    org_id          INTEGER  NOT NULL,
    -- Moves on with every write, so that two who decide at the same time do not both write.
    turn            BIGINT   NOT NULL,
    -- When the latest was about to go. The audience's count asks no more of whom that is long ago.
    latest          BIGINT   NOT NULL,
    -- JSON: [[message, instant], …].
    messages        TEXT     NOT NULL
) WITH (fillfactor = 70);
