//! A mailing's texts as certain guests would get them.

use crate::brand::known;
use crate::{CampaignError, CampaignStore, Recipient, Rendering, Result, RunContents, promo, spec_of};
use bellhop_domain::fault::Why;
use bellhop_domain::mailing::{Content, HeaderContent, MailingSpec, MediaContent, TemplateContent, WhatsAppForm};
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, CustomerId, MailingId, MessageId, Timestamp};
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::{Profile, RenderNeeds};
use bellhop_templating::sms;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What one guest would get.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// The contents by channel name; for a text that cannot be rendered, an `error` that says why, with its `code`.
    pub contents: BTreeMap<&'static str, Value>,
    /// By the brand's own id.
    pub customer: String,
}

/// Renders every step of a mailing for each of these customers, as if it were sent at `now`.
///
/// # Errors
/// When a customer does not exist, a text is not valid in the template language, or the store cannot answer.
pub async fn preview(
    store: &dyn CampaignStore,
    organisation: &Organisation,
    rendering: &Rendering,
    id: MailingId,
    customers: &[String],
    now: Timestamp,
) -> Result<Vec<Preview>> {
    let mailing = store.mailing(organisation.id, id).await?;
    let spec = spec_of(&mailing)?;
    let contents = RunContents::compile(&spec)?;
    let promo = promo::checked(store, organisation.id, &spec, now).await?;
    let sample = promo.sample();
    let mut previews = Vec::new();
    for customer in customers {
        let known = known(store, organisation, customer).await?;
        let mut profile = profile(store, organisation, known, &spec, &contents, now).await?;
        profile.promo = sample.clone();
        // Values that a request will give are shown as their own names.
        for value in spec.on_demand.iter().flat_map(|it| &it.values) {
            profile.attributes.insert(value.clone(), format!("‹{value}›"));
        }
        // A stand-in with as many digits as the real id will have. Variation may choose other alternatives when the
        // message is sent.
        let message = MessageId(known.0.unsigned_abs());
        let mut by_channel = BTreeMap::new();
        for step in &spec.waterfall {
            let shown = forms(step.channel, &spec).iter().map(|free_text| {
                let to = Recipient {
                    message,
                    profile: &profile,
                    free_text: *free_text,
                };
                let rendered = contents.render(step.channel, &to, &rendering.defaults, &rendering.public_url, now);
                rendered.map_or_else(|e| unrendered(&e.why()), describe)
            });
            by_channel.insert(step.channel.name(), shown.reduce(both).unwrap_or_default());
        }
        previews.push(Preview {
            customer: customer.clone(),
            contents: by_channel,
        });
    }
    Ok(previews)
}

/// A content that cannot be rendered, by code and in English.
fn unrendered(why: &Why) -> Value {
    json!({ "error": why.to_string(), "code": why.code(), "params": why.params() })
}

/// For each form in which a channel's content may be sent: whether free text is allowed.
fn forms(channel: Channel, spec: &MailingSpec<Segment>) -> &'static [bool] {
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

/// What is needed to render messages to this guest on any channel.
async fn profile(
    store: &dyn CampaignStore,
    organisation: &Organisation,
    customer: CustomerId,
    spec: &MailingSpec<Segment>,
    contents: &RunContents,
    now: Timestamp,
) -> Result<Profile> {
    let mut needs = RenderNeeds {
        profile: true,
        ..RenderNeeds::default()
    };
    for step in &spec.waterfall {
        needs = needs.with(contents.needs(step.channel));
    }
    let profile = store.profiles(&[customer], &needs, now).await?.remove(&customer);
    let organisation = organisation.slug.clone();
    profile.ok_or(CampaignError::Refused(Why::GuestGone { organisation }))
}

fn describe(content: Content) -> Value {
    match content {
        Content::Push(it) => json!({ "title": it.title, "body": it.body, "image": it.image, "link": it.link }),
        Content::WebPush(it) => json!({ "title": it.title, "body": it.body, "icon": it.icon, "image": it.image,
                                        "link": it.link, "actions": it.actions }),
        Content::Sms(it) => {
            let parts = sms::parts(&it.text);
            json!({ "text": it.text, "parts": parts.count(), "encoding": format!("{:?}", parts.encoding) })
        }
        Content::Chat(it) => json!({ "text": it.text, "image": it.image, "button": it.button }),
        Content::WhatsApp(WhatsAppForm::Text(text)) => json!({ "text": text }),
        Content::WhatsApp(WhatsAppForm::Media(media)) => json!({ "media": file(media) }),
        Content::WhatsApp(WhatsAppForm::Template(it)) => json!({ "template": template(it) }),
    }
}

fn template(it: TemplateContent) -> Value {
    let header = it.header.map(|header| match header {
        HeaderContent::Text(text) => Value::from(text),
        HeaderContent::Media(media) => file(media),
    });
    let buttons: Vec<_> = (it.buttons.into_iter())
        .map(|button| json!({ "index": button.index, "parameter": button.parameter }))
        .collect();
    json!({ "name": it.name, "language": it.language, "header": header, "parameters": it.parameters, "buttons": buttons })
}

fn file(media: MediaContent) -> Value {
    json!({ "kind": media.kind, "url": media.url, "caption": media.caption, "filename": media.filename })
}

/// A content in both of its forms, free text and template. An error in one is shown beside the other.
fn both(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}
