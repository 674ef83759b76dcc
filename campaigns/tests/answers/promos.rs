//! What is told of a list of promo codes before anything is sent, and that asking takes no code.

use crate::stage::{NOW, ORG, Stage};
use bellhop_campaigns::check::{CheckReport, check};
use bellhop_campaigns::launch::{LaunchAnswer, launch};
use bellhop_campaigns::preview::preview;
use bellhop_campaigns::progress::progress;
use bellhop_domain::launching::Meant;
use bellhop_domain::words::Language;
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::import::ImportOptions;
use bellhop_store::promos::{NewPromoList, PromoBook};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

impl Stage {
    async fn list(&self, name: &str, common_code: Option<&str>, ends_at: Option<Timestamp>) {
        let list = NewPromoList {
            name,
            common_code,
            ends_at,
        };
        self.store.put_promo_list(ORG, list, "anna", NOW).await.unwrap();
    }

    async fn codes(&self, list: &str, codes: &str) {
        let folder = bellhop_test_services::folder().unwrap();
        let file = folder.path().join("codes.txt");
        std::fs::write(&file, codes).unwrap();
        let options = ImportOptions {
            by_hand: Default::default(),
            dry_run: false,
            errors: None,
            language: Language::En,
            progress: &|_| {},
        };
        self.store.import_promo_codes(ORG, list, &file, options).await.unwrap();
    }

    async fn with_list(&self, list: Option<&str>, text: &str) -> MailingId {
        let mut spec = json!({"name": "m", "audience": {}, "contents": {"sms": {"text": text}},
            "waterfall": [{"channel": "sms"}]});
        if let Some(list) = list {
            spec["promo_codes"] = list.into();
        }
        self.mailing(&spec).await
    }

    async fn checked(&self, list: Option<&str>, text: &str) -> CheckReport {
        let id = self.with_list(list, text).await;
        check(&self.brand(), &self.rendering, id, NOW).await.unwrap()
    }
}

fn codes_of(report: &CheckReport) -> Vec<(String, String)> {
    let each = report
        .problems
        .iter()
        .map(|it| (it.fault.place.clone(), it.fault.why.code()));
    each.collect()
}

fn told(place: &str, code: &str) -> Vec<(String, String)> {
    vec![(place.to_owned(), code.to_owned())]
}

#[tokio::test]
async fn what_keeps_codes_from_guests_is_told_before_a_launch() {
    let stage = Stage::new().await;
    stage.list("empty", None, None).await;
    stage.list("past", Some("OLD"), Some(NOW)).await;
    stage.list("for all", Some("BACK20"), None).await;
    let code = "Code {promo_code}";
    for (list, text, place, why) in [
        (None, code, "contents.sms.text", "variable_unfilled"),
        (Some("spring"), code, "promo_codes", "promo_list_unknown"),
        (Some("empty"), code, "promo_codes", "promo_list_empty"),
        (Some("past"), code, "promo_codes", "promo_list_ended"),
        // It has no end to tell.
        (
            Some("for all"),
            "{promo_code} {valid_to}",
            "contents.sms.text",
            "variable_unfilled",
        ),
    ] {
        let report = stage.checked(list, text).await;
        let found: Vec<_> = codes_of(&report).into_iter().filter(|it| it.1 == why).collect();
        assert_eq!(found, told(place, why), "{list:?} {text}");
        assert!(report.has_errors(), "{list:?} {text}");
    }
    let report = stage.checked(Some("for all"), "News").await;
    assert_eq!(codes_of(&report), told("promo_codes", "promo_list_unused"));
    assert!(!report.has_errors());
    assert_eq!(codes_of(&stage.checked(Some("for all"), code).await), []);
}

#[tokio::test]
async fn a_list_that_is_too_short_is_told_with_its_figures() {
    let stage = Stage::new().await;
    stage.list("spring", None, None).await;
    stage.codes("spring", "A-1\n").await;
    let report = stage.checked(Some("spring"), "Code {promo_code}").await;
    assert_eq!(codes_of(&report), told("promo_codes", "promo_list_short"));
    assert!(!report.has_errors());
    let figures = serde_json::to_value(report.audience.unwrap().promo_codes).unwrap();
    assert_eq!(figures, json!({"list": "spring", "needed": 2, "left": 1}));
    stage.codes("spring", "A-2\n").await;
    let report = stage.checked(Some("spring"), "Code {promo_code}").await;
    assert_eq!(codes_of(&report), []);
    // While it runs, the statistics say it too.
    let id = stage.with_list(Some("spring"), "Code {promo_code}").await;
    let launched = launch(&stage.brand(), id, NOW.plus(DAY), Meant::default(), "anna", NOW).await;
    assert!(matches!(launched, Ok(LaunchAnswer::Launched(_))));
    let now = progress(&stage.store, ORG, id, NOW).await.unwrap();
    let promo = now.promo_codes.unwrap();
    assert_eq!((promo.needed, promo.left, promo.short()), (0, 2, None));
}

#[tokio::test]
async fn a_mailing_that_begins_after_the_end_of_its_codes_is_not_launched() {
    let stage = Stage::new().await;
    stage.list("for all", Some("BACK20"), Some(NOW.plus(DAY))).await;
    let id = stage
        .with_list(Some("for all"), "Code {promo_code} till {valid_to}")
        .await;
    let at = async |start| {
        launch(&stage.brand(), id, start, Meant::default(), "anna", NOW)
            .await
            .unwrap()
    };
    assert!(matches!(at(NOW.plus(DAY)).await, LaunchAnswer::Refused(_)));
    assert!(matches!(at(NOW).await, LaunchAnswer::Launched(_)));
}

#[tokio::test]
async fn a_preview_shows_a_sample_and_takes_no_code() {
    let stage = Stage::new().await;
    stage.list("spring", None, Some(NOW.plus(DAY))).await;
    stage.codes("spring", "A-1\nABCDEFGHI\n").await;
    let id = stage.with_list(Some("spring"), "{promo_code}, {valid_to}").await;
    let brand = stage.brand();
    let customers = ["anna".to_owned()];
    let shown = preview(brand.store, brand.organisation, &stage.rendering, id, &customers, NOW).await;
    let shown: Value = serde_json::to_value(shown.unwrap()).unwrap();
    // As long as the longest code, so that the parts are right.
    assert_eq!(shown[0]["contents"]["sms"]["text"], "SAMPLE012, March 3");
    check(&brand, &stage.rendering, id, NOW).await.unwrap();
    assert_eq!(stage.store.promo_list(ORG, "spring").await.unwrap().unwrap().left, 2);
}
