//! What goes row by row, by its age: opens, delivery reports, calls that were not understood, the audit, events.

use super::cutoffs::{Tenant, tenants};
use super::{Kind, Outlived, Piece};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use crate::statistics::{freezing, frozen};
use bellhop_domain::{OrgId, Timestamp};

/// Rows of one transaction.
const AT_ONCE: i64 = 2_000;

const KINDS: [Kind; 7] = [
    Kind::Opens,
    Kind::Receipts,
    Kind::ProviderEvents,
    Kind::Audit,
    Kind::Events,
    Kind::Firings,
    Kind::WebhookDeliveries,
];

/// A table with its key and the rows of an organisation (`$1`) that are older than `$2`.
struct Old {
    table: &'static str,
    key: &'static str,
    rows: &'static str,
}

const OPENS: Old = Old {
    table: "opens",
    key: "id",
    rows: "org_id = $1 AND at < $2",
};
const FROZEN_OPENS: Old = Old {
    table: "frozen_opens",
    key: "customer_id, mailing_id, at",
    rows: "org_id = $1 AND at < $2",
};
const RECEIPTS: Old = Old {
    table: "receipts",
    key: "org_id, kind, senders, reference, status, at",
    // One whose attempt is still looked for is alive.
    rows: "org_id = $1 AND came_at < $2 AND (settled_at IS NOT NULL OR look_at IS NULL)",
};
const PROVIDER_EVENTS: Old = Old {
    table: "provider_events",
    key: "id",
    rows: "org_id = $1 AND at < $2",
};
const AUDIT: Old = Old {
    table: "audit_log",
    key: "id",
    rows: "org_id = $1 AND at < $2",
};

const EVENTS: Old = Old {
    table: "events",
    key: "number",
    rows: "org_id = $1 AND came_at < $2",
};

const FIRINGS: Old = Old {
    table: "firings",
    key: "program_id, id",
    // What a guest gets once at all is remembered for as long as the program.
    rows: "program_id IN (SELECT p.id FROM programs p WHERE p.org_id = $1) AND decided_at < $2 AND occasion <> 'ever'",
};

const WEBHOOK_DELIVERIES: Old = Old {
    table: "webhook_deliveries",
    key: "id",
    rows: "org_id = $1 AND began_at < $2",
};

impl Old {
    fn of(kind: Kind) -> &'static [Old] {
        match kind {
            // Messages go by month.
            Kind::Messages => &[],
            Kind::Opens => &[OPENS, FROZEN_OPENS],
            Kind::Receipts => &[RECEIPTS],
            Kind::ProviderEvents => &[PROVIDER_EVENTS],
            Kind::Audit => &[AUDIT],
            Kind::Events => &[EVENTS],
            Kind::Firings => &[FIRINGS],
            Kind::WebhookDeliveries => &[WEBHOOK_DELIVERIES],
        }
    }

    async fn remove(&self, db: &Db, org: OrgId, before: i64) -> Result<u64> {
        let Old { table, key, rows } = self;
        let text =
            format!("DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {rows} LIMIT {AT_ONCE})");
        let mut tx = Session::autocommit(db).await?;
        let removed = tx.execute(sql(text).int(i64::from(org.0)).int(before)).await?;
        tx.commit().await?;
        Ok(removed)
    }

    async fn count(&self, session: &mut Session, org: OrgId, before: i64) -> Result<u64> {
        let text = format!("SELECT COUNT(*) AS number FROM {} WHERE {}", self.table, self.rows);
        let row = session.first(sql(text).int(i64::from(org.0)).int(before)).await?;
        let number = row.map_or(Ok(0), |row| row.columns().int("number"))?;
        Ok(number.unsigned_abs())
    }
}

/// Removes some rows, if any have had their time. Opens only when the orders are decided for good that they could be credited
/// with.
pub(super) async fn piece(db: &Db, now: Timestamp) -> Result<Option<Piece>> {
    let mut session = Session::read(db).await?;
    let tenants = tenants(&mut session).await?;
    session.commit().await?;
    for tenant in &tenants {
        if freezing::orders(db, tenant.org, tenant.orders_decided(now)).await? {
            return Ok(Some(of_rows(Kind::Opens, 0)));
        }
        for kind in KINDS {
            let before = before(db, tenant, kind, now).await?;
            for old in Old::of(kind) {
                let rows = old.remove(db, tenant.org, before).await?;
                if rows > 0 {
                    return Ok(Some(of_rows(kind, rows)));
                }
            }
        }
    }
    Ok(None)
}

fn of_rows(kind: Kind, rows: u64) -> Piece {
    Piece {
        kind,
        month: None,
        rows,
    }
}

async fn before(db: &Db, tenant: &Tenant, kind: Kind, now: Timestamp) -> Result<i64> {
    let cutoff = tenant.cutoff(kind, now).0;
    if kind != Kind::Opens {
        return Ok(cutoff);
    }
    let mut session = Session::read(db).await?;
    let decided = frozen::orders_before(&mut session, tenant.org).await?;
    session.commit().await?;
    Ok(decided.map_or(i64::MIN, |decided| tenant.opens_before(decided).min(cutoff)))
}

/// What would go, by organisation.
pub(super) async fn outlived(db: &Db, now: Timestamp) -> Result<Vec<Outlived>> {
    let mut session = Session::snapshot(db).await?;
    let mut all = Vec::new();
    for tenant in tenants(&mut session).await? {
        for kind in KINDS {
            let (until, mut rows) = (tenant.cutoff(kind, now), 0);
            for old in Old::of(kind) {
                rows += old.count(&mut session, tenant.org, until.0).await?;
            }
            all.push(Outlived {
                kind,
                organisation: Some(tenant.slug.clone()),
                until,
                months: Vec::new(),
                rows,
                kept: None,
            });
        }
    }
    session.commit().await?;
    Ok(all)
}
