//! A brand with an app and a number for SMS.

use async_trait::async_trait;
use bellhop_campaigns::{InForce, OrgDefaults, OrgInForce, Rendering, Sender, Senders};
use bellhop_channels::{Finding, OutgoingMessage, Provider};
use bellhop_domain::{EndpointKind, OrgId, Outcome, Timestamp, Zone};
use bellhop_rate_limits::{Pacing, RateSpec};
use bellhop_store::guests::Settings;
use bellhop_templating::{Currency, Locale};
use std::collections::HashMap;
use std::sync::Arc;

pub const ORG: OrgId = OrgId(1);

pub fn zone() -> Zone {
    Zone::named("Europe/Moscow").unwrap()
}

/// A time of the brand's clock.
pub fn at(text: &str) -> Timestamp {
    zone().parse(text).unwrap()
}

/// Sends nothing: nobody here works on what is made.
struct Nobody(EndpointKind);

#[async_trait]
impl Provider for Nobody {
    fn kind(&self) -> EndpointKind {
        self.0
    }

    async fn send(&self, _: &OutgoingMessage<'_>) -> Outcome {
        Outcome::Failed { why: String::new() }
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

fn sender(name: &str, kind: EndpointKind) -> Sender {
    Sender {
        org: ORG,
        name: name.to_owned(),
        provider: Arc::new(Nobody(kind)).into(),
        rate: RateSpec::UNLIMITED,
        pool: None,
        account: None,
        warm_up: None,
        pacing: Pacing::default(),
    }
}

pub fn senders() -> Senders {
    Senders::new(vec![
        sender("app", EndpointKind::Fcm),
        sender("number", EndpointKind::Phone),
    ])
}

pub fn rendering() -> Rendering {
    Rendering {
        defaults: OrgDefaults {
            locale: Locale::parse("en").unwrap(),
            zone: zone(),
            currency: Currency::from_code("RUB").unwrap(),
            frequency_cap: Settings::default().frequency_cap,
        },
        public_url: "https://b.example".to_owned(),
    }
}

pub fn in_force() -> InForce {
    let own = OrgInForce {
        slug: "o".to_owned(),
        defaults: rendering().defaults,
        holding: settings().holding(),
        question: String::new(),
    };
    InForce {
        version: 0,
        organisations: HashMap::from([(ORG, own)]),
        senders: senders(),
    }
}

/// What the night held leaves at its end, all at once: when each message does is not what is compared.
pub fn settings() -> Settings {
    Settings {
        release_minutes: 0,
        ..Settings::default()
    }
}
