use super::{NUMBER, WABA, cloud, provider, section};
use crate::Severity;
use crate::test_server::{Reply, Seen, TestServer};
use serde_json::{Value, json};

const REFUSED: &str = r#"{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}"#;

/// The severity and the words of each finding.
async fn findings(section: &Value) -> Vec<(Severity, String)> {
    let findings = provider(section).check().await;
    findings.into_iter().map(|one| (one.severity, one.what)).collect()
}

fn number(status: &str, quality: &str) -> Value {
    json!({
        "display_phone_number": "+1 555-078-3881", "verified_name": "Brand", "quality_rating": quality,
        "platform_type": "CLOUD_API", "status": status, "id": NUMBER,
    })
}

/// A Graph API with one number, a limit, and templates on two pages.
async fn graph(status: &'static str, quality: &'static str, tier: &'static str) -> TestServer {
    TestServer::plain(move |request: &Seen| {
        let body = match request.path.strip_prefix("/v25.0/").unwrap() {
            path if path == NUMBER && request.query.contains("messaging_limit") => {
                json!({"whatsapp_business_manager_messaging_limit": tier, "id": NUMBER})
            }
            path if path == NUMBER => number(status, quality),
            path if path == format!("{WABA}/message_templates") && request.query.contains("after=a%3D") => {
                json!({"data": [{"name": "paused_one", "language": "ru", "status": "PAUSED"}]})
            }
            path if path == format!("{WABA}/message_templates") => json!({
                "data": [
                    {"name": "come_back", "language": "en_US", "status": "REJECTED"},
                    {"name": "come_back", "language": "ru", "status": "APPROVED"},
                ],
                "paging": {"cursors": {"after": "a="}, "next": "https://elsewhere.example/"},
            }),
            path => panic!("{path}"),
        };
        Reply::json(200, body.to_string())
    })
    .await
}

#[tokio::test]
async fn a_number_in_order() {
    let server = graph("CONNECTED", "GREEN", "TIER_2K").await;
    let mut section = section(&server.url());
    section["unique_people_per_day"] = json!(2_000);
    section["templates"] = json!([
        {"name": "come_back", "language": "ru"},
        {"name": "come_back", "language": "de"},
        {"name": "paused_one", "language": "ru"},
    ]);
    let said = findings(&section).await;
    let severities: Vec<_> = said.iter().map(|one| one.0).collect();
    use Severity::{Error, Fine};
    assert_eq!(severities, [Fine, Fine, Fine, Error, Error], "{said:?}");
    assert!(said[0].1.contains("+1 555-078-3881 (Brand)"), "{said:?}");
    assert_eq!(said[3].1, "there is no template come_back in de, only in en_US, ru");
    assert_eq!(said[4].1, "template paused_one (ru) is PAUSED");
    assert!(
        server
            .seen(&format!("/v25.0/{NUMBER}"))
            .iter()
            .all(|seen| seen.method == "GET")
    );
    assert_eq!(server.seen(super::MESSAGES).len(), 0);
}

#[tokio::test]
async fn limits_quality_and_registration() {
    let server = graph("CONNECTED", "RED", "TIER_250").await;
    let said = findings(&section(&server.url())).await;
    assert_eq!(said[1].0, Severity::Warning, "{said:?}");
    assert!(said[1].1.contains("quality RED"), "{said:?}");
    let server = graph("CONNECTED", "GREEN", "TIER_250").await;
    let said = findings(&section(&server.url())).await;
    assert!(said[1].1.contains("begin with 250 people"), "{said:?}");
    let server = graph("PENDING", "GREEN", "TIER_250").await;
    let said = findings(&section(&server.url())).await;
    assert_eq!((said.len(), said[0].0), (1, Severity::Error), "{said:?}");
    assert!(said[0].1.contains("not connected"), "{said:?}");
}

#[tokio::test]
async fn a_token_that_meta_refuses() {
    let server = TestServer::plain(|_| Reply::json(401, REFUSED)).await;
    let said = cloud(&server).check().await;
    assert_eq!(said[0].severity, Severity::Error);
    assert!(said[0].what.contains("190: Error validating access token"), "{said:?}");
    assert!(said[0].mend.as_ref().unwrap().contains("access_token"), "{said:?}");
    let lost = TestServer::plain(|_| Reply::Lost).await;
    assert_eq!(cloud(&lost).check().await[0].severity, Severity::Error);
}
