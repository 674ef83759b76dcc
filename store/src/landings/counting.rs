//! Who saw a landing, and who pressed its button.

use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{CustomerId, LandingId, Timestamp};

/// Rows of a day: those who come in the same instant seldom wait for each other.
const PARTS: i64 = 16;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    Shown,
    Clicked,
}

pub(super) async fn count(db: &Db, id: LandingId, seen: Seen, guest: Option<CustomerId>, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let (shown, clicked): (i64, i64) = match seen {
        Seen::Shown => (1, 0),
        Seen::Clicked => (0, 1),
    };
    let text = "INSERT INTO landing_counts (landing_id, day, part, shown, clicked) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (landing_id, day, part) DO UPDATE SET shown = landing_counts.shown + excluded.shown,
                    clicked = landing_counts.clicked + excluded.clicked";
    let statement = sql(text)
        .int(id.0)
        .int(now.0.div_euclid(DAY_MS))
        .int(now.0.rem_euclid(PARTS))
        .int(shown)
        .int(clicked);
    tx.execute(statement).await?;
    if let Some(guest) = guest {
        // A guest who is erased meanwhile leaves no row.
        let text = "INSERT INTO landing_guests (landing_id, customer_id, shown_at, clicked_at)
                    SELECT $1, c.id, $3, $4 FROM customers c WHERE c.id = $2
                    ON CONFLICT (landing_id, customer_id) DO UPDATE
                        SET clicked_at = COALESCE(landing_guests.clicked_at, excluded.clicked_at)";
        let pressed = (seen == Seen::Clicked).then_some(now.0);
        tx.execute(sql(text).int(id.0).int(guest.0).int(now.0).int(pressed))
            .await?;
    }
    tx.commit().await
}
