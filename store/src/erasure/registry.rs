//! What an erasure does to each table. A test compares the list with the schema, so that a table that comes later cannot be
//! forgotten: whoever adds one says here what is in it of a guest.

use crate::Dialect;
use Treatment::{ByAddress, ByMonth, ByText, Nobody, Rows, Set};

/// A table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub table: &'static str,
    pub treatment: Treatment,
    /// The database that has it, if only one does.
    pub only: Option<Dialect>,
}

impl Entry {
    pub fn is_of(&self, dialect: Dialect) -> bool {
        self.only.is_none_or(|only| only == dialect)
    }
}

/// What becomes of what it holds of a guest. In conditions, `{guest}` is the guest's number, `{own}` the list of the numbers of
/// addresses that are the guest's alone, and `{now}` the instant; codes stand in the same way.
#[derive(Debug, Clone, Copy)]
pub enum Treatment {
    /// Its rows go for which the condition holds.
    Rows(&'static str),
    /// Its rows stay without the person: what is set, and where.
    Set(&'static str, &'static str),
    /// What was said by an address, in `card.rs`.
    ByAddress,
    /// With the messages of a month, in `months.rs`.
    ByMonth,
    /// Where a text names the guest, in `elsewhere.rs` and `listed.rs`.
    ByText,
    /// It holds nothing of a guest but perhaps the number, which is nobody's any more; why.
    Nobody(&'static str),
}

const fn entry(table: &'static str, treatment: Treatment) -> Entry {
    Entry {
        table,
        treatment,
        only: None,
    }
}

const fn only(dialect: Dialect, table: &'static str, treatment: Treatment) -> Entry {
    Entry {
        only: Some(dialect),
        ..entry(table, treatment)
    }
}

const GUEST: &str = "customer_id = {guest}";
const OF_THE_INSTALLATION: &str = "of the installation";
const OF_THE_BRAND: &str = "of the brand";
const OF_ITS_PEOPLE: &str = "of the people who work for the brand";
const FIGURES: &str = "figures, by numbers";

/// All tables, in the order in which an erasure goes through them: what refers to a row comes before the row. A table may come
/// more than once.
pub const REGISTRY: &[Entry] = &[
    // What is known of a guest.
    entry("customer_attributes", Rows(GUEST)),
    entry("customer_tags", Rows(GUEST)),
    entry("tag_looks", Rows(GUEST)),
    entry("consents", Rows(GUEST)),
    entry("customer_facts", Rows(GUEST)),
    entry("stale_customers", Rows(GUEST)),
    only(Dialect::Postgres, "customer_latest_orders", Rows(GUEST)),
    entry("guest_marketing", Rows(GUEST)),
    // By the beginning of its index, as firings are below.
    entry(
        "rested",
        Rows("customer_id = {guest} AND mailing_id IN (SELECT m.id FROM mailings m)"),
    ),
    entry("carts", Rows(GUEST)),
    entry("landing_guests", Rows(GUEST)),
    entry("reported_bonuses", Rows(GUEST)),
    entry("referrals", Rows("customer_id = {guest} OR inviter_id = {guest}")),
    entry("referral_codes", Rows(GUEST)),
    entry("review_photos", Rows(GUEST)),
    // The stars stay.
    entry("reviews", Set("words = NULL, photos = '[]'", GUEST)),
    // Its id stays, so that the same event told again is known.
    entry("events", Set("data = '{}', name = NULL", GUEST)),
    // What is told, and what programs have in hand.
    entry("webhook_deliveries", Rows(GUEST)),
    entry("outbox", ByText),
    entry(
        "firings",
        Set(
            "given = NULL",
            "customer_id = {guest} AND program_id IN (SELECT p.id FROM programs p) AND given IS NOT NULL",
        ),
    ),
    entry(
        "firings",
        Set(
            "state = {skipped}, reason = {erased}, decided_at = {now}",
            "customer_id = {guest} AND program_id IN (SELECT p.id FROM programs p) AND state = {waits}",
        ),
    ),
    // Chats, at addresses that nobody else has.
    entry(
        "inbound_messages",
        Rows("conversation_id IN (SELECT v.id FROM conversations v WHERE v.endpoint_id IN {own})"),
    ),
    entry("conversations", Rows("endpoint_id IN {own}")),
    entry("consent_questions", Rows("endpoint_id IN {own}")),
    entry("consent_words", ByAddress),
    entry("consent_words", Rows("customer_id = {guest} AND address IS NULL")),
    // What was said of an address that others have too is theirs.
    entry("consent_words", Set("customer_id = NULL", GUEST)),
    entry("consent_stands", ByAddress),
    entry("address_aliases", ByAddress),
    entry(
        "given_up_endpoints",
        Rows("customer_id = {guest} OR endpoint_id IN {own}"),
    ),
    entry("customer_endpoints", Rows(GUEST)),
    // Messages name the row.
    entry(
        "endpoints",
        Set(
            "address = 'erased:' || CAST(id AS TEXT), state = {dead}, state_since = {now}, reason = NULL",
            "id IN {own}",
        ),
    ),
    // Exports that may have the guest, ready or in the making: their files go with the next look for what is over.
    entry(
        "file_jobs",
        Set(
            "state = {export_erased}, asked = '{}', ended_at = {now}, expires_at = {now}",
            "kind = {export} AND state IN ({export_living}) AND org_id = (SELECT c.org_id FROM customers c WHERE c.id = {guest})",
        ),
    ),
    entry("customers", Rows("id = {guest}")),
    // The ledger: numbers of nobody, but for what providers and browsers have said of a message.
    entry("messages", ByMonth),
    entry("attempts", ByMonth),
    entry("opens", ByMonth),
    entry("receipts", ByMonth),
    entry("message_requests", ByMonth),
    entry("watched_messages", ByMonth),
    entry("run_endpoints", Nobody("numbers of addresses")),
    entry("batches", Nobody("numbers of messages")),
    // Where people and providers have written something down.
    entry("provider_events", ByText),
    entry("audit_log", ByText),
    entry("mailings", ByText),
    entry("runs", ByText),
    entry("program_versions", ByText),
    entry("segments", ByText),
    entry(
        "orders",
        Nobody("an order stays, with the number of a guest who is no more"),
    ),
    entry("order_items", Nobody("as the order")),
    entry(
        "stopped_addresses",
        Nobody("hashes of addresses, by which a no outlives a card"),
    ),
    entry("erasures", Nobody("the number of the guest who was erased")),
    entry("frozen_recipients", Nobody(FIGURES)),
    entry("frozen_opens", Nobody(FIGURES)),
    entry("frozen_credits", Nobody(FIGURES)),
    entry("frozen_counts", Nobody(FIGURES)),
    entry("run_tallies", Nobody(FIGURES)),
    entry("run_touches", Nobody("numbers of runs")),
    entry("frozen_messages", Nobody(FIGURES)),
    entry("frozen_orders", Nobody(FIGURES)),
    entry("run_exclusions", Nobody(FIGURES)),
    entry("run_refusals", Nobody(FIGURES)),
    entry("installation", Nobody(OF_THE_INSTALLATION)),
    entry("message_secrets", Nobody(OF_THE_INSTALLATION)),
    entry("guest_secrets", Nobody(OF_THE_INSTALLATION)),
    only(Dialect::Sqlite, "leases", Nobody(OF_THE_INSTALLATION)),
    only(Dialect::Sqlite, "message_numbers", Nobody(OF_THE_INSTALLATION)),
    entry("schema_marks", Nobody(OF_THE_INSTALLATION)),
    entry("pruning", Nobody(OF_THE_INSTALLATION)),
    entry("outbox_readers", Nobody(OF_THE_INSTALLATION)),
    entry("settings_state", Nobody(OF_THE_INSTALLATION)),
    entry("settings_troubles", Nobody(OF_THE_INSTALLATION)),
    // What was sent stays sent: the code with it.
    entry("promo_codes", Nobody("the number of the message that it was given to")),
    entry("promo_lists", Nobody(OF_THE_BRAND)),
    entry("promo_tags", Nobody(OF_THE_BRAND)),
    entry("segment_uses", Nobody(OF_THE_BRAND)),
    entry("landings", Nobody(OF_THE_BRAND)),
    entry("landing_counts", Nobody(FIGURES)),
    entry("tag_rules", Nobody(OF_THE_BRAND)),
    entry("tag_rule_versions", Nobody(OF_THE_BRAND)),
    entry("tag_passes", Nobody(OF_THE_BRAND)),
    entry("people", Nobody(OF_ITS_PEOPLE)),
    entry("recovery_codes", Nobody(OF_ITS_PEOPLE)),
    entry("person_links", Nobody(OF_ITS_PEOPLE)),
    entry("sessions", Nobody(OF_ITS_PEOPLE)),
    entry("login_attempts", Nobody(OF_ITS_PEOPLE)),
    entry("launch_approvals", Nobody(OF_ITS_PEOPLE)),
    entry("presence", Nobody(OF_ITS_PEOPLE)),
    entry("organisations", Nobody(OF_THE_BRAND)),
    entry("api_keys", Nobody(OF_THE_BRAND)),
    entry("settings", Nobody(OF_THE_BRAND)),
    entry("settings_history", Nobody(OF_THE_BRAND)),
    entry("restaurants", Nobody(OF_THE_BRAND)),
    entry("tags", Nobody(OF_THE_BRAND)),
    entry("dishes", Nobody(OF_THE_BRAND)),
    entry("categories", Nobody(OF_THE_BRAND)),
    entry("programs", Nobody(OF_THE_BRAND)),
    entry("schedules", Nobody(OF_THE_BRAND)),
    entry("uploads", Nobody("files of the brand, which end within days")),
    entry("import_mappings", Nobody(OF_THE_BRAND)),
    entry("webhooks", Nobody(OF_THE_BRAND)),
    entry("outbox_wants", Nobody(OF_THE_BRAND)),
    entry("made_once", Nobody("digests of requests")),
    entry("question_mailings", Nobody(OF_THE_BRAND)),
    entry("sender_pauses", Nobody(OF_THE_BRAND)),
    entry("sender_resumes", Nobody(OF_THE_BRAND)),
    entry("sender_health", Nobody(OF_THE_BRAND)),
    entry("sender_countries", Nobody(OF_THE_BRAND)),
    entry("sender_warm_ups", Nobody(OF_THE_BRAND)),
];
