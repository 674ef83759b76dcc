//! Follows planned messages through the waterfall, step by step.

use super::Stage;
use super::windows::Windows;
use crate::{Recipient, Result};
use bellhop_domain::mailing::Content;
use bellhop_domain::statistics::reason_code;
use bellhop_domain::{Channel, CustomerId, EndpointId, EndpointKind, MessageId, Timestamp};
use bellhop_store::ledger::{COUNTRY_CLOSED, PlanGuest, Profile};
use bellhop_templating::sms::{self, Encoding};
use std::collections::HashMap;

/// A message on its way through the waterfall.
pub(super) struct Going {
    /// `None`: an app that nobody has logged in to.
    pub guest: Option<PlanGuest>,
    pub step: usize,
    pub kind: EndpointKind,
    pub endpoint: EndpointId,
    /// When it goes: at the start, or at the guest's own time.
    pub at: Timestamp,
}

impl Going {
    pub fn customer(&self) -> Option<CustomerId> {
        self.guest.as_ref().map(|guest| guest.customer)
    }
}

impl Stage<'_> {
    /// Follows messages to where each is sent, or to the reason why it is not.
    pub(super) async fn go(&mut self, mut going: Vec<Going>) -> Result<()> {
        let mut leaving = Vec::new();
        for (step, of) in self.spec.waterfall.iter().enumerate() {
            let (here, later): (Vec<_>, Vec<_>) = going.into_iter().partition(|one| one.step == step);
            going = later;
            if here.is_empty() {
                continue;
            }
            let customers: Vec<_> = here.iter().filter_map(Going::customer).collect();
            let mut needs = self.contents.needs(of.channel);
            // Guests in closed countries are named as examples, whatever the text needs.
            needs.profile |= !self.countries.are_open();
            let profiles = self.brand.store.profiles(&customers, &needs, self.starting.at).await?;
            let endpoints: Vec<_> = here.iter().map(|one| one.endpoint).collect();
            let windows = self.windows(of.channel, &endpoints).await?;
            let addressed: Vec<_> = here.iter().map(|one| (one.endpoint, one.kind)).collect();
            let abroad = self.abroad(&addressed).await?;
            for mut one in here {
                let sent = match abroad.contains(&one.endpoint) {
                    true => Err(COUNTRY_CLOSED.to_owned()),
                    false => self.send(of.channel, &one, &profiles, &windows),
                };
                match sent {
                    Ok(()) => {
                        self.tell(one.customer(), Some((of.channel, one.at)), None);
                        leaving.push((one.customer(), one.kind));
                    }
                    Err(reason) => match self.next(&one) {
                        Some((step, kind, endpoint)) => {
                            (one.step, one.kind, one.endpoint) = (step, kind, endpoint);
                            going.push(one);
                        }
                        None => self.fails(&one, &reason, &profiles),
                    },
                }
            }
        }
        self.leave(leaving).await
    }

    fn fails(&mut self, one: &Going, reason: &str, profiles: &HashMap<CustomerId, Profile>) {
        let profile = one.customer().and_then(|id| profiles.get(&id));
        let guest = profile.and_then(|profile| profile.external_id.as_deref());
        self.rehearsed.fails(reason, guest);
        self.tell(one.customer(), None, Some(reason));
    }

    /// Renders what would be sent, or tells why nothing would be.
    fn send(
        &mut self,
        channel: Channel,
        one: &Going,
        profiles: &HashMap<CustomerId, Profile>,
        windows: &Windows,
    ) -> Result<(), String> {
        let nobody = Profile::default();
        let known = one.customer().and_then(|id| profiles.get(&id)).unwrap_or(&nobody);
        let with_promo = self.promo.clone().map(|promo| Profile {
            promo: Some(promo),
            ..known.clone()
        });
        let profile = with_promo.as_ref().unwrap_or(known);
        let free_text = windows.is_open(one.endpoint, one.at);
        if let Some(closed) = self.closed(channel, free_text) {
            return Err(closed.to_owned());
        }
        let to = Recipient {
            // The stand-in has as many digits as the real id will have. Variation may choose other alternatives when
            // the message is sent.
            message: MessageId(one.endpoint.0.unsigned_abs()),
            profile,
            free_text,
        };
        let rendering = self.rendering;
        let rendered = (self.contents).render(channel, &to, &rendering.defaults, &rendering.public_url, one.at);
        match rendered {
            Ok(Content::Sms(it)) => {
                let parts = sms::parts(&it.text);
                *self.rehearsed.sms_parts.entry(parts.count()).or_default() += 1;
                if parts.encoding == Encoding::Ucs2 && self.contents.sms_is_gsm7() {
                    (self.rehearsed.widened).add(&it.text, parts.count(), profile.external_id.as_deref());
                }
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(problem) => Err(reason_code(&problem.to_string())),
        }
    }

    /// The next step for which there are a content, the guest's leave and an address without a message.
    fn next(&mut self, one: &Going) -> Option<(usize, EndpointKind, EndpointId)> {
        let guest = one.guest.as_ref()?;
        let steps = self.spec.waterfall.iter().enumerate().skip(one.step + 1);
        let purpose = self.spec.purpose();
        let able = steps.filter(|(_, it)| {
            let allowed = guest.may.refuses(purpose, it.channel).is_none();
            allowed && !guest.blacklisted && self.spec.has_content(it.channel)
        });
        let reached = able.filter_map(|(step, it)| {
            let (kind, endpoint) = guest.endpoints[it.channel as usize]?;
            Some((step, kind, endpoint))
        });
        let mut reached = reached.collect::<Vec<_>>().into_iter();
        reached.find(|(_, _, endpoint)| self.taken.insert(*endpoint))
    }

    async fn leave(&mut self, leaving: Vec<(Option<CustomerId>, EndpointKind)>) -> Result<()> {
        let customers: Vec<_> = leaving.iter().filter_map(|(customer, _)| *customer).collect();
        let organisation = self.brand.organisation;
        let mut zones = match self.spec.keeps_quiet_hours() {
            true => self.brand.store.quiet_zones(organisation.id, &customers).await?,
            false => HashMap::new(),
        };
        let quiet = organisation.settings.quiet_hours.is_some() && self.spec.keeps_quiet_hours();
        for (customer, kind) in leaving {
            let zone = match customer {
                Some(customer) => zones.remove(&customer),
                None => quiet.then(|| organisation.timezone.name().to_owned()),
            };
            let of_kind = self.rehearsed.leaving.entry(kind).or_default();
            *of_kind.entry(zone).or_default() += 1;
        }
        Ok(())
    }
}
