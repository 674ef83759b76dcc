//! What the doctor asks MAX: who the bot is, and whether its webhook is still subscribed.

use super::client::Max;
use super::webhook::WANTED;
use crate::Finding;
use crate::config::plain_text;
use crate::http::ask;
use bellhop_domain::Timestamp;
use reqwest::Url;
use serde_json::Value;

/// The host of the API until July 2026, which MAX has deprecated.
const DEPRECATED: &str = "platform-api.max.ru";

impl Max {
    pub(super) async fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let me = match self.ask(&self.config.urls.me, now).await {
            Ok(me) => {
                let name = me["username"].as_str().unwrap_or("without a name");
                let contract = &self.config.contract;
                Finding::fine(format!(
                    "MAX bot {name}: MAX takes the token; mailings are allowed by the contract {contract}"
                ))
            }
            Err(why) => return vec![unreached(&why)],
        };
        let base = &self.config.base_url;
        let deprecated = (base.host_str() == Some(DEPRECATED)).then(|| {
            Finding::warning(
                format!("base_url names {DEPRECATED}, which MAX is switching off"),
                "take base_url out of the section: platform-api2.max.ru is the default",
            )
        });
        let subscribed = self.subscription(now).await;
        [Some(me), subscribed, deprecated, plain_text("base_url", base)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// MAX ends a subscription whose address has not answered for eight hours.
    async fn subscription(&self, now: Timestamp) -> Option<Finding> {
        if self.calls.is_none() {
            return Some(Finding::warning(
                "no call of MAX's will be believed: no guests' messages, no word of who stopped the bot",
                "subscribe the webhook with a secret and set webhook_secret to the same secret",
            ));
        }
        match self.ask(&self.config.urls.subscriptions, now).await {
            Ok(told) => judge(&told),
            Err(why) => Some(Finding::warning(
                format!("MAX does not say where it calls: {why}"),
                "run the doctor again; without a subscription no guest's message comes",
            )),
        }
    }

    /// Asks a question about the bot itself; the error is the text of a finding.
    async fn ask(&self, url: &Url, now: Timestamp) -> Result<Value, String> {
        let answer = ask(self.authorized(self.client.get(url.clone())).send(), now).await?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 && body.is_object() {
            return Ok(body);
        }
        let code = body["code"].as_str().unwrap_or("no answer of MAX's");
        Err(format!("HTTP {}: {code}", answer.status))
    }
}

fn unreached(why: &str) -> Finding {
    let mend = if why.contains("certificate") {
        "MAX's certificate is of the Russian Trusted CA, which systems do not know: get its root and sub certificates from \
         gosuslugi.ru/crt, put both into one PEM file and name it as http.ca_file of this sender alone"
    } else {
        "check the token on the bot's page of business.max.ru, base_url and the network"
    };
    Finding::error(format!("MAX bot: {why}"), mend)
}

/// What is wrong with the list of subscriptions; `None` if nothing is.
pub(super) fn judge(told: &Value) -> Option<Finding> {
    let all = told["subscriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [only] = all else {
        let (what, mend) = if all.is_empty() {
            (
                "the bot has no subscription: no guest's message comes, nor who stopped the bot".to_owned(),
                "subscribe the sender's address by POST /subscriptions; MAX ends a subscription that was not answered for 8 hours",
            )
        } else {
            (
                format!("the bot has {} subscriptions, and MAX calls each", all.len()),
                "take back all but the sender's address by DELETE /subscriptions?url=",
            )
        };
        return Some(Finding::warning(what, mend));
    };
    // A subscription without a list of types is one to all of them.
    let kinds = only["update_types"].as_array().filter(|kinds| !kinds.is_empty())?;
    let missing: Vec<_> = WANTED
        .into_iter()
        .filter(|kind| kinds.iter().all(|it| it != kind))
        .collect();
    (!missing.is_empty()).then(|| {
        Finding::warning(
            format!("MAX does not tell of {}", missing.join(", ")),
            "subscribe again without update_types, or with these among them",
        )
    })
}
