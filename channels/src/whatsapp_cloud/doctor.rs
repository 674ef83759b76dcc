//! What `bellhop doctor` says about a number: token, registration, quality, limit and templates. Sends nothing.

use super::client::WhatsAppCloud;
use super::config::TemplateName;
use super::outcome::MetaError;
use crate::Finding;
use crate::config::{endpoint, plain_text};
use crate::http::ask;
use bellhop_domain::Timestamp;
use reqwest::header::AUTHORIZATION;
use serde_json::Value;

/// The most pages of the template list that are read; an account has up to 6,000 templates (PROVIDERS.md §5.3).
const PAGES: usize = 30;
const PAGE: usize = 200;

impl WhatsAppCloud {
    pub(super) async fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let mut findings = self.number(now).await;
        if findings.iter().all(|finding| finding.mend.is_none()) {
            findings.extend(self.limit(now).await);
        }
        if !self.config.templates.is_empty() {
            findings.extend(self.named_templates(now).await);
        }
        findings.extend(plain_text("base_url", &self.config.base));
        findings
    }

    async fn number(&self, now: Timestamp) -> Vec<Finding> {
        let id = &self.config.phone_number_id;
        let fields = "display_phone_number,verified_name,quality_rating,platform_type,status";
        match self.get(&format!("/{id}?fields={fields}"), now).await {
            Ok(number) => of_number(&number),
            Err(why) => vec![Finding::error(
                format!("WhatsApp number {id}: {why}"),
                "check access_token (a system user's, with whatsapp_business_messaging and \
                 whatsapp_business_management), phone_number_id, version and the network",
            )],
        }
    }

    /// Compares the portfolio's messaging limit with the configured one.
    async fn limit(&self, now: Timestamp) -> Option<Finding> {
        let path = format!(
            "/{}?fields=whatsapp_business_manager_messaging_limit",
            self.config.phone_number_id
        );
        let answer = self.get(&path, now).await.ok()?;
        let tier = answer["whatsapp_business_manager_messaging_limit"].as_str()?;
        let allowed = people_of(tier)?;
        let configured = self
            .config
            .people_limit
            .as_ref()
            .map_or(u64::MAX, |limit| u64::from(limit.people));
        if configured <= allowed {
            return Some(Finding::fine(format!("messaging limit {tier}")));
        }
        Some(Finding::warning(
            format!("Meta lets this portfolio begin with {allowed} people in 24 hours, the configuration allows more"),
            format!("set unique_people_per_day = {allowed}"),
        ))
    }

    async fn named_templates(&self, now: Timestamp) -> Vec<Finding> {
        let waba = &self.config.waba_id;
        match self.all_templates(now).await {
            Ok(listed) => self
                .config
                .templates
                .iter()
                .map(|wanted| of_template(wanted, &listed))
                .collect(),
            Err(why) => vec![Finding::error(
                format!("the templates of WABA {waba} cannot be read: {why}"),
                "check waba_id and the token's permission whatsapp_business_management",
            )],
        }
    }

    /// What prevents a mailing's template from being sent. If the list cannot be read, that is not the mailing's
    /// fault.
    pub(super) async fn trouble_with(&self, name: &str, language: &str, now: Timestamp) -> Option<Finding> {
        let wanted = TemplateName {
            name: name.to_owned(),
            language: language.to_owned(),
        };
        let waba = &self.config.waba_id;
        match self.all_templates(now).await {
            Ok(listed) => Some(of_template(&wanted, &listed)).filter(|finding| finding.mend.is_some()),
            Err(why) => Some(Finding::warning(
                format!(
                    "whether there is a template {name} ({language}) is not known: WABA {waba} cannot be read: {why}"
                ),
                "check the network, waba_id and the token's permission whatsapp_business_management",
            )),
        }
    }

    async fn all_templates(&self, now: Timestamp) -> Result<Vec<Value>, String> {
        let first = format!(
            "/{}/message_templates?fields=name,language,status&limit={PAGE}",
            self.config.waba_id
        );
        let (mut listed, mut path) = (Vec::new(), first.clone());
        for _ in 0..PAGES {
            let mut page = self.get(&path, now).await?;
            if let Some(Value::Array(data)) = page.get_mut("data").map(Value::take) {
                listed.extend(data);
            }
            // Only the cursor is taken from the answer, never its URL, which contains the token.
            let next = page["paging"]["cursors"]["after"].as_str();
            let Some(after) = next.filter(|_| page["paging"]["next"].is_string()) else {
                break;
            };
            let after: String = form_urlencoded::byte_serialize(after.as_bytes()).collect();
            path = format!("{first}&after={after}");
        }
        Ok(listed)
    }

    /// Reads an object of the Graph API.
    async fn get(&self, path: &str, now: Timestamp) -> Result<Value, String> {
        let url = endpoint(&self.config.base, path)?;
        let request = self
            .client
            .get(url)
            .header(AUTHORIZATION, self.config.authorization.clone());
        let answer = ask(request.send(), now).await?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match MetaError::read(&body["error"]) {
            Some(error) => Err(error.why()),
            None if answer.status == 200 && body.is_object() => Ok(body),
            None => Err(format!("HTTP {}", answer.status)),
        }
    }
}

fn of_number(number: &Value) -> Vec<Finding> {
    let text = |key: &str| number[key].as_str().unwrap_or_default();
    let (shown, name) = (text("display_phone_number"), text("verified_name"));
    let mut findings = Vec::new();
    let registered = !matches!(text("platform_type"), "NOT_APPLICABLE" | "ON_PREMISE");
    let connected = matches!(text("status"), "" | "CONNECTED");
    if registered && connected {
        findings.push(Finding::fine(format!(
            "WhatsApp number {shown} ({name}): Meta takes the token"
        )));
    } else {
        findings.push(Finding::error(
            format!(
                "WhatsApp number {shown} ({name}) is not connected to the Cloud API: status {}, platform {}",
                text("status"),
                text("platform_type")
            ),
            "register it: WhatsApp Manager, Phone numbers, or POST /{phone_number_id}/register with its pin",
        ));
    }
    if let quality @ ("RED" | "YELLOW") = text("quality_rating") {
        findings.push(Finding::warning(
            format!("WhatsApp number {shown}: quality {quality}; Meta may lower its limits"),
            "write less often and only to guests who want your messages, until the quality is GREEN",
        ));
    }
    findings
}

fn of_template(wanted: &TemplateName, listed: &[Value]) -> Finding {
    let TemplateName { name, language } = wanted;
    let found = listed
        .iter()
        .find(|one| one["name"] == name.as_str() && one["language"] == language.as_str());
    match found.map(|one| one["status"].as_str().unwrap_or_default()) {
        Some("APPROVED") => Finding::fine(format!("template {name} ({language}) is approved")),
        Some(status) => Finding::error(
            format!("template {name} ({language}) is {status}"),
            "mailings that use it will be refused; see WhatsApp Manager, Message templates",
        ),
        None => Finding::error(
            format!("there is no template {name} in {language}{}", others(name, listed)),
            "create it in WhatsApp Manager, Message templates, or correct its name or language",
        ),
    }
}

/// The languages in which a template of this name exists.
fn others(name: &str, listed: &[Value]) -> String {
    let same = listed.iter().filter(|one| one["name"] == name);
    let languages: Vec<_> = same.filter_map(|one| one["language"].as_str()).collect();
    match languages.is_empty() {
        true => String::new(),
        false => format!(", only in {}", languages.join(", ")),
    }
}

/// With how many people a tier lets a portfolio begin conversations in 24 hours (PROVIDERS.md §5.4).
pub(super) fn people_of(tier: &str) -> Option<u64> {
    Some(match tier {
        "TIER_50" => 50,
        "TIER_250" => 250,
        "TIER_1K" => 1_000,
        "TIER_2K" => 2_000,
        "TIER_10K" => 10_000,
        "TIER_100K" => 100_000,
        "TIER_UNLIMITED" => u64::MAX,
        _ => return None,
    })
}
