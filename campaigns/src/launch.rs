//! Launches a mailing if the check of the mailing itself finds no errors.

use crate::check_report::CheckReport;
use crate::form::form;
use crate::{Brand, CampaignError, Result, spec_of};
use bellhop_domain::fault::Why;
use bellhop_domain::launching::Meant;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::message::RunState;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_domain::segment::Segment;
use bellhop_domain::time::TimeError;
use bellhop_domain::{MailingId, Origin, RunId, Timestamp, Zone};
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::{Launch, Once};

pub use crate::runs::alive;

/// The result of a launch.
#[derive(Debug)]
pub enum LaunchAnswer {
    /// Nothing was launched: the report has errors.
    Refused(Box<CheckReport>),
    Launched(Launched),
}

/// A run that has begun, or will.
#[derive(Debug)]
pub struct Launched {
    pub run: RunId,
    /// Scheduled, if the start is still to come; else running.
    pub state: RunState,
    pub start_at: Timestamp,
    pub origin: Origin,
    /// Whether its messages wait for the end of the quiet hours.
    pub keeps_quiet_hours: bool,
}

/// What a launch asks before it begins: the check of the mailing itself. A mailing with errors may not be launched.
///
/// # Errors
/// When the store cannot answer.
pub async fn gate(brand: &Brand<'_>, spec: &MailingSpec<Segment>) -> Result<CheckReport> {
    form(brand, spec).await
}

/// Launches a mailing that its check lets pass. `who` goes to the audit log.
///
/// # Errors
/// A conflict if [`bellhop_domain::launching`] forbids it, or an error if the store cannot answer.
pub async fn launch(
    brand: &Brand<'_>,
    id: MailingId,
    start_at: Timestamp,
    meant: Meant,
    who: &str,
    now: Timestamp,
) -> Result<LaunchAnswer> {
    launch_once(brand, (id, None), start_at, meant, None, who, now).await
}

/// The same, but for the same request again, which is answered by the run of the first; and if the mailing is still the one
/// that somebody has judged, by its text.
///
/// # Errors
/// As [`launch`], and a conflict if the key of the request was used for another, or the mailing was changed meanwhile.
pub async fn launch_once(
    brand: &Brand<'_>,
    (id, judged): (MailingId, Option<&str>),
    start_at: Timestamp,
    meant: Meant,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<LaunchAnswer> {
    let org = brand.organisation.id;
    let mailing = brand.store.mailing(org, id).await?;
    if judged.is_some_and(|judged| judged != mailing.spec) {
        return Err(CampaignError::Refused(Why::MailingChanged { mailing: id.0 }));
    }
    let spec = spec_of(&mailing)?;
    let report = gate(brand, &spec).await?;
    if report.has_errors() {
        return Ok(LaunchAnswer::Refused(Box::new(report)));
    }
    let launch = Launch {
        mailing: mailing.id,
        start_at,
        purpose: spec.purpose(),
        origin: spec.origin(),
        test: false,
        spec: mailing.spec,
    };
    let run = brand.store.launch_once(org, launch, meant, once, who, now).await?;
    let state = match start_at > now {
        true => RunState::Scheduled,
        false => RunState::Running,
    };
    Ok(LaunchAnswer::Launched(Launched {
        run,
        state,
        start_at,
        origin: spec.origin(),
        keeps_quiet_hours: spec.keeps_quiet_hours(),
    }))
}

/// A start in quiet hours, by the organisation's own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietStart {
    pub hours: QuietHours,
    pub zone: Zone,
    /// When they end, by that clock.
    pub opens: Timestamp,
}

/// The quiet hours that a run starting at this instant would first wait for, if any.
///
/// # Errors
/// When the instant is beyond the calendar.
pub fn quiet_start(organisation: &Organisation, start_at: Timestamp) -> Result<Option<QuietStart>, TimeError> {
    let zone = &organisation.timezone;
    let Some(hours) = organisation.settings.quiet_hours else {
        return Ok(None);
    };
    if !hours.is_quiet(zone, start_at)? {
        return Ok(None);
    }
    Ok(Some(QuietStart {
        hours,
        zone: zone.clone(),
        opens: hours.next_open(zone, start_at)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::OrgId;
    use bellhop_store::guests::Settings;

    #[test]
    fn a_start_at_night_waits_for_the_morning() {
        let zone = Zone::named("Europe/Moscow").unwrap();
        let at = |text: &str| zone.parse(text).unwrap();
        let mut organisation = Organisation {
            id: OrgId(1),
            slug: "o".into(),
            name: "O".into(),
            currency: "RUB".into(),
            timezone: zone.clone(),
            settings: Settings::default(),
        };
        let opens = |organisation: &Organisation, start: &str| {
            let quiet = quiet_start(organisation, at(start)).unwrap();
            quiet.map(|it| it.opens)
        };
        for (start, expected) in [
            ("2026-03-02T12:00:00", None),
            ("2026-03-02T23:00:00", Some("2026-03-03T09:00:00")),
            ("2026-03-03T08:59:59", Some("2026-03-03T09:00:00")),
            ("2026-03-03T09:00:00", None),
        ] {
            assert_eq!(opens(&organisation, start), expected.map(at), "{start}");
        }
        organisation.settings.quiet_hours = None;
        assert_eq!(opens(&organisation, "2026-03-02T23:00:00"), None);
    }
}
