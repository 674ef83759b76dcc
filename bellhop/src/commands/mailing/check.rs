//! `bellhop mailing check ID`: everything wrong with a mailing, and what its audience would get, before it is sent.

use super::forecast::{Row, View, expire};
use super::rehearsal::{self, NotSent, rehearse};
use super::spec_of;
use crate::commands::{Context, nearest, print_json, table};
use crate::wiring::{self, Parts};
use anyhow::Result;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::mailing::{MailingSpec, WhatsAppContent};
use bellhop_domain::message::LIFE_ENDED;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, EndpointKind, MailingId, OrgId, Timestamp};
use bellhop_store::Ledger;
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::{Mailing, Rehearsal};
use bellhop_templating::check::{self as texts, Problem, Severity};
use bellhop_worker::Senders;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What a check found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Errors and warnings of the mailing itself.
    problems: Vec<Found>,
    /// What the audience would get; absent while the mailing itself has errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<Audience>,
}

#[derive(Debug, Serialize)]
struct Found {
    severity: &'static str,
    place: String,
    problem: String,
}

/// What a launch now would do: planned are those that would leave, and those that are not sent by reason.
#[derive(Debug, Default, Serialize)]
struct Audience {
    planned: u64,
    leaving: u64,
    excluded: BTreeMap<Exclusion, u64>,
    not_sent: BTreeMap<String, NotSent>,
    /// Planned messages by the channel of their first step.
    first_step: BTreeMap<Channel, u64>,
    /// Those that would leave, by the channel that sends them first.
    leaving_by: BTreeMap<Channel, u64>,
    /// SMS by their number of parts.
    sms_parts: BTreeMap<usize, u64>,
    /// What holds those back that would expire.
    #[serde(skip)]
    held_back: Vec<String>,
}

pub async fn run(context: &Context, id: i64, json: bool) -> Result<ExitCode> {
    let (parts, organisation) = context.open().await?;
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    let spec = spec_of(&mailing)?;
    let mut report = form(context, &parts, &organisation, &spec).await?;
    // A transactional mailing has nobody to rehearse for.
    if spec.audience.is_some() && !report.has_errors() {
        report.audience = Some(audience(context, &parts, &organisation, &mailing).await?);
        report.judge_audience();
    }
    report.print(json)?;
    Ok(if report.has_errors() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Rehearses a launch now, and foresees what would not leave in time.
async fn audience(
    context: &Context,
    parts: &Parts,
    organisation: &Organisation,
    mailing: &Mailing,
) -> Result<Audience> {
    let (now, life) = (Timestamp::now(), spec_of(mailing)?.life());
    let mut rehearsed = rehearse(context, parts, organisation, mailing, now).await?;
    let view = View::new(context, parts, organisation, None, now, now.plus(life)).await?;
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
        held_back: rows.iter().filter_map(Row::why_late).collect(),
    })
}

/// Checks the mailing itself: its form, its texts, its senders.
pub async fn form(
    context: &Context,
    parts: &Parts,
    organisation: &Organisation,
    spec: &MailingSpec<Segment>,
) -> Result<Report> {
    let mut report = Report::default();
    for problem in spec.problems() {
        report.error(problem.place, problem.why.to_string());
    }
    for doubt in spec.doubts() {
        report.warning(doubt.place, doubt.why.to_string());
    }
    let chats: Vec<_> = spec.contents.chats().collect();
    let contents = texts::Contents {
        push: spec.contents.push.as_ref().map(|p| texts::Push {
            title: &p.title,
            body: &p.body,
        }),
        web_push: spec.contents.web_push.as_ref(),
        whatsapp: spec.contents.whatsapp.as_ref(),
        sms: spec.contents.sms.as_ref().map(|s| s.text.as_str()),
        chats: &chats,
        link: spec.link.as_deref(),
    };
    let mut attributes = parts.store.attribute_keys(organisation.id).await?;
    attributes.extend(spec.transactional.iter().flat_map(|it| it.values.clone()));
    report
        .problems
        .extend(texts::check(&contents, &attributes).into_iter().map(text_problem));
    if let Some(audience) = &spec.audience {
        for hint in nearest::hints(&parts.store.unknown_names(organisation.id, audience).await?) {
            report.warning("audience".into(), hint);
        }
    }
    let senders = wiring::senders(&context.config, &parts.organisations)?;
    for (i, step) in spec.waterfall.iter().enumerate() {
        if !rehearsal::kinds(&senders, organisation.id)
            .iter()
            .any(|kind| kind.channel() == step.channel)
        {
            report.error(
                format!("waterfall[{i}].channel"),
                format!("no sender is configured for {}; add a [[sender]] section", step.channel),
            );
        }
    }
    if let Some(content) = spec.contents.whatsapp.as_ref() {
        report
            .problems
            .extend(template_trouble(&senders, organisation.id, content).await);
    }
    Ok(report)
}

/// What the numbers say of WhatsApp's template, asked at the provider.
async fn template_trouble(senders: &Senders, org: OrgId, content: &WhatsAppContent) -> Vec<Found> {
    const PLACE: &str = "contents.whatsapp.template";
    let Some(template) = &content.template else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for sender in senders.pool(org, EndpointKind::WhatsApp) {
        let trouble = sender
            .provider
            .template_trouble(&template.name, &template.language)
            .await;
        if let Some(finding) = trouble {
            let severity = match finding.severity {
                bellhop_channels::Severity::Error => "error",
                _ => "warning",
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
                severity: "error",
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
    let severity = if p.severity == Severity::Error {
        "error"
    } else {
        "warning"
    };
    Found {
        severity,
        place: p.place.into_owned(),
        problem: format!("{}; {}", p.message, p.advice),
    }
}

/// Whether free text is allowed, in each form that a channel's content may be sent in.
pub(super) fn forms(channel: Channel, spec: &MailingSpec<Segment>) -> &'static [bool] {
    match &spec.contents.whatsapp {
        Some(whatsapp) if channel == Channel::WhatsApp && whatsapp.template.is_some() => {
            if whatsapp.text.is_some() || whatsapp.media.is_some() {
                &[true, false]
            } else {
                &[false]
            }
        }
        _ => &[true],
    }
}

/// A reason as a marketer reads it.
fn words(reason: &str) -> String {
    reason.replace('_', " ")
}

impl Report {
    fn error(&mut self, place: String, problem: String) {
        self.problems.push(Found {
            severity: "error",
            place,
            problem,
        });
    }

    fn warning(&mut self, place: String, problem: String) {
        self.problems.push(Found {
            severity: "warning",
            place,
            problem,
        });
    }

    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == "error")
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
                words(reason)
            );
            warnings.push((place, problem));
        }
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

    pub fn print(&self, json: bool) -> Result<()> {
        if json {
            return print_json(self);
        }
        for p in &self.problems {
            println!(
                "{} {}: {}",
                if p.severity == "error" { "✗" } else { "!" },
                p.place,
                p.problem
            );
        }
        let Some(audience) = &self.audience else {
            if self.problems.is_empty() {
                println!("Nothing is wrong.");
            }
            return Ok(());
        };
        println!(
            "{} messages would be planned, {} would be sent.",
            audience.planned, audience.leaving
        );
        print!("{}", table::render(&[], &audience.rows()));
        if !self.has_errors() && self.problems.is_empty() {
            println!("Nothing is wrong.");
        }
        Ok(())
    }
}

impl Audience {
    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut row = |name: String, n: u64| rows.push(vec![name, n.to_string()]);
        self.first_step
            .iter()
            .for_each(|(c, n)| row(format!("planned first by {c}"), *n));
        self.leaving_by
            .iter()
            .for_each(|(c, n)| row(format!("sent first by {c}"), *n));
        self.sms_parts
            .iter()
            .for_each(|(parts, n)| row(format!("SMS of {parts} part(s)"), *n));
        self.excluded
            .iter()
            .for_each(|(r, n)| row(format!("excluded: {}", words(r.name())), *n));
        for (reason, failing) in &self.not_sent {
            let examples = match failing.examples.is_empty() {
                true => String::new(),
                false => format!(" (for instance {})", failing.examples.join(", ")),
            };
            row(format!("not sent: {}{examples}", words(reason)), failing.messages);
        }
        rows
    }
}
