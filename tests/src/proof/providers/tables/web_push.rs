//! Web push: PROVIDERS.md §3.6, the generic table and the words of Mozilla, Apple, Google and Microsoft.

use serde_json::json;

use super::super::row::{Answer, Row, row};
use super::super::then::Then::{Again, Dropped, Failed, HostWaits, RunPauses, SenderStops, Sent, SentAgain, Waits};

/// With this many accepted for each refusal, a refused key means an old subscription.
const OTHERS: usize = 12;

fn mozilla(http: u16, errno: u16) -> Answer {
    let body = json!({"code": http, "errno": errno, "error": "words", "message": "words"});
    Answer::http(http, body).shown(format!("{http} errno {errno}"))
}

fn apple(http: u16, reason: &str) -> Answer {
    Answer::http(http, json!({ "reason": reason })).shown(format!("{http} {reason}"))
}

fn plain(http: u16, text: &str) -> Answer {
    let shown = if text.is_empty() {
        http.to_string()
    } else {
        format!("{http} {text}")
    };
    Answer::http(http, text).shown(shown)
}

/// A refused key: if it is a single one among many that are accepted, the subscription is old; if there are many, our
/// key is wrong.
fn key(code: &'static str, answer: &Answer, says: &'static str) -> [Row; 2] {
    [
        row(code, answer.clone(), Dropped)
            .case("a single one")
            .says(says)
            .before(OTHERS),
        row(code, answer.clone(), SenderStops).case("many").says(says),
    ]
}

pub(in super::super) fn rows() -> Vec<Row> {
    let mut rows = generic();
    rows.extend(of_mozilla());
    rows.extend(of_apple());
    rows.extend(of_google_and_microsoft());
    rows
}

fn generic() -> Vec<Row> {
    let mut rows = vec![
        row("201", Answer::taken("201 with a Location"), Sent),
        row("202", plain(202, ""), Sent),
        row("400", plain(400, ""), RunPauses),
        row("400", plain(400, "InvalidRegistration"), Dropped).case("the registration is invalid"),
        row("404", plain(404, ""), Dropped),
        row("410", plain(410, ""), Dropped),
        row("413", plain(413, ""), RunPauses),
        row("429", plain(429, "").header("retry-after", "120"), Waits(120)),
        row("429", plain(429, "").header("retry-after", "3600"), HostWaits(3_600))
            .case("many in a row")
            .of(10),
        row("5xx", plain(500, ""), Again(0)).says("500"),
        row("5xx", plain(502, ""), Again(0)).case("502").says("502"),
        row("5xx", plain(503, "").header("retry-after", "3"), Again(3))
            .case("Retry-After")
            .says("503"),
        row("reset", Answer::ending("reset_after"), SentAgain).says(""),
    ];
    rows.extend(key("401", &plain(401, ""), "401"));
    rows.extend(key("403", &plain(403, ""), "403"));
    rows
}

fn of_mozilla() -> Vec<Row> {
    let wrong = |code, errno| row(code, mozilla(400, errno), RunPauses);
    let gone = |code, http, errno| row(code, mozilla(http, errno), Dropped);
    let again = |code, http, errno| row(code, mozilla(http, errno), Again(0));
    let mut rows = vec![
        wrong("errno 101", 101),
        wrong("errno 108", 108),
        wrong("errno 110", 110),
        wrong("errno 111", 111),
        wrong("errno 112", 112),
        wrong("errno 113", 113),
        gone("errno 102", 404, 102),
        gone("errno 103", 410, 103),
        gone("errno 105", 410, 105),
        gone("errno 106", 410, 106),
        row("errno 104", mozilla(413, 104), RunPauses),
        again("errno 999", 500, 999),
        again("errno 900", 502, 900),
        again("errno 901", 502, 901),
        again("errno 902", 502, 902),
        again("errno 903", 502, 903),
        row("errno 201", mozilla(503, 201), Waits(60)),
        again("errno 202", 503, 202),
        // Redirects are not followed: the new host would have to pass the check of §3.5 first.
        row(
            "301 moved",
            plain(301, "").header("location", "https://elsewhere.example/"),
            Failed,
        )
        .says("301"),
    ];
    rows.extend(key("errno 109", &mozilla(401, 109), "errno 109"));
    rows
}

fn of_apple() -> Vec<Row> {
    let wrong = |code, http| row(code, apple(http, code), RunPauses);
    let again = |code, http| row(code, apple(http, code), Again(0));
    let single = |http, case| {
        row("VapidPkHashMismatch", apple(http, "VapidPkHashMismatch"), Dropped)
            .case(case)
            .before(OTHERS)
    };
    let mut rows = vec![
        wrong("BadTtl", 400),
        wrong("BadUrgency", 400),
        wrong("BadWebPushRequest", 400),
        wrong("BadWebPushTopic", 400),
        row("BadVapidPublicKey", apple(400, "BadVapidPublicKey"), SenderStops),
        row(
            "BadAuthorizationHeader",
            apple(400, "BadAuthorizationHeader"),
            SenderStops,
        ),
        again("IdleTimeout", 400),
        single(400, "as 400"),
        single(403, "as 403"),
        row("BadPath", apple(404, "BadPath"), Dropped),
        row("Apple 405", apple(405, "MethodNotAllowed"), RunPauses).says("MethodNotAllowed"),
        row("Apple 410", apple(410, "Unregistered"), Dropped).says("Unregistered"),
        row("Apple 413", apple(413, "PayloadTooLarge"), RunPauses).says("PayloadTooLarge"),
        row("Apple 429", apple(429, "TooManyRequests"), Waits(60)).says("TooManyRequests"),
        row("Apple 500", apple(500, "InternalServerError"), Again(0)).says("InternalServerError"),
        again("ServiceUnavailable", 503),
        again("Shutdown", 503),
    ];
    rows.extend(key("BadJwtToken", &apple(403, "BadJwtToken"), "BadJwtToken"));
    rows
}

fn of_google_and_microsoft() -> Vec<Row> {
    let other_key = plain(
        403,
        "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.",
    )
    .shown("403 credentials do not correspond");
    let single = |code, answer, says| {
        row(code, answer, Dropped)
            .case("a single one")
            .says(says)
            .before(OTHERS)
    };
    vec![
        single("Google 403", other_key, "do not correspond"),
        single(
            "UnauthorizedRegistration",
            plain(400, "UnauthorizedRegistration"),
            "UnauthorizedRegistration",
        ),
        row(
            "Google 404",
            plain(404, "A valid push subscription endpoint should be specified in the URL")
                .shown("404 invalid endpoint"),
            Dropped,
        )
        .says("404"),
        row("Google 410", plain(410, "NotRegistered"), Dropped).says("NotRegistered"),
        row(
            "Google 410",
            plain(410, "push subscription has unsubscribed or expired."),
            Dropped,
        )
        .case("unsubscribed")
        .says("unsubscribed"),
        row("Microsoft 406", plain(406, ""), HostWaits(3_600)).says("406"),
        row(
            "Microsoft 410",
            plain(410, "").header("x-wns-status", "dropped"),
            Dropped,
        )
        .says("410"),
        single("Microsoft 403", plain(403, "").header("x-wns-status", "dropped"), "403"),
    ]
}
