//! Guests' answers by SMS, which a gateway reports by a call with a sender and a text.

use super::config::AnswersSection;
use super::raw::{self, letters};
use super::signature::{Parameters, Signature};
use super::template::Settings;
use crate::number::{Notation, SmsSender, of_sms};
use crate::{Event, WebhookError, WebhookRequest};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent, Preference};
use bellhop_domain::phone::Region;
use md5::{Digest, Md5};

/// The gateway's calls about guests' answers.
pub(super) struct Answers {
    section: AnswersSection,
    signature: Signature,
    region: Region,
}

impl Answers {
    /// `None` if the secret for signatures is not given, so that no answer can be believed.
    pub fn new(section: AnswersSection, settings: &Settings, region: Region) -> Result<Option<Self>, String> {
        let signature = Signature::new(&section.signature, settings)?;
        Ok(signature.map(|signature| Self {
            section,
            signature,
            region,
        }))
    }

    /// Whether a call reports an answer.
    pub fn fits(&self, parameters: &Parameters) -> bool {
        parameters.contains_key(&self.section.from) && parameters.contains_key(&self.section.text)
    }

    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    pub fn parse(
        &self,
        request: &WebhookRequest<'_>,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<Vec<Event>, WebhookError> {
        self.signature.verify(request, parameters)?;
        let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let optional = |name: &Option<String>| Some(text(name.as_deref()?)).filter(|text| !text.is_empty());
        let SmsSender { from, perhaps } = of_sms(text(&self.section.from), Notation::Unsaid, self.region);
        let octets = raw::octets(request, &self.section.text);
        let octets = octets.as_deref().unwrap_or(text(&self.section.text).as_bytes());
        let words = letters(octets, optional(&self.section.charset));
        // The gateway has its own words for a stop, which the account may have set.
        let stop = optional(&self.section.opt_out).filter(|word| word.eq_ignore_ascii_case("stop"));
        let stops = stop.into_iter().flat_map(|word| {
            std::iter::once(&from).chain(&perhaps).map(move |address| {
                Event::Preference(Preference {
                    address: address.clone(),
                    given: false,
                    at: now,
                    how: format!("the SMS gateway took an answer for {}", word.to_uppercase()),
                })
            })
        });
        let stops: Vec<Event> = stops.collect();
        let answer = Event::Inbound(Inbound {
            // Without an id each call is a new message, because the same word may be said again.
            provider_id: optional(&self.section.id).map_or_else(|| unnamed(parameters, now), str::to_owned),
            from,
            also: Vec::new(),
            perhaps,
            name: None,
            at: now,
            content: InboundContent::Text(words),
            answers: None,
        });
        Ok(std::iter::once(answer).chain(stops).collect())
    }
}

fn unnamed(parameters: &Parameters, now: Timestamp) -> String {
    let mut digest = Md5::new();
    for part in parameters.iter().flat_map(|(name, value)| [name, value]) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    format!("{}-{}", hex::encode(digest.finalize()), now.0)
}
