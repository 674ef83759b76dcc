//! What a mailing itself is: its form, its texts, its senders.

use crate::check_report::{CheckReport, Found};
use crate::{Brand, Result, nearest};
use bellhop_domain::EndpointKind;
use bellhop_domain::mailing::{MailingSpec, WhatsAppContent};
use bellhop_domain::segment::Segment;
use bellhop_templating::check::{self as texts, Problem, Severity};

/// Checks the mailing itself: its form, its texts, its senders.
///
/// # Errors
/// When the store cannot answer.
pub async fn form(brand: &Brand<'_>, spec: &MailingSpec<Segment>) -> Result<CheckReport> {
    let (store, org) = (brand.store, brand.organisation.id);
    let mut report = CheckReport::default();
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

/// What the provider of the numbers says about the WhatsApp template.
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
