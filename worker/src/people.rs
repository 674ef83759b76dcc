//! Limits that ask whom a message is for: one message in a while to one guest, and a portfolio's ceiling of guests
//! (PRODUCT.md §8). A sender that has some is asked twice: for its permits before the claim, as all are, and for each guest
//! right before the request. Either alone sends nothing, so that none can be exceeded, whoever dies in between.

use crate::Worker;
use crate::in_hand::InHand;
use crate::permits::{ARRIVES_WITHIN, FOR_EVER, NoPermits};
use bellhop_campaigns::{InForce, Live, Sender, may_write_freely};
use bellhop_domain::Timestamp;
use bellhop_rate_limits::people::{
    Admission, Answer, HeldBy, PastPerson, PeopleRequest, PeopleRules, Person, PersonId, Roll, Room,
};
use bellhop_rate_limits::{Limiter, Urgency};
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claimed, Deferred, HELD_BY_PAIR, HELD_BY_QUOTA, SentLately};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::warn;

/// The longest sleep between two questions for permits.
pub(crate) const NAP: Duration = Duration::from_millis(500);
/// A window that closes within so long is taken for closed: Meta's clock is not ours.
const CLOCKS: Duration = Duration::from_secs(60);

/// The limiter's rolls as the tasks of one process share them.
pub(crate) struct People {
    limiter: Arc<dyn Limiter>,
    ledger: Arc<dyn SentLately>,
    live: Live<InForce>,
    /// Held while the ledger is read for a limiter, so that one task of this process does it.
    telling: tokio::sync::Mutex<()>,
}

/// What the limiter said.
struct Told {
    answers: Vec<Answer>,
    until: Instant,
    room: Option<Room>,
}

/// Whether a sender has room for guests that are not counted yet.
pub(crate) enum Standing {
    Places(u32),
    Full(Timestamp),
    /// It could not be told; ask again then.
    Unknown(Timestamp),
}

/// Of a handful of messages those that may go, by their places.
pub(crate) struct Admitted {
    pub go: Vec<usize>,
    /// No request starts later.
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

    /// The limits of a sender.
    fn rules(&self, sender: &Sender) -> PeopleRules {
        let portfolio = self.live.now().senders.portfolio(sender);
        PeopleRules::new(sender.org, &sender.name, sender.provider.apart(), portfolio.as_ref())
    }

    /// Whether its claims must read when guests last wrote.
    pub fn counts_by_window(&self, sender: &Sender) -> bool {
        self.rules(sender).ceiling().is_some()
    }

    async fn ask(&self, sender: &Sender, request: &PeopleRequest<'_>, now: Timestamp) -> Result<Told, NotTold> {
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

    async fn once(&self, request: &PeopleRequest<'_>, now: Timestamp) -> Result<Told, NotTold> {
        let asked = Instant::now();
        match self.limiter.admit(request, now).await? {
            Admission::Told {
                answers,
                use_before,
                room,
            } => Ok(Told {
                answers,
                until: asked + use_before.since(now).min(FOR_EVER),
                room,
            }),
            Admission::Lost { read_from, .. } => Err(NotTold::NotBefore(read_from)),
        }
    }

    /// Tells a roll what the ledger knows: of this sender, or of all numbers of its portfolio.
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

/// Why nothing was said.
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
    /// How many more guests marketing may begin with. For the others it is not asked: they have the reserve, and each of
    /// their guests is asked for.
    pub(crate) async fn standing(&self, sender: &Sender, urgency: Urgency, now: Timestamp) -> Standing {
        let rules = self.people.rules(sender);
        if urgency != Urgency::Marketing || rules.ceiling().is_none() {
            return Standing::Places(u32::MAX);
        }
        let request = PeopleRequest {
            rules: &rules,
            people: &[],
            urgency,
        };
        match self.people.ask(sender, &request, now).await {
            Ok(told) => match told.room {
                Some(Room::Places(places)) => Standing::Places(places),
                Some(Room::NotBefore(at)) => Standing::Full(at),
                None => Standing::Places(u32::MAX),
            },
            Err(problem) => Standing::Unknown(self.not_told(sender, &problem, now)),
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

    /// Which of a handful may be written to now. The others are put back until they may, with the reason and without an
    /// attempt. `None` after a pause: it could not be told.
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
                // The batch waits, and not each of them: one statement, however many they are.
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

    /// The same for messages that are recorded as started, whose admission has lapsed meanwhile: they must go out, so it is
    /// waited for until some may.
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
    ) -> Result<Told, Timestamp> {
        let rules = self.people.rules(&batch.sender);
        if rules.is_empty() {
            return Ok(Told {
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
