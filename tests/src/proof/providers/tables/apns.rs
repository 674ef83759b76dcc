//! APNs: PROVIDERS.md §2.4.

use bellhop_domain::Timestamp;
use serde_json::json;

use super::super::row::{Answer, Row, row};
use super::super::then::Then::{
    Again, Dropped, Failed, LaneWaits, RunPauses, SenderStops, Sent, SentAfterRenewal, SentAgain, Waits,
};

/// 2020-01-01T00:00:00Z, before any token of the proof was registered; ms UTC.
const LONG_AGO: i64 = 1_577_836_800_000;
const HOUR_MS: i64 = 3_600_000;

fn reason(http: u16, reason: &str) -> Answer {
    Answer::http(http, json!({ "reason": reason })).shown(format!("{http} {reason}"))
}

const EXPIRED: &str = "ExpiredProviderToken";

pub(in super::super) fn expired() -> Answer {
    reason(403, EXPIRED)
}

/// The row that [`old_token`](super::super::old_token) plays.
pub(in super::super) fn old_token() -> Row {
    row(EXPIRED, expired(), SentAfterRenewal).case("our token is old")
}

/// A 410, which tells since when the token is dead.
fn gone(reason: &str, since_ms: i64) -> Answer {
    Answer::http(410, json!({"reason": reason, "timestamp": since_ms})).shown(format!("410 {reason}"))
}

pub(in super::super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("200", Answer::taken("200"), Sent),
        row("IdleTimeout", reason(400, "IdleTimeout"), Again(0)),
        row("UnrelatedKeyIdInToken", reason(403, "UnrelatedKeyIdInToken"), Again(0)),
        row("Shutdown", reason(503, "Shutdown"), Again(0)),
        // "First retry after about 15 min".
        row("InternalServerError", reason(500, "InternalServerError"), Waits(900)),
        row("ServiceUnavailable", reason(503, "ServiceUnavailable"), Waits(900)),
        row("TooManyRequests", reason(429, "TooManyRequests"), Waits(60)),
        row(
            "TooManyProviderTokenUpdates",
            reason(429, "TooManyProviderTokenUpdates"),
            LaneWaits(1_200),
        ),
        // Our token is seconds old and minting another would be too soon, so a human is asked to check the clock.
        row(EXPIRED, expired(), SenderStops).case("our token is fresh"),
        row("reset", Answer::ending("reset_after"), SentAgain).says(""),
    ];
    rows.extend(tokens());
    rows.extend(requests());
    rows.extend(credentials());
    rows
}

/// A token is given up only if Apple has accepted something of ours before, and for a 410 only if it is about this
/// registration.
fn tokens() -> Vec<Row> {
    let later = Timestamp::now().0 + HOUR_MS;
    let unproven = "nothing has passed";
    let mut rows = Vec::new();
    for code in ["BadDeviceToken", "DeviceTokenNotForTopic"] {
        rows.push(row(code, reason(400, code), Dropped).case("others pass").before(1));
        rows.push(row(code, reason(400, code), Failed).case(unproven).of(1));
    }
    for code in ["Unregistered", "ExpiredToken"] {
        rows.push(row(code, gone(code, later), Dropped).case("registered before"));
        rows.push(row(code, gone(code, LONG_AGO), Failed).case("registered since"));
    }
    rows
}

fn requests() -> Vec<Row> {
    let wrong = |http, code| row(code, reason(http, code), RunPauses);
    let mut rows: Vec<Row> = [
        "BadCollapseId",
        "BadExpirationDate",
        "BadMessageId",
        "BadPriority",
        "BadTopic",
        "DuplicateHeaders",
        "InvalidPushType",
        "MissingDeviceToken",
        "MissingTopic",
        "PayloadEmpty",
        // About broadcasts, which Bellhop does not send.
        "FeatureNotEnabled",
        "MissingChannelId",
        "BadChannelId",
        "ChannelNotRegistered",
        "BadRequestParams",
        "CannotCreateChannelConfig",
        "TopicMismatch",
    ]
    .map(|code| wrong(400, code))
    .into();
    rows.extend([
        wrong(404, "BadPath"),
        wrong(405, "MethodNotAllowed"),
        wrong(413, "PayloadTooLarge"),
    ]);
    rows
}

fn credentials() -> Vec<Row> {
    let stops = |http, code| row(code, reason(http, code), SenderStops);
    let mut rows: Vec<Row> = [
        "BadCertificate",
        "BadCertificateEnvironment",
        "Forbidden",
        "InvalidProviderToken",
        "MissingProviderToken",
        "BadEnvironmentKeyIdInToken",
        "BadEnvironmentKeyInToken",
    ]
    .map(|code| stops(403, code))
    .into();
    rows.push(stops(400, "TopicDisallowed"));
    rows
}
