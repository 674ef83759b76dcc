//! A period over all mailings and programs: what was sent in it and what that cost, which orders placed in it are credited, and
//! who withdrew.
//!
//! Messages are those of runs that began in the period; of mailings on demand, whose run is one for years, those that were asked
//! for in it. Orders are those placed in it, whenever they were written to.

use super::codes::{ACCEPTED, ARRIVED};
use super::counted::Counted;
use super::counts::{channel_numbered, number};
use super::frozen::Frozen;
use super::period::{Brought, ByMailing, Period, Report, numbers};
use super::restaurants::Restaurants;
use super::{credits_of_period, figures, report_beside as beside, tallies};
use crate::Result;
use crate::base::codes::{channel_of, listed};
use crate::sql::{Session, sql};
use bellhop_domain::statistics::Counts;
use bellhop_domain::{MailingId, OrgId, Origin, Timestamp};
use std::collections::BTreeMap;

pub(super) async fn report(session: &mut Session, org: OrgId, period: Period) -> Result<Report> {
    let frozen = Frozen::read(session, org).await?;
    let (mut brought, mut restaurants) = (ByMailing::new(), Restaurants::default());
    let mut runs = runs(session, org, period).await?;
    let all = runs.planned.clone();
    let known = match all.is_empty() {
        true => Vec::new(),
        false => known(session, &all, &frozen).await?,
    };
    for (run, text, is_whole) in known {
        add_figures(&all, run, &text, &mut brought)?;
        if is_whole {
            runs.planned.remove(&run);
        }
    }
    for (on_demand, of) in [(false, &runs.planned), (true, &runs.on_demand)] {
        if !of.is_empty() {
            let counted = Counted::of(&numbers(of.keys().copied()), frozen.messages_before);
            messages(session, &counted, of, on_demand.then_some(period), &mut brought).await?;
            attempts(session, &counted, of, on_demand.then_some(period), &mut brought).await?;
        }
    }
    for day in days(period) {
        let credited = credits_of_period::credited(session, org, &frozen, day).await?;
        for (mailing, order) in credited.iter().filter(|(_, order)| !order.by_non_recipient) {
            let of = brought.entry(*mailing).or_default();
            of.orders += 1;
            of.revenue.0 += order.total.0;
            of.buyers.insert(order.customer);
        }
        let orders: Vec<_> = credited.into_iter().map(|(_, order)| order).collect();
        restaurants.add(session, &orders).await?;
    }
    Ok(Report {
        mailings: beside::named(session, org, brought).await?,
        restaurants: restaurants.finish(),
        opt_outs: beside::opt_outs(session, org, period).await?,
        currency: beside::currency(session, org).await?,
    })
}

/// Figures of runs that were written down, and whether they are all that is left to be counted of their messages. Of mailings on
/// demand, whose messages have had their time, there is no more to be told by the day.
async fn known(session: &mut Session, runs: &Runs, frozen: &Frozen) -> Result<Vec<(i64, String, bool)>> {
    let runs = numbers(runs.keys().copied());
    let tallies = tallies::of_runs(session, &runs, frozen).await?;
    let had_their_time = figures::of_runs(session, &runs).await?;
    let whole = tallies.into_iter().map(|(run, text)| (run, text, true));
    let frozen = had_their_time.into_iter().map(|(run, text)| (run, text, false));
    Ok(whole.chain(frozen).collect())
}

/// A day's orders are in memory at once, and not a quarter's.
fn days(period: Period) -> impl Iterator<Item = Period> {
    const DAY: i64 = bellhop_domain::time::DAY_MS;
    let begins = (period.from.0..period.until.0).step_by(DAY.unsigned_abs() as usize);
    begins.map(move |from| Period {
        from: Timestamp(from),
        until: Timestamp((from + DAY).min(period.until.0)),
    })
}

/// Runs with their mailings.
type Runs = BTreeMap<i64, MailingId>;

#[derive(Default)]
struct RunsOfPeriod {
    /// Those that began in it.
    planned: Runs,
    /// Those that were under way at any time of it.
    on_demand: Runs,
}

async fn runs(session: &mut Session, org: OrgId, period: Period) -> Result<RunsOfPeriod> {
    let demanded = |origin: &Origin| matches!(origin, Origin::Request | Origin::Operator);
    let demanded = listed(Origin::ALL.into_iter().filter(demanded).map(Origin::code));
    let text = format!(
        "SELECT id, mailing_id, origin IN {demanded} AS on_demand FROM runs
         WHERE org_id = $1 AND NOT test AND as_of < $3
             AND (as_of >= $2 OR origin IN {demanded} AND (finished_at IS NULL OR finished_at >= $2))"
    );
    let statement = sql(text).int(i64::from(org.0)).int(period.from.0).int(period.until.0);
    let mut runs = RunsOfPeriod::default();
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let of = match c.flag("on_demand")? {
            true => &mut runs.on_demand,
            false => &mut runs.planned,
        };
        of.insert(c.int("id")?, MailingId(c.int("mailing_id")?));
    }
    Ok(runs)
}

/// The condition that a time lies in the period, if one is given.
fn within(column: &str, period: Option<Period>) -> String {
    period.map_or(String::new(), |it| {
        format!(" AND {column} >= {} AND {column} < {}", it.from.0, it.until.0)
    })
}

async fn messages(
    session: &mut Session,
    counted: &Counted,
    runs: &Runs,
    period: Option<Period>,
    brought: &mut ByMailing,
) -> Result<()> {
    let (of_runs, within) = (
        counted.has("run_id", "id"),
        within("COALESCE(made_at, sent_at, 0)", period),
    );
    let text = format!(
        "SELECT run_id, opened_channel, COUNT(*) AS messages, COUNT(COALESCE(sent_at, opened_at)) AS sent
         FROM messages WHERE {of_runs}{within} GROUP BY run_id, opened_channel"
    );
    for row in session.fetch(sql(text)).await? {
        let c = row.columns();
        let Some(of) = of_run(runs, c.int("run_id")?, brought) else {
            continue;
        };
        let messages = number(&c, "messages")?;
        of.planned += messages;
        of.sent += number(&c, "sent")?;
        if let Some(channel) = c.opt_int("opened_channel")? {
            of.opened += messages;
            of.channels.entry(channel_numbered(channel)?).or_default().opened += messages;
        }
    }
    Ok(())
}

async fn attempts(
    session: &mut Session,
    counted: &Counted,
    runs: &Runs,
    period: Option<Period>,
    brought: &mut ByMailing,
) -> Result<()> {
    let (channel, of_runs) = (channel_of("kind"), counted.has("run_id", "message_id"));
    let within = within("started_at", period);
    let text = format!(
        "SELECT run_id, channel, CAST(SUM(accepted) AS BIGINT) AS accepted, CAST(SUM(cost) AS BIGINT) AS paid,
             SUM(CASE WHEN accepted > 0 THEN 1 ELSE 0 END) AS sent, SUM(arrived) AS arrived
         FROM (SELECT run_id, {channel} AS channel, SUM(CASE WHEN state IN {ACCEPTED} THEN 1 ELSE 0 END) AS accepted,
                   CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS cost,
                   MAX(CASE WHEN state IN {ARRIVED} THEN 1 ELSE 0 END) AS arrived
               FROM attempts WHERE {of_runs}{within} GROUP BY run_id, message_id, channel) AS of_messages
         GROUP BY run_id, channel"
    );
    for row in session.fetch(sql(text)).await? {
        let c = row.columns();
        let Some(of) = of_run(runs, c.int("run_id")?, brought) else {
            continue;
        };
        let of = of.channels.entry(channel_numbered(c.int("channel")?)?).or_default();
        of.sends += number(&c, "accepted")?;
        of.sent += number(&c, "sent")?;
        of.delivered += number(&c, "arrived")?;
        of.cost.0 += c.int("paid")?;
    }
    Ok(())
}

fn of_run<'a>(runs: &Runs, run: i64, brought: &'a mut ByMailing) -> Option<&'a mut Brought> {
    Some(brought.entry(*runs.get(&run)?).or_default())
}

/// Adds figures of a run as they were written: those of a run that is over, or what is left of messages that have had their time.
fn add_figures(runs: &Runs, run: i64, text: &str, brought: &mut ByMailing) -> Result<()> {
    let mut counts = Counts::default();
    let sent = figures::add_text(run, text, &mut counts)?;
    let Some(of) = of_run(runs, run, brought) else {
        return Ok(());
    };
    of.planned += counts.by_state.values().sum::<u64>();
    of.sent += sent;
    for (channel, it) in counts.channels {
        of.opened += it.opened;
        let of = of.channels.entry(channel).or_default();
        of.sends += it.accepted_attempts;
        of.sent += it.sent;
        of.delivered += it.delivered;
        of.opened += it.opened;
        of.cost.0 += it.cost.0;
    }
    Ok(())
}
