//! `GET /v1/report` and `GET /v1/report.csv`: a period over all mailings and programs.

use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Asked, Watcher};
use axum::body::Body;
use bellhop_campaigns::report::{Told, report};
use bellhop_domain::fault::Why;
use bellhop_domain::{Timestamp, Zone};
use bellhop_store::guests::ApiCaller;
use bellhop_store::statistics::Period;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

const DAY: Duration = Duration::from_secs(86_400);
/// What is reported on unless the query says otherwise: the last days.
const USUAL: u32 = 30;
/// The longest period.
const MOST: u32 = 400;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asks {
    /// A date or an instant, by the organisation's clock: from then on. Thirty days before the end if absent.
    from: Option<String>,
    /// The same: until before then. Now if absent.
    until: Option<String>,
}

/// Docs/statistics.md defines each key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report, value_type = Object)]
pub(crate) struct Report(Value);

pub(crate) async fn json(api: Api, allowed: Allowed<()>) -> Result<Report, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let told = told(&api, &caller, &asked).await?;
    // All keys are texts, so that it always can be written.
    Ok(Report(serde_json::to_value(&told).unwrap_or_default()))
}

pub(crate) async fn csv(api: Api, watcher: Watcher) -> Result<Body, Problem> {
    Ok(Body::from(told(&api, &watcher.caller, &watcher.asked).await?.csv()))
}

async fn told(api: &Api, caller: &ApiCaller, asked: &Asked) -> Result<Told, Problem> {
    let asks = asked.query::<Asks>()?;
    let zone = api.organisations.organisation_by_id(caller.org).await?.timezone;
    let period = period(&asks, &zone, api.now())?;
    Ok(report(api.store.as_ref(), caller.org, period, &zone).await?)
}

fn period(asks: &Asks, zone: &Zone, now: Timestamp) -> Result<Period, Problem> {
    let read = |text: &Option<String>, place: &str| {
        let read = text.as_deref().map(|text| zone.parse(text));
        read.transpose().map_err(|error| {
            let said = error.to_string();
            Problem::unreadable(Why::BodyValueUnfit { said }.at(place))
        })
    };
    let until = read(&asks.until, "until")?.unwrap_or(now);
    let from = read(&asks.from, "from")?.unwrap_or(until.minus(DAY * USUAL));
    if until <= from || until.since(from) > DAY * MOST {
        let most = u64::from(MOST);
        return Err(Problem::unreadable(Why::ReportPeriodUnfit { most }.at("from")));
    }
    Ok(Period { from, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_by_the_organisations_clock_and_not_too_long() {
        let zone = Zone::named("Europe/Moscow").unwrap();
        let now = zone.parse("2026-03-31T12:00:00").unwrap();
        let asked = |from: Option<&str>, until: Option<&str>| {
            let asks = Asks {
                from: from.map(str::to_owned),
                until: until.map(str::to_owned),
            };
            period(&asks, &zone, now)
                .map(|it| (it.from.to_rfc3339(), it.until.to_rfc3339()))
                .ok()
        };
        let told = |from: &str, until: &str| Some((from.to_owned(), until.to_owned()));
        assert_eq!(asked(None, None), told("2026-03-01T09:00:00Z", "2026-03-31T09:00:00Z"));
        assert_eq!(
            asked(Some("2026-03-01"), Some("2026-03-02")),
            told("2026-02-28T21:00:00Z", "2026-03-01T21:00:00Z")
        );
        for (from, until) in [
            ("2026-03-02", "2026-03-02"),
            ("2026-03-02", "2026-03-01"),
            ("2024-01-01", "2026-01-01"),
            ("soon", "2026-01-01"),
        ] {
            assert_eq!(asked(Some(from), Some(until)), None, "{from} {until}");
        }
    }
}
