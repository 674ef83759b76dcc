//! What a mailing itself is: its form, its texts, its senders.

use crate::check_report::CheckReport;
use crate::{Brand, Result, nearest, promo};
use bellhop_domain::fault::{Found, Severity, Why};
use bellhop_domain::mailing::{MailingSpec, WhatsAppContent};
use bellhop_domain::segment::Segment;
use bellhop_domain::{EndpointKind, Timestamp};
use bellhop_templating::check as texts;

/// Checks the mailing itself as of an instant: its form, its texts, its senders, its promo codes.
///
/// # Errors
/// When the store cannot answer.
pub async fn form(brand: &Brand<'_>, spec: &MailingSpec<Segment>, at: Timestamp) -> Result<CheckReport> {
    let (store, org) = (brand.store, brand.organisation.id);
    let mut report = CheckReport::default();
    report.problems.extend(spec.problems().into_iter().map(Found::error));
    report.problems.extend(spec.doubts().into_iter().map(Found::warning));
    let mut attributes = store.attribute_keys(org).await?;
    attributes.extend(spec.on_demand.iter().flat_map(|it| it.values.clone()));
    let promo = promo::checked(store, org, spec, at).await?;
    attributes.extend(promo.filled());
    let of_texts = texts::check(&spec.contents, spec.link.as_deref(), &attributes);
    report.problems.extend(of_texts);
    report.problems.extend(promo.found);
    if let Some(audience) = &spec.audience {
        for id in store.unknown_segments(org, audience).await? {
            report.error(Why::SegmentUnknown { id: id.0 }.at("audience"));
        }
        for hint in nearest::hints(&store.unknown_names(org, audience).await?) {
            report.warning(hint.at("audience"));
        }
    }
    let kinds = brand.kinds();
    for (i, step) in spec.waterfall.iter().enumerate() {
        if !kinds.iter().any(|kind| kind.channel() == step.channel) {
            let channel = step.channel.to_string();
            report.error(Why::NoSenderFor { channel }.at(format!("waterfall[{i}].channel")));
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
            let (sender, said) = (sender.name.to_string(), format!("{}{mend}", finding.what));
            let fault = Why::TemplateTrouble { sender, said }.at(PLACE);
            found.push(Found { severity, fault });
        }
        let alone = content.text.is_none() && content.media.is_none();
        if alone && sender.provider.free_text_window().is_none() {
            let sender = sender.name.to_string();
            found.push(Found::error(Why::TemplateOfGateway { sender }.at(PLACE)));
        }
    }
    found
}
