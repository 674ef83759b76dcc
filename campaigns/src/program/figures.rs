//! What a program did: its firings by what became of them, and the statistics of what its versions sent.

use super::reason_name;
use crate::Result;
use crate::progress::{Progress, progress};
use bellhop_domain::{OrgId, ProgramId, Timestamp, Zone};
use bellhop_store::ledger::Reading;
use bellhop_store::programs::{DayCount, FiringState, Program, ProgramsBook, Version};
use bellhop_store::promos::PromoBook;
use bellhop_store::statistics::Statistics;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Firings by what became of them: a state, or a state and its reason.
pub type Outcomes = BTreeMap<(FiringState, Option<String>), u64>;

/// What a program did over some days, and all that its versions sent.
#[derive(Debug)]
pub struct Figures {
    pub program: Program,
    /// Firings that wait.
    pub waiting: u64,
    /// By days of the organisation's calendar, like `2026-12-01`.
    pub by_day: BTreeMap<String, Outcomes>,
    /// The latest version first.
    pub versions: Vec<(Version, Progress)>,
}

/// Counts a program's firings of the last days, and what its versions brought.
///
/// # Errors
/// When there is none such, or the store cannot answer.
pub async fn figures<S: ProgramsBook + Statistics + Reading + PromoBook + ?Sized>(
    store: &S,
    org: OrgId,
    id: ProgramId,
    days: u32,
    now: Timestamp,
) -> Result<Figures> {
    let program = store.program(org, id).await?;
    let waiting = store.waiting(org, id).await?;
    let counts = store.outcomes(org, id, now.minus(DAY * days), now.plus(DAY)).await?;
    let mut versions = Vec::new();
    for version in store.versions(org, id).await? {
        let mailing = version.mailing;
        versions.push((version, progress(store, org, mailing, now).await?));
    }
    Ok(Figures {
        program,
        waiting,
        by_day: by_day(&counts),
        versions,
    })
}

impl Figures {
    /// As JSON, with days and times by the organisation's clock.
    ///
    /// # Errors
    /// None in practice, because all keys are texts.
    pub fn told(&self, zone: &Zone) -> serde_json::Result<Value> {
        let days: Vec<Value> = self.by_day.iter().map(|(day, of)| with("day", day, of)).collect();
        let mut told = with("name", &self.program.name, &totals(&self.by_day));
        told["id"] = json!(self.program.id);
        told["state"] = json!(self.program.state.name());
        told["waiting"] = json!(self.waiting);
        told["days"] = json!(days);
        told["timezone"] = json!(zone.name());
        let mut of_versions = Vec::new();
        for (version, progress) in &self.versions {
            of_versions.push(json!({
                "version": version.version, "mailing": version.mailing, "statistics": progress.told(zone)?,
            }));
        }
        told["versions"] = json!(of_versions);
        Ok(told)
    }
}

fn by_day(counts: &[DayCount]) -> BTreeMap<String, Outcomes> {
    let mut days: BTreeMap<String, Outcomes> = BTreeMap::new();
    for it in counts {
        let outcome = (it.state, it.reason.map(reason_name));
        *days.entry(it.day.clone()).or_default().entry(outcome).or_default() += it.firings;
    }
    days
}

fn totals(by_day: &BTreeMap<String, Outcomes>) -> Outcomes {
    let mut all = Outcomes::new();
    for (outcome, firings) in by_day.values().flatten() {
        *all.entry(outcome.clone()).or_default() += firings;
    }
    all
}

/// Firings by state, and those that were not sent by reason.
fn with(key: &str, value: &str, of: &Outcomes) -> Value {
    let sum = |state: FiringState| {
        let of_state = of.iter().filter(|((it, _), _)| *it == state);
        of_state.map(|(_, firings)| firings).sum::<u64>()
    };
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, reason), firings) in of {
        if let Some(reason) = reason {
            *reasons.entry(reason).or_default() += firings;
        }
    }
    json!({
        key: value,
        "sent": sum(FiringState::Sent),
        "skipped": sum(FiringState::Skipped),
        "cancelled": sum(FiringState::Cancelled),
        "reasons": reasons,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_store::programs::ReasonCode;

    #[test]
    fn totals_are_the_sum_of_the_days() {
        let count = |day: &str, state, reason: Option<i16>, firings| DayCount {
            day: day.to_owned(),
            state,
            reason: reason.map(ReasonCode),
            firings,
        };
        let days = by_day(&[
            count("2026-12-01", FiringState::Sent, None, 3),
            count("2026-12-01", FiringState::Skipped, Some(1), 2),
            count("2026-12-02", FiringState::Skipped, Some(1), 5),
            count("2026-12-02", FiringState::Skipped, Some(9_999), 1),
        ]);
        let told = with("name", "Cart", &totals(&days));
        assert_eq!(
            (&told["sent"], &told["skipped"], &told["cancelled"]),
            (&json!(3), &json!(8), &json!(0))
        );
        let reason = reason_name(ReasonCode(1));
        assert_eq!(told["reasons"], json!({ reason: 7, "reason 9999": 1 }));
        assert_eq!(with("day", "2026-12-01", &days["2026-12-01"])["skipped"], 2);
    }
}
