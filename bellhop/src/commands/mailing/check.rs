//! `bellhop mailing check ID`: everything wrong with a mailing, and what its audience would get, before it is sent.

use super::spec_of;
use crate::commands::{Context, print_json, table};
use crate::wiring::{self, Parts};
use anyhow::{Context as _, Result};
use bellhop_dispatcher::MailingPlanner;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, CustomerId, EndpointId, EndpointKind, MailingId, MessageId, OrgId, Timestamp};
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::{Choice, Ledger, Planner, Profile, Rehearsal};
use bellhop_templating::check::{self as texts, Problem, Severity};
use bellhop_templating::sms;
use bellhop_worker::{OrgDefaults, Recipient, Rendered, RunContents, Senders};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;

/// Guests read at a time.
pub(super) const PAGE: u32 = 5_000;
/// Guests named per problem.
const EXAMPLES: usize = 3;

/// What a check found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Errors and warnings of the mailing itself.
    problems: Vec<Found>,
    /// What the audience would get; absent while the mailing itself has errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<Rehearsed>,
}

#[derive(Debug, Serialize)]
struct Found {
    severity: &'static str,
    place: String,
    problem: String,
}

#[derive(Debug, Default, Serialize)]
struct Rehearsed {
    planned: u64,
    /// Those whose frequency cap is reached now are planned all the same: it is decided when their message is about to go.
    excluded: BTreeMap<Exclusion, u64>,
    /// Messages by the channel of their first step.
    first_step: BTreeMap<Channel, u64>,
    /// Guests whose message cannot be rendered, by the problem.
    failing: BTreeMap<String, Failing>,
    /// SMS by their number of parts, were everybody planned to get one.
    sms_parts: BTreeMap<usize, u64>,
}

#[derive(Debug, Default, Serialize)]
struct Failing {
    guests: u64,
    examples: Vec<String>,
}

pub async fn run(context: &Context, id: i64, json: bool) -> Result<ExitCode> {
    let (parts, organisation) = context.open().await?;
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    let spec = spec_of(&mailing)?;
    let mut report = form(context, &parts, &organisation, &spec).await?;
    // A transactional mailing has nobody to rehearse for.
    if let Some(audience) = spec.audience.as_ref().filter(|_| !report.has_errors()) {
        report.audience = Some(rehearse(context, &parts, &organisation, &spec, audience).await?);
        report.judge_audience();
    }
    report.print(json)?;
    Ok(if report.has_errors() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
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
        report.error(problem.place, problem.problem);
    }
    for doubt in spec.doubts() {
        report.warning(doubt.place, doubt.problem);
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
    let senders = wiring::senders(&context.config, &parts.organisations)?;
    for (i, step) in spec.waterfall.iter().enumerate() {
        if !kinds(&senders, organisation.id)
            .iter()
            .any(|kind| kind.channel() == step.channel)
        {
            report.error(
                format!("waterfall[{i}].channel"),
                format!("no sender is configured for {}; add a [[sender]] section", step.channel),
            );
        }
    }
    Ok(report)
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

pub(super) fn kinds(senders: &Senders, org: OrgId) -> Vec<EndpointKind> {
    senders
        .iter()
        .filter(|s| s.org == org)
        .map(|s| s.provider.kind())
        .collect()
}

/// Chooses and renders for every guest of the audience, and counts.
async fn rehearse(
    context: &Context,
    parts: &Parts,
    organisation: &Organisation,
    spec: &MailingSpec<Segment>,
    audience: &Segment,
) -> Result<Rehearsed> {
    let defaults = wiring::defaults(&context.config, &parts.organisations)?;
    let senders = wiring::senders(&context.config, &parts.organisations)?;
    let rehearsal = Stand {
        contents: RunContents::compile(spec)?,
        planner: MailingPlanner::new(spec, &kinds(&senders, organisation.id), false, || MessageId(0)),
        defaults: defaults
            .get(&organisation.id)
            .context("the organisation is not in the configuration")?,
        public_url: context.config.http.public_url.trim_end_matches('/'),
        now: Timestamp::now(),
        spec,
    };
    let (mut rehearsed, mut taken, mut after) = (Rehearsed::default(), HashSet::new(), CustomerId(0));
    let store = &parts.store;
    loop {
        let page = store
            .rehearse(organisation.id, audience, rehearsal.now, after, PAGE)
            .await?;
        let mut chosen: Vec<_> = page
            .guests
            .iter()
            .filter_map(|g| rehearsal.choose(g, &mut taken, &mut rehearsed).map(|c| (g.customer, c)))
            .collect();
        let ids: Vec<_> = chosen.iter().map(|(id, _)| *id).collect();
        let capped = store.capped(organisation.id, &ids, rehearsal.now).await?;
        chosen.retain(|(id, _)| !capped.contains(id));
        if !capped.is_empty() {
            *rehearsed.excluded.entry(Exclusion::FrequencyCap).or_default() += capped.len() as u64;
        }
        for (_, channel) in &chosen {
            rehearsed.planned += 1;
            *rehearsed.first_step.entry(*channel).or_default() += 1;
        }
        for channel in Channel::ALL {
            let ids: Vec<_> = chosen
                .iter()
                .filter(|(_, c)| *c == channel)
                .map(|(id, _)| *id)
                .collect();
            if !ids.is_empty() {
                let profiles = store.profiles(&ids, &rehearsal.contents.needs(channel)).await?;
                ids.iter()
                    .filter_map(|id| profiles.get(id).map(|p| (*id, p)))
                    .for_each(|(id, p)| rehearsal.render(channel, id, p, &mut rehearsed));
            }
        }
        let Some(upto) = page.upto else { return Ok(rehearsed) };
        after = upto;
    }
}

/// What a rehearsal renders with.
struct Stand<'a> {
    contents: RunContents,
    planner: MailingPlanner,
    defaults: &'a OrgDefaults,
    public_url: &'a str,
    now: Timestamp,
    spec: &'a MailingSpec<Segment>,
}

impl Stand<'_> {
    fn choose(
        &self,
        guest: &bellhop_store::ledger::PlanGuest,
        taken: &mut HashSet<EndpointId>,
        into: &mut Rehearsed,
    ) -> Option<Channel> {
        let reason = match self.planner.choose(guest) {
            Choice::Send { step, endpoint, .. } if taken.insert(endpoint) => {
                return Some(self.spec.waterfall.get(usize::from(step))?.channel);
            }
            Choice::Send { .. } => Exclusion::DuplicateEndpoint,
            Choice::Exclude(reason) => reason,
        };
        *into.excluded.entry(reason).or_default() += 1;
        None
    }

    /// Renders every form that the channel's content has.
    fn render(&self, channel: Channel, customer: CustomerId, profile: &Profile, into: &mut Rehearsed) {
        for free_text in forms(channel, self.spec) {
            let to = Recipient {
                message: MessageId(customer.0.unsigned_abs()),
                profile,
                free_text: *free_text,
            };
            let rendered = self
                .contents
                .render(channel, &to, self.defaults, self.public_url, self.now);
            match rendered {
                Ok(Rendered::Text(text)) => *into.sms_parts.entry(sms::parts(&text).count()).or_default() += 1,
                Ok(
                    Rendered::Push { .. } | Rendered::WebPush { .. } | Rendered::WhatsApp(_) | Rendered::Chat { .. },
                ) => {}
                Err(problem) => {
                    let failing = into.failing.entry(format!("{channel}: {problem}")).or_default();
                    failing.guests += 1;
                    if failing.examples.len() < EXAMPLES {
                        failing.examples.extend(profile.external_id.clone());
                    }
                    // A guest is counted once, though both forms may want the same value.
                    return;
                }
            }
        }
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

/// The reason in words.
fn told(reason: Exclusion) -> String {
    let name = reason.name().replace('_', " ");
    match reason {
        Exclusion::FrequencyCap => format!("{name} (as of now)"),
        _ => name,
    }
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
        let failing: u64 = audience.failing.values().map(|f| f.guests).sum();
        if audience.planned == 0 {
            self.error(
                "audience".into(),
                "nobody would get a message; see why under excluded, and widen the filter".into(),
            );
        } else if failing > 0 {
            let problem = format!(
                "{failing} of {} guests would get no message for want of a value; add fallbacks",
                audience.planned
            );
            self.warning("contents".into(), problem);
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
        println!("{} guests would get a message.", audience.planned);
        let mut rows = Vec::new();
        rows.extend(
            audience
                .first_step
                .iter()
                .map(|(c, n)| vec![format!("first by {c}"), n.to_string()]),
        );
        rows.extend(
            audience
                .sms_parts
                .iter()
                .map(|(parts, n)| vec![format!("SMS of {parts} part(s)"), n.to_string()]),
        );
        rows.extend(
            audience
                .excluded
                .iter()
                .map(|(r, n)| vec![format!("excluded: {}", told(*r)), n.to_string()]),
        );
        print!("{}", table::render(&[], &rows));
        for (problem, failing) in &audience.failing {
            println!(
                "  {} guests: {problem} (for instance {})",
                failing.guests,
                failing.examples.join(", ")
            );
        }
        if !self.has_errors() && self.problems.is_empty() {
            println!("Nothing is wrong.");
        }
        Ok(())
    }
}
