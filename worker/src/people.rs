//! Limits that depend on whom a message is for: the least time between two messages to one guest, and a portfolio's
//! ceiling of guests (PRODUCT.md §8). For a sender that has such limits the limiter is asked twice: for permits
//! before the claim, as for every sender, and for each guest right before the request. Neither answer alone is enough
//! to send, so no limit can be exceeded, whoever dies in between.

use crate::Worker;
use crate::in_hand::InHand;
use crate::permits::{ARRIVES_WITHIN, FOR_EVER, NoPermits};
use bellhop_campaigns::{InForce, Live, Sender, may_write_freely};
use bellhop_domain::Timestamp;
use bellhop_rate_limits::people::{
    Admission, Answer, HeldBy, PastPerson, PeopleRequest, PeopleRules, Person, PersonId, Roll, Vacancy,
};
use bellhop_rate_limits::{Limiter, Urgency};
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claimed, Deferred, HELD_BY_PAIR, HELD_BY_QUOTA, SentLately};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::warn;

/// The longest sleep between two questions for permits.
pub(crate) const NAP: Duration = Duration::from_millis(500);
/// A window that closes within this time is taken to be closed, because Meta's clock differs from ours.
const CLOCKS: Duration = Duration::from_secs(60);

/// The limiter's rolls as the tasks of one process share them.
pub(crate) struct People {
    limiter: Arc<dyn Limiter>,
    ledger: Arc<dyn SentLately>,
    live: Live<InForce>,
    /// Held while the ledger is read for a limiter, so that only one task of this process does it.
    telling: tokio::sync::Mutex<()>,
}

/// What the limiter said.
struct Admissions {
    answers: Vec<Answer>,
    until: Instant,
    room: Option<Vacancy>,
}

/// Whether a sender has room for guests that are not counted yet.
pub(crate) enum CeilingRoom {
    Places(u32),
    Full(Timestamp),
    /// It could not be found out; ask again then.
    Unknown(Timestamp),
}

/// The messages of a handful that may go, by index.
pub(crate) struct Admitted {
    pub go: Vec<usize>,
    /// No request may start later than this.
    until: Instant,
}

impl Admitted {
    pub fn is_alive(&self) -> bool {
        Instant::now() + ARRIVES_WITHIN < self.until
    }
}

impl People {
    pub fn new(limiter: Arc<dyn Limiter>, ledger: Arc<dyn SentLately>, live: Live<InForce>) -> Self {
        Self {
            limiter,
            ledger,
            live,
            telling: tokio::sync::Mutex::default(),
        }
    }

    /// The limits of a sender that depend on guests.
    fn rules(&self, sender: &Sender) -> PeopleRules {
        let portfolio = self.live.now().senders.portfolio(sender);
        PeopleRules::new(sender.org, &sender.name, sender.provider.apart(), portfolio.as_ref())
    }

    /// Whether its claims must read when the guests last wrote to us.
    pub fn counts_by_window(&self, sender: &Sender) -> bool {
        self.rules(sender).ceiling().is_some()
    }

    async fn ask(&self, sender: &Sender, request: &PeopleRequest<'_>, now: Timestamp) -> Result<Admissions, NotTold> {
        match self.once(request, now).await {
            Err(NotTold::NotBefore(read_from)) if read_from <= now => {}
            told => return told,
        }
        let _alone = self.telling.lock().await;
        for roll in request.rules.rolls() {
            self.tell(sender, roll, now).await?;
        }
        self.once(request, now).await
    }

    async fn once(&self, request: &PeopleRequest<'_>, now: Timestamp) -> Result<Admissions, NotTold> {
        let asked = Instant::now();
        match self.limiter.admit(request, now).await? {
            Admission::Told {
                answers,
                use_before,
                room,
            } => Ok(Admissions {
                answers,
                until: asked + use_before.since(now).min(FOR_EVER),
                room,
            }),
            Admission::Lost { read_from, .. } => Err(NotTold::NotBefore(read_from)),
        }
    }

    /// Tells a roll what the ledger knows about this sender, or about all numbers of its portfolio.
    async fn tell(&self, sender: &Sender, roll: &Roll, now: Timestamp) -> Result<(), NotTold> {
        let since = now.minus(roll.look_back());
        let mut past = Vec::new();
        let in_force = self.live.now();
        let numbers: Vec<&Sender> = match sender.provider.portfolio().filter(|_| roll.is_ceiling()) {
            Some(name) => in_force.senders.of_portfolio(name).map(Arc::as_ref).collect(),
            None => vec![sender],
        };
        for number in numbers {
            let window = roll.is_ceiling().then(|| number.provider.free_text_window()).flatten();
            let window = roll.is_ceiling().then(|| window.unwrap_or_default());
            let people = self
                .ledger
                .recent_people(number.org, &number.name, since, window)
                .await?;
            past.extend(people.iter().map(|(address, at)| PastPerson {
                id: PersonId::of(address),
                at: *at,
            }));
        }
        tracing::info!(sender = %sender.name, guests = past.len(), "the limiter has lost whom was written to and is told it");
        let _ = self.limiter.restore_roll(roll, &past, now).await?;
        Ok(())
    }
}

/// Why the roll could not be told.
#[derive(Debug, thiserror::Error)]
enum NotTold {
    #[error(transparent)]
    Trouble(#[from] NoPermits),
    #[error("the limiter does not know yet who was written to")]
    NotBefore(Timestamp),
}

impl From<bellhop_rate_limits::LimiterError> for NotTold {
    fn from(error: bellhop_rate_limits::LimiterError) -> Self {
        NotTold::Trouble(error.into())
    }
}

impl From<StoreError> for NotTold {
    fn from(error: StoreError) -> Self {
        NotTold::Trouble(error.into())
    }
}

impl Worker {
    /// How many more guests marketing may start to write to. This is not asked for other messages: they have the
    /// reserve, and each of their guests is checked individually.
    pub(crate) async fn ceiling_room(&self, sender: &Sender, urgency: Urgency, now: Timestamp) -> CeilingRoom {
        let rules = self.people.rules(sender);
        if urgency != Urgency::Marketing || rules.ceiling().is_none() {
            return CeilingRoom::Places(u32::MAX);
        }
        let request = PeopleRequest {
            rules: &rules,
            people: &[],
            urgency,
        };
        match self.people.ask(sender, &request, now).await {
            Ok(told) => match told.room {
                Some(Vacancy::Places(places)) => CeilingRoom::Places(places),
                Some(Vacancy::NotBefore(at)) => CeilingRoom::Full(at),
                None => CeilingRoom::Places(u32::MAX),
            },
            Err(problem) => CeilingRoom::Unknown(self.not_told(sender, &problem, now)),
        }
    }

    /// When to ask again.
    fn not_told(&self, sender: &Sender, problem: &NotTold, now: Timestamp) -> Timestamp {
        match problem {
            NotTold::NotBefore(at) => *at,
            NotTold::Trouble(error) => {
                if let Some(untold) = self.limiter_complaints.tell(Instant::now()) {
                    warn!(sender = %sender.name, %error, untold, "nobody is admitted");
                }
                now.plus(NAP)
            }
        }
    }

    /// Which of a handful may be written to now. The others are put back until they may be, with the reason and
    /// without an attempt. `None` if it could not be found out, after a pause.
    pub(crate) async fn admitted(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        handful: &[usize],
    ) -> Result<Option<Admitted>, StoreError> {
        let now = self.now();
        let told = match self.ask_for(batch, messages, handful, now).await {
            Ok(told) => told,
            Err(again) => {
                tokio::time::sleep(again.since(now).min(NAP)).await;
                return Ok(None);
            }
        };
        let (mut go, mut deferred) = (Vec::new(), Vec::new());
        for (place, answer) in handful.iter().zip(&told.answers) {
            match answer {
                Answer::Go => go.push(*place),
                // The batch waits as a whole instead of each message, which takes one statement however many there
                // are.
                Answer::NotBefore(_, HeldBy::Ceiling) if batch.is_full() => {}
                Answer::NotBefore(at, by) => deferred.push(Deferred {
                    message: messages[*place].id,
                    until: (*at).min(batch.run.expires(&messages[*place])),
                    reason: reason(*by),
                }),
            }
        }
        self.ledger.defer(batch.of.batch, batch.lease, &deferred).await?;
        Ok(Some(Admitted { go, until: told.until }))
    }

    /// The same for messages that are recorded as started but whose admission has lapsed. They must go out, so this
    /// waits until some may.
    pub(crate) async fn admitted_once_more(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        started: &[usize],
    ) -> Admitted {
        loop {
            let now = self.now();
            let again = match self.ask_for(batch, messages, started, now).await {
                Ok(told) => {
                    let places = started.iter().zip(&told.answers);
                    let go: Vec<usize> = places
                        .filter(|(_, it)| **it == Answer::Go)
                        .map(|(place, _)| *place)
                        .collect();
                    if !go.is_empty() {
                        return Admitted { go, until: told.until };
                    }
                    let next = told.answers.iter().filter_map(|it| match it {
                        Answer::Go => None,
                        Answer::NotBefore(at, _) => Some(*at),
                    });
                    next.min().unwrap_or(now)
                }
                Err(again) => again,
            };
            tokio::time::sleep(again.since(now).clamp(Duration::from_millis(1), NAP)).await;
        }
    }

    async fn ask_for(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        places: &[usize],
        now: Timestamp,
    ) -> Result<Admissions, Timestamp> {
        let rules = self.people.rules(&batch.sender);
        if rules.is_empty() {
            return Ok(Admissions {
                answers: vec![Answer::Go; places.len()],
                until: Instant::now() + FOR_EVER,
                room: None,
            });
        }
        let window = batch.sender.provider.free_text_window();
        let people = places.iter().map(|place| &messages[*place]).map(|claimed| Person {
            id: PersonId::of(&claimed.address),
            counts: window.is_none() || !may_write_freely(window, claimed.last_inbound, now.plus(CLOCKS)),
        });
        let people: Vec<Person> = people.collect();
        let request = PeopleRequest {
            rules: &rules,
            people: &people,
            urgency: batch.urgency,
        };
        let told = self.people.ask(&batch.sender, &request, now).await;
        told.map_err(|problem| self.not_told(&batch.sender, &problem, now))
    }
}

fn reason(by: HeldBy) -> &'static str {
    match by {
        HeldBy::Pair => HELD_BY_PAIR,
        HeldBy::Ceiling => HELD_BY_QUOTA,
    }
}
