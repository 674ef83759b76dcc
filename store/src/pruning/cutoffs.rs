//! Until when what has lived, by the settings of the organisations.

use super::Kind;
use crate::Result;
use crate::guests::{Settings, read_settings};
use crate::sql::{Session, sql};
use bellhop_domain::lifetime::{Lifetimes, months_before};
use bellhop_domain::{OrgId, Timestamp};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

pub(super) struct Tenant {
    pub org: OrgId,
    pub slug: String,
    settings: Settings,
}

pub(super) async fn tenants(session: &mut Session) -> Result<Vec<Tenant>> {
    let rows = session
        .fetch(sql("SELECT id, slug, settings FROM organisations ORDER BY id"))
        .await?;
    let tenants = rows.iter().map(|row| {
        let c = row.columns();
        let org = OrgId(c.int("id")? as i32);
        Ok(Tenant {
            org,
            slug: c.text("slug")?,
            settings: read_settings(org, &c.text("settings")?)?,
        })
    });
    tenants.collect()
}

impl Tenant {
    /// What is older has had its time.
    pub fn cutoff(&self, kind: Kind, now: Timestamp) -> Timestamp {
        before(now, &self.settings.lifetimes, kind)
    }

    /// Orders placed before are decided for good: the last that an open may be credited with whose time is over.
    pub fn orders_decided(&self, now: Timestamp) -> Timestamp {
        self.cutoff(Kind::Opens, now).plus(self.settings.attribution_window())
    }

    /// What is older than this no undecided order can be credited to.
    pub fn opens_before(&self, decided: i64) -> i64 {
        Timestamp(decided).minus(self.settings.attribution_window()).0
    }
}

/// A month of messages is one for all organisations, so it stays as long as any of them wants it.
pub(super) fn of_messages(tenants: &[Tenant], now: Timestamp) -> Option<Timestamp> {
    tenants.iter().map(|it| it.cutoff(Kind::Messages, now)).min()
}

fn before(now: Timestamp, lifetimes: &Lifetimes, kind: Kind) -> Timestamp {
    let months = match kind {
        Kind::Messages | Kind::Firings => lifetimes.messages_months,
        Kind::Opens => lifetimes.opens_months,
        Kind::Receipts | Kind::ProviderEvents => lifetimes.provider_events_months,
        Kind::Audit => lifetimes.audit_months,
        Kind::Events | Kind::WebhookDeliveries => return now.minus(DAY * lifetimes.events_days),
    };
    months_before(now, months)
}
