//! What is wrong with a change of a setting, as codes with their places.

use crate::problem::Problem;
use axum::http::StatusCode;
use bellhop_domain::fault::{Fault, Term, Why};
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_settings::SettingsError;
use bellhop_settings::outside::{NotTaken, Stray};

/// Places of the document that say what a program may not say.
pub(super) fn not_taken(all: Vec<NotTaken>) -> Problem {
    let fault = |it: NotTaken| {
        let why = match it.why {
            Stray::Reference => Why::SettingReference,
            Stray::Mark => Why::SecretMarkUnknown,
            Stray::Carried => Why::SecretCarried,
            Stray::Zero => Why::TextHoldsZero,
        };
        at(&it.place, why)
    };
    Problem::unprocessable(all.into_iter().map(fault).collect())
}

/// What kept a change of this setting from being made.
pub(in crate::v1) fn refused(own: &SettingKey, error: SettingsError) -> Problem {
    let faulty = |field: &str, why| Problem::unprocessable(vec![at(field, why)]);
    match error {
        SettingsError::Moved { expected, found, .. } => Problem::new(StatusCode::CONFLICT, moved(expected, found)),
        SettingsError::Document { key, field, problem } if key == *own => faulty(&field, Why::of_json(&problem)),
        SettingsError::Sealed { key, field, problem } if key == *own => {
            let said = Term(problem);
            faulty(&field, Why::SecretUnsealable { said })
        }
        SettingsError::Organisation { slug, key, problem } if own.organisation() == Some(&slug) => {
            faulty(key, of_organisation(key, problem.to_string()))
        }
        SettingsError::Restaurant { name, field, problem } if own.name() == name => {
            faulty(field, of_restaurant(field, problem))
        }
        SettingsError::Sender { name, field, problem } if own.name() == name => {
            faulty(field, of_sender(field, problem.to_string()))
        }
        // The organisation's section relies on something in the section for all organisations.
        SettingsError::Marketing { .. } => {
            let said = error.to_string();
            faulty("", Why::SettingUnfit { said })
        }
        SettingsError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "a change of {own} met stored settings that cannot be used");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, Why::StoredUnreadable)
        }
    }
}

fn at(field: &str, why: Why) -> Fault {
    match field {
        "" => why.at("document"),
        field => why.at(format!("document.{field}")),
    }
}

fn moved(expected: Option<SettingsVersion>, found: Option<SettingsVersion>) -> Why {
    let number = |version: SettingsVersion| usize::try_from(version.0).unwrap_or_default();
    match (expected, found) {
        (_, None) => Why::SettingGone,
        (None, Some(found)) => Why::SettingThere { version: number(found) },
        (Some(_), Some(found)) => Why::SettingMoved { version: number(found) },
    }
}

fn of_organisation(field: &str, said: String) -> Why {
    match field {
        "timezone" => Why::TimezoneUnknown,
        "currency" => Why::CurrencyUnknown,
        "region" => Why::RegionUnknown {
            region: said.split('"').nth(1).unwrap_or_default().to_owned(),
        },
        "locale" => Why::LocaleUnknown,
        "quiet_hours" => Why::QuietHoursUnfit,
        "frequency_cap" => Why::FrequencyCapUnfit,
        "stop_covers" => Why::StopCoversUnfit,
        _ => Why::SettingUnfit { said },
    }
}

fn of_restaurant(field: &str, said: String) -> Why {
    match field {
        "timezone" => Why::TimezoneUnknown,
        _ => Why::SettingUnfit { said },
    }
}

fn of_sender(field: &str, said: String) -> Why {
    match field {
        "rate" => Why::RateUnfit,
        "provider" => Why::ProviderUnknown,
        _ => Why::SettingUnfit { said },
    }
}
