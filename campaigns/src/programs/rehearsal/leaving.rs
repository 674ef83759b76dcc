//! What becomes of the messages that a rehearsed guest's firings are: when quiet hours let them go, whether the frequency cap does,
//! and what they would say.

use super::cast::Cast;
use super::line::{End, Played};
use super::told::{MessageOf, Row};
use crate::programs::{ByDefinition, LiveProgram};
use crate::{Brand, Recipient, Rendering, Result, RunContents};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::frequency_cap::Verdict;
use bellhop_domain::mailing::Content;
use bellhop_domain::statistics::reason_code;
use bellhop_domain::{Channel, CustomerId, EndpointId, EndpointKind, MessageId, Timestamp, Zone};
use bellhop_store::ledger::{Profile, RenderNeeds};
use bellhop_store::programs::PastGuest;
use bellhop_templating::sms;
use std::collections::{BTreeMap, HashMap};

/// A firing and its message.
pub(super) struct Leaving {
    /// Which of the programs.
    pub program: usize,
    pub row: Row,
}

/// A message of something else than a program, that the frequency cap counts with the others.
pub(super) struct Other {
    pub leaves_at: Timestamp,
    pub obeys_caps: bool,
    /// What the cap says of it.
    pub is_capped: bool,
}

/// A message that would be made.
struct Made {
    /// Its place among the guest's firings.
    firing: usize,
    channel: Channel,
    kind: EndpointKind,
    endpoint: EndpointId,
    given: Option<String>,
    leaves_at: Timestamp,
}

impl Leaving {
    pub async fn of(
        brand: &Brand<'_>,
        rendering: &Rendering,
        cast: &Cast,
        played: Vec<(PastGuest, Vec<(usize, Played)>)>,
    ) -> Result<Vec<Self>> {
        let stage = Stage::set(brand, rendering, cast, &played).await?;
        Ok(played
            .into_iter()
            .flat_map(|(past, all)| stage.guest(&past, all, &mut []))
            .collect())
    }

    /// The same of one guest, with messages of something else.
    pub async fn of_one(
        brand: &Brand<'_>,
        rendering: &Rendering,
        cast: &Cast,
        played: (PastGuest, Vec<(usize, Played)>),
        others: &mut [Other],
    ) -> Result<Vec<Self>> {
        let played = [played];
        let stage = Stage::set(brand, rendering, cast, &played).await?;
        let [(past, all)] = played;
        Ok(stage.guest(&past, all, others))
    }
}

impl<'a> Stage<'a> {
    /// Reads what the texts ask of the guests whom something reaches.
    async fn set(
        brand: &Brand<'_>,
        rendering: &'a Rendering,
        cast: &'a Cast,
        played: &[(PastGuest, Vec<(usize, Played)>)],
    ) -> Result<Self> {
        let contents: Vec<RunContents> = cast
            .lives
            .iter()
            .map(|it| Ok(RunContents::compile(&it.known.mailing)?))
            .collect::<Result<_>>()?;
        let reached: Vec<CustomerId> = played
            .iter()
            .filter(|(_, all)| all.iter().any(|(_, it)| matches!(it.end, End::Sent { .. })))
            .map(|(past, _)| past.guest.customer)
            .collect();
        let profiles = brand
            .store
            .profiles(&reached, &needs(cast, &contents), cast.asked.as_of)
            .await?;
        Ok(Self {
            cast,
            rendering,
            contents,
            profiles,
        })
    }
}

/// Everything that any of the texts asks.
fn needs(cast: &Cast, contents: &[RunContents]) -> RenderNeeds {
    let mut all = RenderNeeds::default();
    for (live, contents) in cast.lives.iter().zip(contents) {
        for step in &live.known.mailing.waterfall {
            let needs = contents.needs(step.channel);
            all.profile |= needs.profile;
            all.last_dish |= needs.last_dish;
            all.attributes.extend(needs.attributes);
        }
    }
    all.attributes.sort_unstable();
    all.attributes.dedup();
    all
}

struct Stage<'a> {
    cast: &'a Cast,
    rendering: &'a Rendering,
    contents: Vec<RunContents>,
    profiles: HashMap<CustomerId, Profile>,
}

impl Stage<'_> {
    fn guest(&self, past: &PastGuest, all: Vec<(usize, Played)>, others: &mut [Other]) -> Vec<Leaving> {
        let own = past.zone.as_deref().and_then(|name| Zone::named(name).ok());
        let zone = own.as_ref().unwrap_or(&self.cast.zone);
        let mut made: Vec<Made> = (0..all.len()).filter_map(|i| self.made(&all, i, zone)).collect();
        // A cap counts in the order in which messages go.
        made.sort_by_key(|it| it.leaves_at);
        let mut messages: HashMap<usize, MessageOf> = HashMap::new();
        let mut marketing = past.marketing.clone();
        others.sort_by_key(|it| it.leaves_at);
        let mut other = others.iter_mut().peekable();
        for it in made {
            while let Some(sooner) = other.next_if(|other| other.leaves_at <= it.leaves_at) {
                self.count(sooner, &mut marketing);
            }
            let program = all[it.firing].0;
            let message = self.message(past, program, &it, &mut marketing);
            messages.insert(it.firing, message);
        }
        other.for_each(|it| self.count(it, &mut marketing));
        let row = |(i, (program, played)): (usize, (usize, Played))| Leaving {
            program,
            row: Row::of(past.guest.external_id.clone(), &played, messages.remove(&i)),
        };
        all.into_iter().enumerate().map(row).collect()
    }

    /// Whether one more at that instant would be too many.
    fn is_capped(&self, marketing: &[Timestamp], at: Timestamp) -> bool {
        let before: Vec<Timestamp> = marketing.iter().copied().filter(|sent| *sent <= at).collect();
        self.cast.asked.cap.verdict(&before, at) != Verdict::Free
    }

    fn count(&self, it: &mut Other, marketing: &mut Vec<Timestamp>) {
        if it.obeys_caps {
            it.is_capped = self.is_capped(marketing, it.leaves_at);
            if !it.is_capped {
                marketing.push(it.leaves_at);
            }
        }
    }

    fn made(&self, all: &[(usize, Played)], firing: usize, zone: &Zone) -> Option<Made> {
        let (program, played) = &all[firing];
        let End::Sent {
            step,
            kind,
            endpoint,
            given,
        } = &played.end
        else {
            return None;
        };
        let live: &LiveProgram = &self.cast.lives[*program];
        let rule = ByDefinition::new(&live.known, &self.cast.kinds, self.cast.zone.clone(), self.cast.holding);
        Some(Made {
            firing,
            channel: live.known.mailing.waterfall.get(usize::from(*step))?.channel,
            kind: *kind,
            endpoint: *endpoint,
            given: given.clone(),
            leaves_at: rule.leaves(zone, played.decided_at?),
        })
    }

    fn message(&self, past: &PastGuest, program: usize, it: &Made, marketing: &mut Vec<Timestamp>) -> MessageOf {
        let known = &self.cast.lives[program].known;
        let mut message = MessageOf {
            channel: it.channel,
            kind: it.kind,
            leaves_at: it.leaves_at,
            not_sent: None,
            sms_parts: None,
        };
        if known.mailing.purpose().obeys_caps() && self.is_capped(marketing, it.leaves_at) {
            message.not_sent = Some(Exclusion::FrequencyCap.name().to_owned());
            return message;
        }
        match self.render(past, program, it) {
            Ok(Content::Sms(sms)) => message.sms_parts = Some(sms::parts(&sms.text).count()),
            Ok(_) => {}
            Err(reason) => message.not_sent = Some(reason),
        }
        if message.not_sent.is_none() && known.mailing.purpose().obeys_caps() {
            marketing.push(it.leaves_at);
        }
        message
    }

    fn render(&self, past: &PastGuest, program: usize, it: &Made) -> Result<Content<String>, String> {
        let (contents, known) = (&self.contents[program], &self.cast.lives[program].known);
        let mut profile = self.profiles.get(&past.guest.customer).cloned().unwrap_or_default();
        if !known.given.is_empty() {
            let given = it.given.as_deref().and_then(|text| serde_json::from_str(text).ok());
            let given: BTreeMap<String, String> = given.unwrap_or_default();
            profile.attributes = given;
        }
        let template = known
            .mailing
            .contents
            .whatsapp
            .as_ref()
            .is_some_and(|it| it.template.is_some());
        let to = Recipient {
            // As many digits as the real id will have.
            message: MessageId(it.endpoint.0.unsigned_abs()),
            profile: &profile,
            // Whether they will have written lately nobody knows.
            free_text: !template,
        };
        let (defaults, url) = (&self.rendering.defaults, &self.rendering.public_url);
        let rendered = contents.render(it.channel, &to, defaults, url, it.leaves_at);
        rendered.map_err(|problem| reason_code(&problem.to_string()))
    }
}
