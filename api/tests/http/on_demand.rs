//! Mailings that are sent on demand.

use crate::world::NOW;
use bellhop_domain::{MailingId, OrgId, Origin, Purpose};
use bellhop_store::SqlStore;
use bellhop_store::ledger::{Commanding, Launch, Planning};

/// Mailing 2, which is sent on demand.
pub const LOGIN_CODE: &str = r#"{"name": "Login code", "on_demand": {"values": ["code"]}, "expires_after_minutes": 5,
    "contents": {"sms": {"text": "{{ code }} is your code"}, "push": {"title": "Code", "body": "{{ code }}"}},
    "waterfall": [{"channel": "push"}, {"channel": "sms"}]}"#;

pub async fn login_code(store: &SqlStore, org: OrgId) {
    let mailing = store.create_mailing(org, "Login code", LOGIN_CODE, "tester", NOW).await;
    launch_code(store, org, mailing.unwrap()).await;
}

/// Launches a mailing of [`LOGIN_CODE`].
pub async fn launch_code(store: &SqlStore, org: OrgId, mailing: MailingId) {
    launch_on_demand(store, org, mailing, Purpose::Notification, LOGIN_CODE).await;
}

pub async fn launch_on_demand(store: &SqlStore, org: OrgId, mailing: MailingId, purpose: Purpose, spec: &str) {
    let launch = Launch {
        mailing,
        start_at: NOW,
        purpose,
        origin: Origin::Request,
        test: false,
        spec: spec.to_owned(),
    };
    store.launch(org, launch, "tester", NOW).await.unwrap();
    store.begin_due(NOW).await.unwrap();
}
