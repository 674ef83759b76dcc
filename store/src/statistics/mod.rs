//! A mailing's statistics (PRODUCT.md §9), read from the ledger and the orders.
//!
//! Everything is counted in sets, in one snapshot of the database, so that the figures are of one instant and add
//! up. Which order counts for which mailing is decided by [`bellhop_domain::attribution`] alone: SQL only finds the
//! orders that may count, and what the rule asks about them.
//!
//! Rows go when their lifetimes are over. What they said is frozen before (`freezing`) and counted with the rest, so that the
//! figures stay the same for ever.

mod candidates;
mod codes;
mod counted;
mod counts;
mod credits;
mod credits_of_period;
mod figures;
pub(crate) mod freezing;
pub(crate) mod frozen;
mod over_time;
mod period;
mod reasons;
mod report;
mod report_beside;
mod restaurants;
mod tallies;
mod under_way;

use crate::db::SqlStore;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use async_trait::async_trait;
use bellhop_domain::curve::Slots;
use bellhop_domain::message::RunState;
use bellhop_domain::statistics::{Counts, MailingState, MailingStatistics, ReasonCount, few_reasons};
use bellhop_domain::{Channel, MailingId, OrgId, RunId, Timestamp, money};
use counted::Counted;
use frozen::Frozen;
pub use period::{Brought, OfChannel, OfMailing, Period, Report};
pub use restaurants::OfRestaurant;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
pub use under_way::RunUnderWay;

/// What mailings brought.
#[async_trait]
pub trait Statistics: Send + Sync {
    /// The statistics of a mailing over all its runs but tests, as everything stands; `now` is noted in them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the organisation has no such mailing.
    async fn mailing(&self, org: OrgId, mailing: MailingId, now: Timestamp) -> Result<MailingStatistics>;
    /// How far one run is, as everything stands; a test too.
    async fn run_progress(&self, org: OrgId, run: RunId, now: Timestamp) -> Result<RunProgress>;
    /// When what the statistics count happened, over the same runs: the sums are theirs.
    async fn over_time(&self, org: OrgId, mailing: MailingId) -> Result<OverTime>;
    /// Credited orders by restaurant, the most revenue first.
    async fn by_restaurant(&self, org: OrgId, mailing: MailingId) -> Result<ByRestaurant>;
    /// A period over all mailings and programs.
    async fn report(&self, org: OrgId, period: Period) -> Result<Report>;
    /// The runs of audiences that are not over, the latest first, some twenty at most.
    async fn runs_under_way(&self, org: OrgId) -> Result<Vec<RunUnderWay>>;
}

/// A dispatcher's: runs that are over are counted for all who will ask.
#[async_trait]
pub trait Tallying: Send + Sync {
    /// Counts one that is to be counted, if there is one.
    async fn tally(&self, now: Timestamp) -> Result<bool>;
}

#[async_trait]
impl Tallying for SqlStore {
    async fn tally(&self, now: Timestamp) -> Result<bool> {
        tallies::tally(&self.db, now).await
    }
}

/// A mailing over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OverTime {
    pub slots: Slots,
    /// Different guests with a credited order.
    pub buyers: u64,
    /// The organisation's, ISO 4217.
    pub currency: String,
}

/// A mailing by restaurant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByRestaurant {
    pub restaurants: Vec<OfRestaurant>,
    /// The organisation's, ISO 4217.
    pub currency: String,
}

/// Where the messages of one run stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// The sum of `by_state`.
    pub planned: u64,
    pub by_state: BTreeMap<&'static str, u64>,
    /// Guests left out by the plan.
    pub excluded: BTreeMap<&'static str, u64>,
    pub reasons: Vec<ReasonCount>,
}

#[async_trait]
impl Statistics for SqlStore {
    async fn mailing(&self, org: OrgId, mailing: MailingId, now: Timestamp) -> Result<MailingStatistics> {
        let mut session = Session::snapshot(&self.db).await?;
        let target = Target::find(&mut session, org, mailing).await?;
        let channels: Vec<Channel> = target.file.waterfall.iter().map(|step| step.channel).collect();
        let mut counts = Counts::default();
        if let Some(runs) = target.run_list() {
            let frozen = Frozen::read(&mut session, org).await?;
            let counted = Counted::of(&runs, frozen.messages_before);
            counts::exclusions(&mut session, counted.runs(), &mut counts).await?;
            let (left, mut sent) = tallies::add(&mut session, &target.run_ids(), &frozen, &mut counts).await?;
            if !left.is_empty() {
                let left = Counted::of(&listed(&left), frozen.messages_before);
                sent += counts::count(&mut session, &left, now, &mut counts).await?;
            }
            let sent_before = figures::add(&mut session, counted.runs(), &mut counts).await?;
            // A run sends a guest one message; a repeat may reach the same guest again.
            counts.recipients = match target.runs.len() {
                1 => sent + sent_before,
                _ => counts::recipients(&mut session, mailing, &counted).await?,
            };
            counts
                .reasons
                .extend(reasons::under_way(&mut session, counted.runs(), now).await?);
            counts.credited = credits::credited(&mut session, &target, &counted, &frozen).await?;
        }
        let decimals = money::decimals(&target.currency);
        Ok(MailingStatistics::new(target.state(), channels, counts, decimals, now))
    }

    async fn run_progress(&self, org: OrgId, run: RunId, now: Timestamp) -> Result<RunProgress> {
        let mut session = Session::snapshot(&self.db).await?;
        let text = "SELECT 1 FROM runs WHERE id = $1 AND org_id = $2";
        let known = session.first(sql(text).int(run.0).int(i64::from(org.0))).await?;
        known.ok_or_else(|| StoreError::NotFound {
            what: "run",
            id: run.to_string(),
        })?;
        let frozen = Frozen::read(&mut session, org).await?;
        let counted = Counted::of(&run.to_string(), frozen.messages_before);
        let mut counts = Counts::default();
        counts::exclusions(&mut session, counted.runs(), &mut counts).await?;
        let (left, _) = tallies::add(&mut session, &[run], &frozen, &mut counts).await?;
        if !left.is_empty() {
            counts::messages(&mut session, &counted, now, &mut counts).await?;
        }
        figures::add(&mut session, counted.runs(), &mut counts).await?;
        counts
            .reasons
            .extend(reasons::under_way(&mut session, counted.runs(), now).await?);
        Ok(RunProgress {
            planned: counts.by_state.values().sum(),
            by_state: counts.by_state,
            excluded: counts.excluded,
            reasons: few_reasons(counts.reasons),
        })
    }

    async fn over_time(&self, org: OrgId, mailing: MailingId) -> Result<OverTime> {
        let mut session = Session::snapshot(&self.db).await?;
        let target = Target::find(&mut session, org, mailing).await?;
        let mut counts = Counts::default();
        let mut buyers = HashSet::new();
        if let Some(runs) = target.run_list() {
            let frozen = Frozen::read(&mut session, org).await?;
            let counted = Counted::of(&runs, frozen.messages_before);
            let (left, _) = tallies::add(&mut session, &target.run_ids(), &frozen, &mut counts).await?;
            if !left.is_empty() {
                let left = Counted::of(&listed(&left), frozen.messages_before);
                over_time::count(&mut session, &left, &mut counts.slots).await?;
            }
            figures::add(&mut session, counted.runs(), &mut counts).await?;
            let orders = credits::orders(&mut session, &target, &counted, &frozen).await?;
            for order in orders.iter().filter(|it| !it.by_non_recipient) {
                let placed = counts.slots.at(order.placed_at);
                placed.orders += 1;
                placed.revenue.0 += order.total.0;
                buyers.insert(order.customer);
            }
        }
        Ok(OverTime {
            slots: counts.slots,
            buyers: buyers.len() as u64,
            currency: target.currency,
        })
    }

    async fn by_restaurant(&self, org: OrgId, mailing: MailingId) -> Result<ByRestaurant> {
        let mut session = Session::snapshot(&self.db).await?;
        let target = Target::find(&mut session, org, mailing).await?;
        let mut restaurants = restaurants::Restaurants::default();
        if let Some(runs) = target.run_list() {
            let frozen = Frozen::read(&mut session, org).await?;
            let counted = Counted::of(&runs, frozen.messages_before);
            let orders = credits::orders(&mut session, &target, &counted, &frozen).await?;
            restaurants.add(&mut session, &orders).await?;
        }
        Ok(ByRestaurant {
            restaurants: restaurants.finish(),
            currency: target.currency,
        })
    }

    async fn report(&self, org: OrgId, period: Period) -> Result<Report> {
        report::report(&mut Session::snapshot(&self.db).await?, org, period).await
    }

    async fn runs_under_way(&self, org: OrgId) -> Result<Vec<RunUnderWay>> {
        under_way::runs(&self.db, org).await
    }
}

/// Runs as a list in SQL.
fn listed(runs: &[RunId]) -> String {
    let ids: Vec<_> = runs.iter().map(|run| run.to_string()).collect();
    ids.join(", ")
}

/// The mailing that is asked about.
struct Target {
    org: OrgId,
    id: MailingId,
    /// The organisation's, ISO 4217.
    currency: String,
    file: File,
    /// Latest first, without tests.
    runs: Vec<TargetRun>,
}

struct TargetRun {
    id: RunId,
    state: RunState,
    /// When it started; `None` as long as it is scheduled.
    started_at: Option<Timestamp>,
}

/// What statistics need of a mailing file.
#[derive(Deserialize)]
struct File {
    target_promo: Option<String>,
    promo_codes: Option<String>,
    waterfall: Vec<FileStep>,
}

#[derive(Deserialize)]
struct FileStep {
    channel: Channel,
}

impl File {
    fn parse(mailing: MailingId, json: &str) -> Result<File> {
        serde_json::from_str(json).map_err(|e| StoreError::Corrupt {
            what: "mailing",
            id: mailing.to_string(),
            problem: format!("its file: {e}"),
        })
    }
}

impl Target {
    async fn find(session: &mut Session, org: OrgId, id: MailingId) -> Result<Target> {
        let text = "SELECT m.spec, o.currency FROM mailings m JOIN organisations o ON o.id = m.org_id
                    WHERE m.id = $1 AND m.org_id = $2 AND m.removed_at IS NULL";
        let row = session.first(sql(text).int(id.0).int(i64::from(org.0))).await?;
        let not_found = || StoreError::NotFound {
            what: "mailing",
            id: id.to_string(),
        };
        let row = row.ok_or_else(not_found)?;
        let c = row.columns();
        let (file, currency) = (File::parse(id, &c.text("spec")?)?, c.text("currency")?);
        let text = "SELECT id, state, CASE WHEN as_of IS NOT NULL THEN start_at END AS started_at
                    FROM runs WHERE mailing_id = $1 AND NOT test ORDER BY id DESC";
        let mut runs = Vec::new();
        for row in session.fetch(sql(text).int(id.0)).await? {
            let c = row.columns();
            runs.push(TargetRun {
                id: RunId(c.int("id")?),
                state: c.code("state", "run state", RunState::from_code)?,
                started_at: c.opt_int("started_at")?.map(Timestamp),
            });
        }
        Ok(Target {
            org,
            id,
            currency,
            file,
            runs,
        })
    }

    fn state(&self) -> MailingState {
        self.runs
            .first()
            .map_or(MailingState::Draft, |run| MailingState::Run(run.state))
    }

    /// The first start of a run.
    fn launched_at(&self) -> Option<Timestamp> {
        self.runs.iter().filter_map(|run| run.started_at).min()
    }

    /// The runs as a list in SQL; `None` for a draft. Literals, so that PostgreSQL plans for these runs.
    fn run_list(&self) -> Option<String> {
        (!self.runs.is_empty()).then(|| listed(&self.run_ids()))
    }

    fn run_ids(&self) -> Vec<RunId> {
        self.runs.iter().map(|run| run.id).collect()
    }
}
