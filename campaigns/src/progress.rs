//! How far a mailing is: its statistics, and why it stands still.

use crate::promo::{PromoFigures, figures};
use crate::{Result, spec_of};
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::statistics::{MailingState, MailingStatistics};
use bellhop_domain::{MailingId, OrgId, Timestamp, Zone};
use bellhop_store::ledger::Reading;
use bellhop_store::promos::PromoBook;
use bellhop_store::statistics::Statistics;
use serde_json::{Value, json};

/// A mailing's statistics at an instant.
#[derive(Debug)]
pub struct Progress {
    pub statistics: MailingStatistics,
    /// Why it is paused, if it is.
    pub paused: Option<String>,
    /// While it is under way: what is left of its list of promo codes, for how many messages at most.
    pub promo_codes: Option<PromoFigures>,
}

/// Counts a mailing.
///
/// # Errors
/// When there is no such mailing, or the store cannot answer.
pub async fn progress<S: Statistics + Reading + PromoBook + ?Sized>(
    store: &S,
    org: OrgId,
    id: MailingId,
    now: Timestamp,
) -> Result<Progress> {
    let statistics = Statistics::mailing(store, org, id, now).await?;
    let is_paused = statistics.state == MailingState::Run(RunState::Paused);
    let paused = match is_paused {
        // The latest run that was no test.
        true => store.runs_of(org, id).await?.into_iter().find(|run| !run.test),
        false => None,
    };
    let promo_codes = promo_codes(store, org, id, &statistics).await?;
    Ok(Progress {
        statistics,
        promo_codes,
        paused: paused.and_then(|run| run.paused_reason),
    })
}

/// What its messages may still need, and find.
async fn promo_codes<S: Reading + PromoBook + ?Sized>(
    store: &S,
    org: OrgId,
    id: MailingId,
    statistics: &MailingStatistics,
) -> Result<Option<PromoFigures>> {
    let MailingState::Run(RunState::Scheduled | RunState::Running | RunState::Paused) = statistics.state else {
        return Ok(None);
    };
    let spec = spec_of(&store.mailing(org, id).await?)?;
    let Some(name) = &spec.promo_codes else {
        return Ok(None);
    };
    let list = store.promo_list(org, name).await?;
    let states = MessageState::ALL.into_iter().filter(|state| !state.is_final());
    let under_way = states.filter_map(|state| statistics.by_state.get(state.name())).sum();
    Ok(figures(list.as_ref(), &spec, under_way))
}

/// The instant by the organisation's clock, as RFC 3339 with its offset from UTC.
fn with_offset(zone: &Zone, at: Timestamp) -> String {
    zone.rfc3339(at).unwrap_or_else(|_| at.to_rfc3339())
}

impl Progress {
    /// Whether nothing of it will change any more but by reports.
    pub fn is_over(&self) -> bool {
        matches!(
            self.statistics.state,
            MailingState::Run(RunState::Finished | RunState::Cancelled)
        )
    }

    /// As JSON, with the times of reasons by the organisation's clock.
    ///
    /// # Errors
    /// None in practice, because all keys are texts.
    pub fn told(&self, zone: &Zone) -> serde_json::Result<Value> {
        let mut told = serde_json::to_value(&self.statistics)?;
        let reasons = self.statistics.reasons.iter().map(|one| {
            let mut told = json!({ "state": one.state, "reason": one.reason, "messages": one.messages });
            for (key, at) in [("next_from", one.next_from), ("next_until", one.next_until)] {
                if let Some(at) = at {
                    told[key] = Value::from(with_offset(zone, at));
                }
            }
            told
        });
        told["reasons"] = reasons.collect();
        told["timezone"] = zone.name().into();
        if let Some(reason) = &self.paused {
            told["paused_reason"] = reason.as_str().into();
        }
        if let Some(promo) = &self.promo_codes {
            told["promo_codes"] = json!({ "list": promo.list, "needed": promo.needed, "left": promo.left });
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_by_the_organisations_clock() {
        let zone = Zone::named("Asia/Vladivostok").unwrap();
        let at = zone.parse("2026-03-29T09:00:00").unwrap();
        assert_eq!(with_offset(&zone, at), "2026-03-29T09:00:00+10:00");
    }
}
