//! What a claim tells of a message.

use super::caps;
use super::profiles::profile_columns;
use super::refusal::GUEST_COLUMNS;
use super::types::ClaimRequest;

/// Columns of `messages m`, `endpoints e` and `customer_facts f`, and the joins that some of them need. `customers` is as in
/// [`profile_columns`], `address` tells whether the address stands. The sender is the argument `$7`.
pub(super) fn of(request: &ClaimRequest<'_>, customers: &str, address: &str) -> (String, String) {
    let (mut more, joins) = profile_columns(request.needs, customers);
    if request.needs.last_inbound {
        more += ", (SELECT v.last_inbound_at FROM conversations v
                    WHERE v.endpoint_id = m.endpoint_id AND v.sender = $7) AS last_inbound_at";
    }
    if request.needs.given {
        more += ", (SELECT q.given FROM message_requests q WHERE q.message_id = m.id) AS given";
    }
    if request.cap.is_some() {
        more += caps::COLUMN;
    }
    let columns = format!(
        "m.id, m.customer_id, m.endpoint_id, m.step, m.tries, m.sent_at, m.expires_at, e.registered_at, {address},
         {GUEST_COLUMNS}{more}"
    );
    (columns, joins)
}
