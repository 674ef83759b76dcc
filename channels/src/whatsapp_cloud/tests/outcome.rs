//! PROVIDERS.md §5.5, row by row.

use crate::http::Answer;
use crate::whatsapp_cloud::outcome::classify;
use bellhop_domain::Outcome;
use bellhop_domain::outcome::ThrottleScope;
use serde_json::json;
use std::time::Duration;

fn answer(status: u16, body: impl Into<String>) -> Answer {
    Answer {
        status,
        retry_after: None,
        body: body.into().into_bytes(),
    }
}

/// The outcome's class, with how far and how long it waits.
fn name(outcome: &Outcome) -> String {
    let seconds = |after: &Option<Duration>| after.map_or("-".to_owned(), |after| after.as_secs().to_string());
    match outcome {
        Outcome::Accepted { .. } => "accepted".to_owned(),
        Outcome::Retry { after, .. } => format!("retry {}", seconds(after)),
        Outcome::CountryStopped { .. } => "country stopped".to_owned(),
        Outcome::OnceMore { after, .. } => format!("once more {}", after.as_secs()),
        Outcome::Throttled { scope, after, .. } => {
            let whom = if *scope == ThrottleScope::Sender {
                "all"
            } else {
                "person"
            };
            format!("throttled {whom} {}", seconds(after))
        }
        Outcome::RecipientGone { .. } => "gone".to_owned(),
        Outcome::Held { .. } => "held".to_owned(),
        Outcome::OptedOut { .. } => "opted out".to_owned(),
        Outcome::Failed { .. } => "failed".to_owned(),
        Outcome::Rejected { .. } => "fix".to_owned(),
        Outcome::Misconfigured { .. } => "stop".to_owned(),
        Outcome::Unknown { .. } => "unknown".to_owned(),
    }
}

fn error(code: i64) -> String {
    let words = format!("(#{code}) words of Meta");
    json!({"error": {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam"}})
        .to_string()
}

#[test]
fn every_code() {
    let rows: &[(&[i64], &str)] = &[
        (&[0, 190, 3, 10, 200, 250, 299], "stop"),
        (&[1, 2], "retry -"),
        (&[4], "throttled all 60"),
        (&[33], "stop"),
        (&[100], "fix"),
        (&[368, 131_031], "stop"),
        (&[80_007], "throttled all 60"),
        (&[130_403], "held"),
        (&[130_429], "throttled all 1"),
        (&[130_472], "held"),
        (&[130_497], "country stopped"),
        (&[130_501], "fix"),
        (&[131_000], "retry -"),
        (&[131_005], "stop"),
        (&[131_008, 131_009], "fix"),
        (&[131_016, 133_004], "retry -"),
        (&[131_021], "fix"),
        (&[131_026], "once more 900"),
        (&[131_030], "fix"),
        (&[131_037, 131_042, 131_045], "stop"),
        (&[131_047], "held"),
        (&[131_048], "stop"),
        (&[131_049], "throttled person 86400"),
        (&[131_050], "opted out"),
        (&[131_051], "fix"),
        (&[131_052], "retry 60"),
        (&[131_053], "fix"),
        (&[131_055, 131_063], "stop"),
        (&[131_056], "throttled person 6"),
        (&[131_057], "throttled all 180"),
        (&[131_062], "failed"),
        (&[131_064], "fix"),
        (&[132_000, 132_001, 132_005], "fix"),
        (&[132_007], "fix"),
        (&[132_008, 132_012, 132_018], "fix"),
        (&[132_015, 132_016], "fix"),
        (&[132_068, 132_069], "fix"),
        (
            &[133_000, 133_005, 133_006, 133_008, 133_009, 133_010, 133_015, 133_016],
            "stop",
        ),
        (&[134_011, 134_100, 134_102], "fix"),
        (&[134_101], "throttled all 600"),
        (&[135_000], "fix"),
        (&[137_000], "held"),
    ];
    for (codes, expected) in rows {
        for code in *codes {
            // The status is ignored, because Meta's documentation and its servers do not agree on it.
            for status in [200, 400, 401, 429, 500, 503] {
                let outcome = classify(&answer(status, error(*code)));
                assert_eq!(name(&outcome), *expected, "{code} with HTTP {status}");
                let told = format!("{outcome:?}");
                assert!(told.contains(&format!("\"{code}: words of Meta\"")), "{told}");
            }
        }
    }
}

#[test]
fn codes_of_the_future_and_answers_without_one() {
    let rows = [
        (400, error(999_999), "fix"),
        (401, error(999_999), "stop"),
        (500, error(999_999), "unknown"),
        (200, error(999_999), "unknown"),
        (400, String::new(), "fix"),
        (400, "<html>".to_owned(), "fix"),
        (401, String::new(), "stop"),
        (403, "{}".to_owned(), "stop"),
        (404, "<html>".to_owned(), "stop"),
        (302, String::new(), "stop"),
        (413, String::new(), "fix"),
        (429, String::new(), "throttled all 60"),
        // Not one of Meta's codes: a front end may say so even after Meta has accepted it.
        (503, String::new(), "unknown"),
        (503, "<html>".to_owned(), "unknown"),
        (503, error(999_999), "unknown"),
        (303, String::new(), "unknown"),
        (408, String::new(), "unknown"),
        (500, "<html>".to_owned(), "unknown"),
        (502, String::new(), "unknown"),
        (504, "{\"error\":null}".to_owned(), "unknown"),
        // Details of odd shape.
        (400, r#"{"error":{"code":"131047"}}"#.to_owned(), "fix"),
        (400, r#"{"error":"words"}"#.to_owned(), "fix"),
        (400, r#"{"error":{"code":131047}}"#.to_owned(), "held"),
        (
            400,
            r#"{"error":{"code":131047,"error_data":[1],"message":7}}"#.to_owned(),
            "held",
        ),
    ];
    for (status, body, expected) in rows {
        assert_eq!(
            name(&classify(&answer(status, body.clone()))),
            expected,
            "{status} {body}"
        );
    }
}

#[test]
fn what_was_taken() {
    let taken = json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": "79990000000", "wa_id": "79990000000"}],
        "messages": [{"id": "wamid.HBgL", "message_status": "held_for_quality_assessment"}],
    });
    let expected = Outcome::Accepted {
        provider_id: Some("wamid.HBgL".to_owned()),
        cost: None,
        parts: None,
    };
    assert_eq!(classify(&answer(200, taken.to_string())), expected);
    for body in [
        "",
        "{}",
        "<html>",
        r#"{"messages":[]}"#,
        r#"{"messages":[{}]}"#,
        r#"{"messages":null}"#,
    ] {
        assert_eq!(name(&classify(&answer(200, body))), "unknown", "{body}");
    }
}

#[test]
fn retry_after_is_kept_and_never_shortens_a_wait() {
    let with = |code, seconds| Answer {
        retry_after: Some(Duration::from_secs(seconds)),
        ..answer(400, error(code))
    };
    let rows = [
        (130_429, 30, "throttled all 30"),
        (131_049, 30, "throttled person 86400"),
        (131_056, 64, "throttled person 64"),
        (131_016, 5, "retry 5"),
        (131_052, 5, "retry 5"),
    ];
    for (code, seconds, expected) in rows {
        assert_eq!(name(&classify(&with(code, seconds))), expected, "{code}");
    }
}

#[test]
fn the_reason_has_metas_best_words_and_no_phone() {
    let body = json!({"error": {
        "message": "(#131009) Parameter value is not valid",
        "code": 131_009,
        "error_data": {"details": "to: 79990000000 is not (#valid), +7(999)1234567 in v25.0, code 131009"},
    }});
    let Outcome::Rejected { why } = classify(&answer(400, body.to_string())) else {
        panic!("not refused")
    };
    assert_eq!(why, "131009: to: … is not (#valid), … in v25.0, code 131009");
    let long = json!({"error": {"code": 1, "message": "я".repeat(500)}});
    let Outcome::Retry { why, .. } = classify(&answer(500, long.to_string())) else {
        panic!("no retry")
    };
    assert_eq!(why.len(), "1: ".len() + 200);
}
