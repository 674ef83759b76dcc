//! One stream: what it has told, and what is to be told next.

use super::place::{Begin, Beginning, Seen};
use super::seats::Seat;
use super::told;
use crate::Api;
use crate::auth::Pass;
use crate::problem::Problem;
use axum::body::{Body, Bytes};
use bellhop_domain::RunId;
use bellhop_domain::words::Language;
use bellhop_store::base::outbox::{Changes, Place};
use bellhop_store::guests::ApiCaller;
use bellhop_store::statistics::RunUnderWay;
use futures_util::stream;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

/// Whether the caller may still listen is asked so often: whoever loses a key or a session is cut off within seconds.
const CHECK: Duration = Duration::from_secs(2);
/// States are compared so often.
const LOOK: Duration = Duration::from_secs(1);
/// A client that hears nothing for longer knows that its line is gone.
const BEAT: Duration = Duration::from_secs(10);
/// Changes of one look into the database.
const AT_ONCE: u32 = 200;

pub(crate) struct Following {
    api: Api,
    caller: ApiCaller,
    pass: Pass,
    language: Language,
    leaving: CancellationToken,
    _seat: Seat,
    place: Place,
    news: watch::Receiver<Place>,
    /// Whether more of the log waits than was read at once.
    is_behind: bool,
    ready: VecDeque<Bytes>,
    is_over: bool,
    present: BTreeMap<String, Value>,
    runs: BTreeMap<RunId, Value>,
    check: Interval,
    look: Interval,
    beat: Interval,
}

/// Who begins a stream, and what ends it.
pub(crate) struct Beginner {
    pub caller: ApiCaller,
    pub pass: Pass,
    pub language: Language,
    /// Ends with the connection, or with the process.
    pub leaving: CancellationToken,
    pub seat: Seat,
    /// What the client says that it has seen, if it says anything.
    pub seen: Option<Option<Seen>>,
}

impl Following {
    pub async fn begin(api: Api, by: Beginner) -> Result<Body, Problem> {
        let end = api.store.log_end().await?;
        let begin = Begin::of(by.seen, end, api.now());
        let streams = Arc::clone(&api.bounded.streams);
        let news = streams.tail.news();
        streams.follow(&api, end.complete);
        let mut following = Self {
            api,
            caller: by.caller,
            pass: by.pass,
            language: by.language,
            leaving: by.leaving,
            _seat: by.seat,
            place: begin.place,
            news,
            is_behind: true,
            ready: VecDeque::from([told::retry()]),
            is_over: false,
            present: BTreeMap::new(),
            runs: BTreeMap::new(),
            check: every(CHECK, CHECK),
            look: every(LOOK, Duration::ZERO),
            beat: every(BEAT, BEAT),
        };
        following.open(begin.what);
        let pieces = stream::unfold(following, |mut it| async move {
            let piece = it.next().await?;
            Some((Ok::<_, Infallible>(piece), it))
        });
        Ok(Body::from_stream(pieces))
    }

    fn open(&mut self, beginning: Beginning) {
        if beginning == Beginning::Reset {
            self.tell("reset", Some(self.place), &json!({ "at": self.api.now() }));
        }
        let resumed = beginning == Beginning::Resumed;
        let told = json!({ "at": self.api.now(), "resumed": resumed });
        self.tell("open", Some(self.place), &told);
    }

    /// The next piece; `None` when the stream is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if self.is_over {
                return None;
            }
            let looked = tokio::select! {
                biased;
                () = self.leaving.cancelled() => {
                    self.tell("end", None, &json!({ "code": "server_leaves" }));
                    self.is_over = true;
                    Ok(())
                }
                _ = self.check.tick() => self.check().await,
                _ = std::future::ready(()), if self.is_behind => self.changes().await,
                _ = self.news.changed() => self.changes().await,
                _ = self.look.tick() => self.states().await,
                _ = self.beat.tick() => {
                    let told = json!({ "at": self.api.now() });
                    self.tell("beat", Some(self.place), &told);
                    Ok(())
                }
            };
            // What was told so far is known by its id, so that the client comes back for the rest.
            if let Err(problem) = looked {
                self.tell("end", None, &problem.told(self.language));
                self.is_over = true;
            }
        }
    }

    async fn check(&mut self) -> Result<(), Problem> {
        self.caller = self.pass.still(&self.api).await?;
        Ok(())
    }

    async fn changes(&mut self) -> Result<(), Problem> {
        let org = self.caller.org;
        let remembered = self.api.bounded.streams.tail.since(self.place, org);
        self.is_behind = remembered.is_none();
        let Changes { changes, upto } = match remembered {
            Some(changes) => changes,
            None => {
                let found = self.api.store.changes(Some(org), self.place, AT_ONCE).await?;
                self.is_behind = found.changes.len() >= AT_ONCE as usize;
                found
            }
        };
        for change in &changes {
            if let Some((name, told)) = told::change(&change.notice, &self.caller) {
                self.tell(name, Some(change.place), &told);
            }
        }
        self.place = self.place.max(upto);
        Ok(())
    }

    async fn states(&mut self) -> Result<(), Problem> {
        self.presence().await?;
        let streams = Arc::clone(&self.api.bounded.streams);
        let (org, store) = (self.caller.org, self.api.store.clone());
        let read = |_| async move { Ok::<_, Problem>(Arc::new(store.runs_under_way(org).await?)) };
        let under_way = streams.runs.of(org, LOOK / 2, read).await?;
        for it in under_way.iter() {
            self.progress(it).await?;
        }
        let is_over = |run: &RunId| under_way.iter().all(|it| it.run != *run);
        let over: Vec<RunId> = self.runs.keys().copied().filter(is_over).collect();
        for run in over {
            self.ended(run).await?;
        }
        Ok(())
    }

    /// Once more as it ended: counted since, and not as it was known just before.
    async fn ended(&mut self, run: RunId) -> Result<(), Problem> {
        self.runs.remove(&run);
        let streams = Arc::clone(&self.api.bounded.streams);
        let (org, api) = (self.caller.org, self.api.clone());
        let read = |_| async move {
            let it = api.ledger.run(run).await?;
            let progress = api.store.run_progress(org, run, api.now()).await?;
            let counted = told::Counted::default().then(progress, api.now());
            let paused = it.paused_reason.as_deref();
            Ok::<_, Problem>(Arc::new(counted.told(run, it.mailing, it.state.name(), paused)))
        };
        let told = streams.ended.of(run, LOOK, read).await?;
        self.tell("progress", None, &told);
        Ok(())
    }

    async fn progress(&mut self, it: &RunUnderWay) -> Result<(), Problem> {
        let streams = Arc::clone(&self.api.bounded.streams);
        let (org, api, run) = (self.caller.org, self.api.clone(), it.run);
        let read = |before: Option<Arc<told::Counted>>| async move {
            let progress = api.store.run_progress(org, run, api.now()).await?;
            let before = before.map_or_else(told::Counted::default, Arc::unwrap_or_clone);
            Ok::<_, Problem>(Arc::new(before.then(progress, api.now())))
        };
        let counted = streams.counted.of(run, LOOK, read).await?;
        let told = counted.told(run, it.mailing, it.state.name(), it.paused_reason.as_deref());
        if self.runs.get(&run).is_none_or(|before| *before != told) {
            self.tell("progress", None, &told);
            self.runs.insert(run, told);
        }
        Ok(())
    }

    async fn presence(&mut self) -> Result<(), Problem> {
        let streams = Arc::clone(&self.api.bounded.streams);
        let (org, api) = (self.caller.org, self.api.clone());
        let read = |_| async move { Ok::<_, Problem>(Arc::new(api.accounts.present(org, api.now()).await?)) };
        let present = streams.present.of(org, LOOK / 2, read).await?;
        let now = told::presence(&present);
        let before = std::mem::take(&mut self.present);
        for (thing, told) in &now {
            if before.get(thing) != Some(told) {
                self.tell("presence", None, told);
            }
        }
        for thing in before.keys().filter(|thing| !now.contains_key(*thing)) {
            self.tell("presence", None, &told::left(thing));
        }
        self.present = now;
        Ok(())
    }

    fn tell(&mut self, name: &str, place: Option<Place>, data: &Value) {
        let at = self.api.now();
        let id = place.map(|place| Seen { place, at });
        self.ready.push_back(told::event(name, id, data));
    }
}

fn every(span: Duration, first: Duration) -> Interval {
    let mut every = interval_at(Instant::now() + first, span);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
