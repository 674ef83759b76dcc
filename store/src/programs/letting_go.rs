//! Letting go what is due: some hundred firings of one version in one transaction, in which each becomes a message or is
//! skipped for a reason.

use super::decided;
use super::deciding::{DueFiring, Rule, Verdict};
use super::guests_in_hand;
use super::resting;
use super::switching::WAITING;
use super::types::{ProgramState, ReasonCode};
use crate::base::crossed::again_if_crossed;
use crate::base::outbox::OfProgram;
use crate::base::wants::KnownWants;
use crate::guests::Organisations;
use crate::ledger::admit::{Admission, Gate};
use crate::ledger::watching::{TOLD_OF, ToWatch, watch};
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::*;
use std::collections::HashMap;

/// A version that has something due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueProgram {
    pub program: ProgramId,
    pub org: OrgId,
    pub version: i32,
    /// JSON.
    pub definition: String,
    pub mailing: MailingId,
}

/// What was done with what was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LetGo {
    pub sent: u64,
    pub skipped: u64,
    /// Not yet: it is looked at again.
    pub waiting: u64,
}

impl LetGo {
    pub fn all(self) -> u64 {
        self.sent + self.skipped + self.waiting
    }
}

/// A dispatcher's: what is due goes, or says why it does not.
#[async_trait]
pub trait LettingGo: Send + Sync {
    /// The programs that have something due, each by the version of what has waited longest. Where there is nothing, that costs
    /// a look into an index for each program.
    async fn due_programs(&self, now: Timestamp) -> Result<Vec<DueProgram>>;
    /// Lets go up to `limit` firings of a version that are due. Several who do it at once let go different ones, and each
    /// once.
    async fn let_go(&self, of: &DueProgram, rule: &dyn Rule, limit: u32, now: Timestamp) -> Result<LetGo>;
}

#[async_trait]
impl LettingGo for SqlStore {
    async fn due_programs(&self, now: Timestamp) -> Result<Vec<DueProgram>> {
        let text = format!(
            "SELECT d.program_id, d.org_id, d.version, v.definition, v.mailing_id FROM (
                 SELECT p.id AS program_id, p.org_id,
                        (SELECT f.version FROM firings f WHERE f.program_id = p.id AND f.state = {WAITING} AND f.due_at <= $1
                         ORDER BY f.due_at LIMIT 1) AS version
                 FROM programs p) d
             JOIN program_versions v ON v.program_id = d.program_id AND v.version = d.version
             WHERE d.version IS NOT NULL ORDER BY d.program_id"
        );
        let rows = Session::read(&self.db).await?.fetch(sql(text).int(now.0)).await?;
        let due = rows.iter().map(|row| {
            let c = row.columns();
            Ok(DueProgram {
                program: ProgramId(c.int("program_id")?),
                org: OrgId(c.int("org_id")? as i32),
                version: c.int("version")? as i32,
                definition: c.text("definition")?,
                mailing: MailingId(c.int("mailing_id")?),
            })
        });
        due.collect()
    }

    async fn let_go(&self, of: &DueProgram, rule: &dyn Rule, limit: u32, now: Timestamp) -> Result<LetGo> {
        self.make_room(now).await?;
        again_if_crossed!(self.let_page_go(of, rule, limit, now))
    }
}

/// A firing in hand.
struct InHand {
    firing: DueFiring,
    /// A newer event has moved it to then.
    wanted_at: Option<Timestamp>,
}

impl InHand {
    fn waits_on(&self, now: Timestamp) -> bool {
        self.firing.lets_go && self.wanted_at.is_some_and(|later| later > now)
    }
}

impl SqlStore {
    async fn let_page_go(&self, of: &DueProgram, rule: &dyn Rule, limit: u32, now: Timestamp) -> Result<LetGo> {
        // Facts are settled before the transaction, because that may take as long as an import has made it.
        let audience = self.select_audience(of.org, rule.guard(), now).await?;
        let mut tx = Session::begin(&self.db).await?;
        let lets_go = share(&mut tx, of.program).await?;
        let taken = take(&mut tx, of, lets_go, limit, now).await?;
        // Whose clock was restarted waits on, however its guest stands.
        let (later, mut in_hand): (Vec<_>, Vec<_>) = taken.into_iter().partition(|it| it.waits_on(now));
        let needs = rule.needs();
        if needs.sent_before {
            let held = resting::hold(&mut tx, of.program, in_hand.iter().map(|it| it.firing.customer)).await?;
            in_hand.retain(|it| held.contains(&it.firing.customer));
        }
        let customers: Vec<CustomerId> = in_hand.iter().map(|it| it.firing.customer).collect();
        let mut standing = guests_in_hand::standing(&mut tx, &audience, &customers).await?;
        guests_in_hand::complete(&mut tx, of.org, needs, &customers, &mut standing).await?;
        let mut sent_before = match needs.sent_before && !customers.is_empty() {
            true => resting::sent_before(&mut tx, of.program, &customers).await?,
            false => HashMap::new(),
        };
        let mut page = Page::default();
        page.waiting
            .extend(later.iter().map(|it| (it.firing.id, it.firing.due_at)));
        for mut it in in_hand.drain(..) {
            let customer = it.firing.customer;
            it.firing.sent_before = sent_before.get(&customer).copied();
            let verdict = rule.decide(&it.firing, standing.get(&customer), now);
            if matches!(verdict, Verdict::Send { .. }) {
                // It counts for what comes after it in this page.
                sent_before.insert(customer, now);
            }
            page.add(&it.firing, verdict);
        }
        let let_go = self.write_page(&mut tx, of, &page, now).await?;
        tx.commit().await?;
        Ok(let_go)
    }

    async fn write_page(&self, tx: &mut Session, of: &DueProgram, page: &Page, now: Timestamp) -> Result<LetGo> {
        if !page.admitted.is_empty() {
            let until = self.end_of_day(of.org, now).await?;
            let gate = Gate::open(self, tx, (of.org, of.mailing), until, now).await?;
            let keys = gate.admit(tx, &page.admitted, now).await?;
            decided::sent(tx, of.program, &page.sent, &keys, now).await?;
            self.watch_page(tx, of, page, &keys, now).await?;
        }
        decided::skip(tx, of.program, &page.skipped, now).await?;
        decided::put_off(tx, of.program, &page.waiting).await?;
        Ok(LetGo {
            sent: page.sent.len() as u64,
            skipped: page.skipped.len() as u64,
            waiting: page.waiting.len() as u64,
        })
    }

    /// Where somebody outside wants to know what becomes of them.
    async fn watch_page(
        &self,
        tx: &mut Session,
        of: &DueProgram,
        page: &Page,
        keys: &[MessageKey],
        now: Timestamp,
    ) -> Result<()> {
        if !self.memory.of::<KnownWants>().any(tx, of.org, &TOLD_OF).await? {
            return Ok(());
        }
        let firings = page.sent.iter().zip(&page.granted).zip(keys);
        let to_watch = firings.map(|((firing, granted), key)| ToWatch {
            message: *key,
            firing: Some(OfProgram {
                program: of.program,
                firing: *firing,
            }),
            granted: granted.as_deref(),
        });
        watch(tx, of.org, &to_watch.collect::<Vec<_>>(), now).await
    }

    /// When a day of the organisation ends: a program's messages of a day are one run.
    async fn end_of_day(&self, org: OrgId, now: Timestamp) -> Result<Timestamp> {
        let zone = self.organisation_by_id(org).await?.timezone;
        zone.next_midnight(now).map_err(|e| StoreError::Corrupt {
            what: "organisation",
            id: org.to_string(),
            problem: e.to_string(),
        })
    }
}

/// What becomes of the firings in hand.
#[derive(Default)]
struct Page {
    /// In the same order as what is admitted.
    sent: Vec<FiringId>,
    admitted: Vec<Admission>,
    granted: Vec<Option<String>>,
    skipped: Vec<(FiringId, ReasonCode)>,
    waiting: Vec<(FiringId, Timestamp)>,
}

impl Page {
    fn add(&mut self, it: &DueFiring, verdict: Verdict) {
        let firing = it.id;
        match verdict {
            Verdict::Send {
                step,
                kind,
                endpoint,
                given,
                granted,
            } => {
                self.sent.push(firing);
                self.granted.push(granted);
                self.admitted.push(Admission {
                    customer: it.customer,
                    step,
                    kind,
                    endpoint,
                    request: format!("firing-{firing}"),
                    given,
                });
            }
            Verdict::Skip(reason) => self.skipped.push((firing, reason)),
            Verdict::Wait(until) => self.waiting.push((firing, until)),
        }
    }
}

/// Whether the program lets go what waits; it is held as it is until the end of the transaction.
async fn share(tx: &mut Session, program: ProgramId) -> Result<bool> {
    let text = "SELECT state FROM programs WHERE id = $1 {lock}";
    let row = tx.first(sql(text).int(program.0).lock("FOR SHARE")).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    let state = row
        .columns()
        .code("state", "state of a program", ProgramState::from_code)?;
    Ok(state.lets_go())
}

async fn take(tx: &mut Session, of: &DueProgram, lets_go: bool, limit: u32, now: Timestamp) -> Result<Vec<InHand>> {
    let text = format!(
        "SELECT id, customer_id, occasion, fired_at, due_at, wanted_at, given FROM firings
         WHERE program_id = $1 AND state = {WAITING} AND due_at <= $2 AND version = $3 ORDER BY due_at LIMIT {limit} {{lock}}"
    );
    let statement = sql(text).int(of.program.0).int(now.0).int(i64::from(of.version));
    let rows = tx.fetch(statement.lock("FOR UPDATE SKIP LOCKED")).await?;
    rows.iter().map(|row| in_hand(row, lets_go)).collect()
}

fn in_hand(row: &Row, lets_go: bool) -> Result<InHand> {
    let c = row.columns();
    let wanted_at = c.opt_int("wanted_at")?.map(Timestamp);
    let due_at = Timestamp(c.int("due_at")?);
    let firing = DueFiring {
        id: FiringId(c.int("id")?),
        customer: CustomerId(c.int("customer_id")?),
        occasion: c.text("occasion")?,
        fired_at: Timestamp(c.int("fired_at")?),
        due_at: wanted_at.unwrap_or(due_at),
        sent_before: None,
        lets_go,
        given: c.opt_text("given")?,
    };
    Ok(InHand { firing, wanted_at })
}
