//! A tenant and its settings.

use crate::sql::Row;
use crate::{Result, StoreError};
use bellhop_domain::consent::StopCovers;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::held::Holding;
use bellhop_domain::lifetime::Lifetimes;
use bellhop_domain::phone::Region;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_domain::retention::Thresholds;
use bellhop_domain::{OrgId, Zone};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What an organisation may set, with PRODUCT.md's defaults. Stored as JSON; the row follows the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Thresholds of the retention categories (PRODUCT.md §2).
    pub retention: Thresholds,
    /// An order so long after an open is credited to its mailing (PRODUCT.md §9).
    pub attribution_window_hours: u32,
    /// Whose national notation a phone number without `+` is in.
    pub phone_region: Region,
    /// When marketing waits, by the recipient's wall clock (PRODUCT.md §8); `None`: never.
    pub quiet_hours: Option<QuietHours>,
    /// What they held goes over so long after their end.
    pub release_minutes: u32,
    /// How much marketing a guest gets (PRODUCT.md §8).
    pub frequency_cap: FrequencyCap,
    /// What a guest's STOP covers (PRODUCT.md §10).
    pub stop_covers: StopCovers,
    /// How long things are kept (PRODUCT.md §18).
    pub lifetimes: Lifetimes,
    /// A launch that reaches more guests waits for a second person; `None`: none does.
    pub approval_above_guests: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retention: Thresholds::default(),
            attribution_window_hours: 72,
            phone_region: Region::RU,
            quiet_hours: Some(QuietHours::default()),
            release_minutes: 30,
            frequency_cap: FrequencyCap::default(),
            stop_covers: StopCovers::default(),
            lifetimes: Lifetimes::default(),
            approval_above_guests: None,
        }
    }
}

impl Settings {
    pub fn attribution_window(&self) -> Duration {
        Duration::from_secs(u64::from(self.attribution_window_hours) * 3600)
    }

    /// How quiet hours hold marketing; `None` if there are none.
    pub fn holding(&self) -> Option<Holding> {
        self.quiet_hours.map(|hours| Holding {
            hours,
            release: Duration::from_secs(u64::from(self.release_minutes) * 60),
        })
    }
}

/// An organisation as its settings describe it.
#[derive(Debug, Clone)]
pub struct OrganisationSpec {
    /// Its name in the settings and on the command line; never changes.
    pub slug: String,
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// Of its calendar days, and of restaurants and guests that name none.
    pub timezone: Zone,
    pub settings: Settings,
}

/// An organisation as it is stored.
#[derive(Debug, Clone)]
pub struct Organisation {
    pub id: OrgId,
    pub slug: String,
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    pub timezone: Zone,
    pub settings: Settings,
}

/// The settings as they are stored.
pub(crate) fn read_settings(org: OrgId, json: &str) -> Result<Settings> {
    serde_json::from_str(json).map_err(|e| StoreError::Corrupt {
        what: "organisation",
        id: org.to_string(),
        problem: format!("its settings: {e}"),
    })
}

/// An organisation from its row.
pub(super) fn organisation_of(row: &Row) -> Result<Organisation> {
    let c = row.columns();
    let (id, slug) = (OrgId(c.int("id")? as i32), c.text("slug")?);
    Ok(Organisation {
        id,
        timezone: Zone::named(&c.text("timezone")?).map_err(|e| StoreError::Corrupt {
            what: "organisation",
            id: slug.clone(),
            problem: e.to_string(),
        })?,
        settings: read_settings(id, &c.text("settings")?)?,
        slug,
        name: c.text("name")?,
        currency: c.text("currency")?,
    })
}
