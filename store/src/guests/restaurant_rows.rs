//! The rows of restaurants, as far as they follow the settings.

use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::Zone;

/// What the settings say of a restaurant.
#[derive(Debug, Clone, PartialEq)]
pub struct RestaurantSpec {
    /// The organisation's slug.
    pub organisation: String,
    pub name: String,
    /// Absent if nobody sets it any more: the restaurant keeps the one that it has, as an assumption.
    pub timezone: Option<Zone>,
    /// Absent: it stays as it is.
    pub contact: Option<Contact>,
}

/// How guests reach a restaurant, for texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    pub phone: Option<String>,
    pub address: Option<String>,
}

/// Brings the rows up to date; an unknown restaurant of a known organisation is created.
pub(crate) async fn put(tx: &mut Session, specs: &[RestaurantSpec]) -> Result<()> {
    for spec in specs {
        let (organisation, name) = (spec.organisation.as_str(), spec.name.as_str());
        // One transaction at a time gives out ordinals.
        let lock = sql("SELECT id FROM organisations WHERE slug = $1 {lock}").lock("FOR NO KEY UPDATE");
        tx.fetch(lock.text(organisation)).await?;
        let statement = match &spec.timezone {
            Some(zone) => sql(
                "INSERT INTO restaurants (org_id, ordinal, name, timezone, timezone_confirmed)
                SELECT o.id, (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM restaurants WHERE org_id = o.id), $2, $3, TRUE
                FROM organisations o WHERE o.slug = $1
                ON CONFLICT (org_id, name) DO UPDATE SET timezone = excluded.timezone, timezone_confirmed = TRUE",
            )
            .text(organisation)
            .text(name)
            .text(zone.name()),
            None => sql("UPDATE restaurants SET timezone_confirmed = FALSE
                WHERE org_id = (SELECT id FROM organisations WHERE slug = $1) AND name = $2")
            .text(organisation)
            .text(name),
        };
        tx.execute(statement).await?;
        if let Some(Contact { phone, address }) = &spec.contact {
            let text = "UPDATE restaurants SET phone = $3, address = $4
                WHERE org_id = (SELECT id FROM organisations WHERE slug = $1) AND name = $2";
            let statement = sql(text).text(organisation).text(name);
            tx.execute(statement.text(phone.as_deref()).text(address.as_deref()))
                .await?;
        }
    }
    Ok(())
}
