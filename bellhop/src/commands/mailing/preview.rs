//! `bellhop mailing preview ID --customer C`: the texts as this guest would get them.

use super::{check, spec_of};
use crate::commands::{Context, print_json};
use crate::wiring;
use anyhow::{Context as _, Result};
use bellhop_campaigns::{Recipient, Rendered, RenderedHeader, RenderedMedia, RenderedWhatsApp, RunContents};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, CustomerId, MailingId, MessageId, Timestamp};
use bellhop_store::guests::{GuestBase, Organisation};
use bellhop_store::ledger::{Profile, Rehearsal, RenderNeeds};
use bellhop_store::{Ledger, SqlStore};
use bellhop_templating::sms;
use serde_json::{Value, json};

pub async fn run(context: &Context, id: i64, customers: &[String], json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    let spec = spec_of(&mailing)?;
    let contents = RunContents::compile(&spec)?;
    let defaults = wiring::defaults(&context.config, &parts.organisations)?;
    let defaults = defaults
        .get(&organisation.id)
        .context("the organisation is not in the configuration")?;
    let url = context.config.http.public_url.trim_end_matches('/');
    let mut previews = Vec::new();
    for customer in customers {
        let known = parts.store.customer_id(organisation.id, customer).await?;
        let known = known.with_context(|| format!("there is no customer {customer:?} in {}", organisation.slug))?;
        let mut profile = profile(&parts.store, &organisation, known, &spec, &contents).await?;
        // What a request will give, as a stand-in of its own name.
        for value in spec.transactional.iter().flat_map(|it| &it.values) {
            profile.attributes.insert(value.clone(), format!("‹{value}›"));
        }
        // A stand-in with as many digits as the real one will have; variation may choose otherwise at the send.
        let message = MessageId(known.0.unsigned_abs());
        let mut by_channel = serde_json::Map::new();
        for step in &spec.waterfall {
            let shown = check::forms(step.channel, &spec).iter().map(|free_text| {
                let to = Recipient {
                    message,
                    profile: &profile,
                    free_text: *free_text,
                };
                let rendered = contents.render(step.channel, &to, defaults, url, Timestamp::now());
                rendered.map_or_else(|e| json!({ "error": e.to_string() }), describe)
            });
            by_channel.insert(step.channel.name().to_owned(), shown.reduce(both).unwrap_or_default());
        }
        previews.push(json!({ "customer": customer, "contents": by_channel }));
    }
    if json { print_json(&previews) } else { print(&previews) }
}

/// What messages to this guest would be rendered with, on any channel.
async fn profile(
    store: &SqlStore,
    organisation: &Organisation,
    customer: CustomerId,
    spec: &MailingSpec<Segment>,
    contents: &RunContents,
) -> Result<Profile> {
    let mut needs = RenderNeeds {
        profile: true,
        ..RenderNeeds::default()
    };
    for step in &spec.waterfall {
        let of_step = contents.needs(step.channel);
        needs.last_dish |= of_step.last_dish;
        needs.attributes.extend(of_step.attributes);
    }
    let profile = store.profiles(&[customer], &needs).await?.remove(&customer);
    profile.with_context(|| format!("a customer of {} has gone meanwhile", organisation.slug))
}

fn describe(rendered: Rendered) -> Value {
    match rendered {
        Rendered::Push {
            title,
            body,
            image,
            link,
        } => json!({ "title": title, "body": body, "image": image, "link": link }),
        Rendered::WebPush {
            title,
            body,
            icon,
            image,
            link,
            actions,
        } => {
            let actions: Vec<_> = actions
                .into_iter()
                .map(|a| json!({ "title": a.title, "link": a.link }))
                .collect();
            json!({ "title": title, "body": body, "icon": icon, "image": image, "link": link, "actions": actions })
        }
        Rendered::Text(text) => {
            let parts = sms::parts(&text);
            json!({ "text": text, "parts": parts.count(), "encoding": format!("{:?}", parts.encoding) })
        }
        Rendered::Chat { text, image } => json!({ "text": text, "image": image }),
        Rendered::WhatsApp(RenderedWhatsApp::Text(text)) => json!({ "text": text }),
        Rendered::WhatsApp(RenderedWhatsApp::Media(media)) => json!({ "media": file(media) }),
        Rendered::WhatsApp(RenderedWhatsApp::Template {
            name,
            language,
            header,
            parameters,
            buttons,
        }) => {
            let header = header.map(|header| match header {
                RenderedHeader::Text(text) => Value::from(text),
                RenderedHeader::Media(media) => file(media),
            });
            let buttons: Vec<_> = buttons
                .into_iter()
                .map(|b| json!({ "index": b.index, "parameter": b.parameter }))
                .collect();
            json!({ "template": { "name": name, "language": language, "header": header, "parameters": parameters,
                                  "buttons": buttons } })
        }
    }
}

fn file(media: RenderedMedia) -> Value {
    json!({ "kind": media.kind, "url": media.url, "caption": media.caption, "filename": media.filename })
}

/// A content in both its forms: what is free, and the template. An error of one shows beside the other.
fn both(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn print(previews: &[Value]) -> Result<()> {
    for preview in previews {
        println!("{}", preview["customer"].as_str().unwrap_or_default());
        for channel in Channel::ALL {
            let content = &preview["contents"][channel.name()];
            let Some(fields) = content.as_object() else { continue };
            println!("  {channel}");
            for (key, value) in fields.iter().filter(|(_, v)| !v.is_null()) {
                println!(
                    "    {key:<9} {}",
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                );
            }
        }
    }
    Ok(())
}
