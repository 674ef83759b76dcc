//! Checks a mailing before it is sent: everything that is wrong with it, and what its audience would get.

use crate::forecast::{Row, View, expire};
use crate::nearest;
use crate::rehearsal::{NotSent, Widened, rehearse};
use crate::{Brand, Rendering, Result, spec_of};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::mailing::{MailingSpec, WhatsAppContent};
use bellhop_domain::message::LIFE_ENDED;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, EndpointKind, MailingId, Timestamp};
use bellhop_templating::check::{self as texts, Problem, Severity};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a check found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Errors and warnings of the mailing itself.
    pub problems: Vec<Found>,
    /// What the audience would get; absent while the mailing itself has errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
}

#[derive(Debug, Serialize)]
pub struct Found {
    pub severity: Severity,
    pub place: String,
    pub problem: String,
}

/// What a launch now would do. The planned messages are those that would leave and those that would not be sent, by
/// reason.
#[derive(Debug, Default, Serialize)]
pub struct Audience {
    pub planned: u64,
    pub leaving: u64,
    pub excluded: BTreeMap<Exclusion, u64>,
    pub not_sent: BTreeMap<String, NotSent>,
    /// Planned messages by the channel of their first step.
    pub first_step: BTreeMap<Channel, u64>,
    /// Messages that would leave, by the channel that sends them first.
    pub leaving_by: BTreeMap<Channel, u64>,
    /// SMS by their number of parts.
    pub sms_parts: BTreeMap<usize, u64>,
    /// Those of these SMS that become UCS-2 because of a guest's values.
    #[serde(skip_serializing_if = "Widened::is_none")]
    pub widened: Widened,
    /// What holds back the messages that would expire.
    #[serde(skip)]
    held_back: Vec<String>,
}

/// Checks a mailing, and rehearses a launch at `now` if nothing is wrong with the mailing itself.
///
/// # Errors
/// When the store cannot answer.
pub async fn check(brand: &Brand<'_>, rendering: &Rendering, id: MailingId, now: Timestamp) -> Result<Report> {
    let mailing = brand.store.mailing(brand.organisation.id, id).await?;
    let spec = spec_of(&mailing)?;
    let mut report = form(brand, &spec).await?;
    // A mailing on demand has no audience to rehearse with.
    if spec.audience.is_some() && !report.has_errors() {
        report.audience = Some(audience(brand, rendering, &spec, now).await?);
        report.judge_audience();
    }
    Ok(report)
}

/// Rehearses a launch now, and foresees what would not leave in time.
async fn audience(
    brand: &Brand<'_>,
    rendering: &Rendering,
    spec: &MailingSpec<Segment>,
    now: Timestamp,
) -> Result<Audience> {
    let mut rehearsed = rehearse(brand, rendering, spec, now).await?;
    let view = View::new(*brand, None, now, now.plus(spec.life())).await?;
    let rows = view.rows(&rehearsed.leaving, None).await?;
    let expired = expire(&mut rehearsed, &rows);
    let mut leaving_by = BTreeMap::new();
    for row in &rows {
        *leaving_by.entry(row.channel).or_default() += row.messages - row.expire;
    }
    Ok(Audience {
        planned: rehearsed.planned,
        leaving: rehearsed.leaving() - expired,
        excluded: rehearsed.excluded,
        not_sent: rehearsed.not_sent,
        first_step: rehearsed.first_step,
        leaving_by,
        sms_parts: rehearsed.sms_parts,
        widened: rehearsed.widened,
        held_back: rows.iter().filter_map(Row::why_late).collect(),
    })
}

/// Checks the mailing itself: its form, its texts, its senders.
///
/// # Errors
/// When the store cannot answer.
pub async fn form(brand: &Brand<'_>, spec: &MailingSpec<Segment>) -> Result<Report> {
    let (store, org) = (brand.store, brand.organisation.id);
    let mut report = Report::default();
    for problem in spec.problems() {
        report.error(problem.place, problem.why.to_string());
    }
    for doubt in spec.doubts() {
        report.warning(doubt.place, doubt.why.to_string());
    }
    let mut attributes = store.attribute_keys(org).await?;
    attributes.extend(spec.on_demand.iter().flat_map(|it| it.values.clone()));
    let of_texts = texts::check(&spec.contents, spec.link.as_deref(), &attributes);
    report.problems.extend(of_texts.into_iter().map(text_problem));
    if let Some(audience) = &spec.audience {
        for hint in nearest::hints(&store.unknown_names(org, audience).await?) {
            report.warning("audience".into(), hint);
        }
    }
    let kinds = brand.kinds();
    for (i, step) in spec.waterfall.iter().enumerate() {
        if !kinds.iter().any(|kind| kind.channel() == step.channel) {
            report.error(
                format!("waterfall[{i}].channel"),
                format!("no sender is configured for {}; add a [[sender]] section", step.channel),
            );
        }
    }
    if let Some(content) = spec.contents.whatsapp.as_ref() {
        report.problems.extend(template_trouble(brand, content).await);
    }
    Ok(report)
}

/// Asks the provider of each number about the WhatsApp template.
async fn template_trouble(brand: &Brand<'_>, content: &WhatsAppContent) -> Vec<Found> {
    const PLACE: &str = "contents.whatsapp.template";
    let Some(template) = &content.template else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for sender in brand.senders.pool(brand.organisation.id, EndpointKind::WhatsApp) {
        let trouble = sender
            .provider
            .template_trouble(&template.name, &template.language)
            .await;
        if let Some(finding) = trouble {
            let severity = match finding.severity {
                bellhop_channels::Severity::Error => Severity::Error,
                _ => Severity::Warning,
            };
            let mend = finding.mend.map(|mend| format!("; {mend}")).unwrap_or_default();
            found.push(Found {
                severity,
                place: PLACE.to_owned(),
                problem: format!("{}: {}{mend}", sender.name, finding.what),
            });
        }
        let alone = content.text.is_none() && content.media.is_none();
        if alone && sender.provider.free_text_window().is_none() {
            found.push(Found {
                severity: Severity::Error,
                place: PLACE.to_owned(),
                problem: format!(
                    "{} is a gateway, which knows no templates; give a text as well",
                    sender.name
                ),
            });
        }
    }
    found
}

fn text_problem(p: Problem) -> Found {
    Found {
        severity: p.severity,
        place: p.place.into_owned(),
        problem: format!("{}; {}", p.message, p.advice),
    }
}

impl Report {
    fn error(&mut self, place: String, problem: String) {
        self.problems.push(Found {
            severity: Severity::Error,
            place,
            problem,
        });
    }

    fn warning(&mut self, place: String, problem: String) {
        self.problems.push(Found {
            severity: Severity::Warning,
            place,
            problem,
        });
    }

    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }

    fn judge_audience(&mut self) {
        let Some(audience) = &self.audience else { return };
        let mut warnings = Vec::new();
        for (reason, failing) in &audience.not_sent {
            let expired = reason == LIFE_ENDED;
            let held_back = match (expired, audience.held_back.is_empty()) {
                (true, false) => format!(" ({})", audience.held_back.join("; ")),
                _ => String::new(),
            };
            let place = if expired { "expires_after_minutes" } else { "contents" };
            let problem = format!(
                "{} of {} planned messages would not be sent: {}{held_back}",
                failing.messages,
                audience.planned,
                // As a marketer reads it.
                reason.replace('_', " ")
            );
            warnings.push((place, problem));
        }
        let all_sms = audience.sms_parts.values().sum();
        warnings.extend(audience.widened.warning(all_sms).map(|it| ("contents.sms.text", it)));
        if audience.leaving == 0 {
            self.error(
                "audience".into(),
                "nobody would get a message; see why under excluded and not sent".into(),
            );
        }
        for (place, problem) in warnings {
            self.warning(place.into(), problem);
        }
    }
}
