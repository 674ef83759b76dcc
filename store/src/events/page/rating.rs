//! A rating that a guest leaves on the page: an event as any review, with photos beside it.

use crate::Result;
use crate::db::SqlStore;
use crate::events::{Answer, LiveEvents};
use crate::sql::{Session, Table, sql};
use bellhop_domain::event::{EventKind, Told};
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use serde_json::{Value, json};

/// The most photos of a rating.
pub const MAX_PHOTOS: usize = 3;

/// What a guest says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// The brand's own ids of the guest and the order.
    pub guest: String,
    pub order: String,
    pub stars: i64,
    pub words: Option<String>,
    pub photos: Vec<Photo>,
}

/// A photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// As its first bytes say.
    pub content_type: &'static str,
    /// Base64.
    pub content: String,
}

/// What became of a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    Taken,
    /// The order was rated before, and stays so.
    Before,
}

/// The kinds of picture that are kept.
pub(super) const KINDS: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

pub(super) async fn take(
    store: &SqlStore,
    org: OrgId,
    customer: CustomerId,
    rating: &Rating,
    now: Timestamp,
) -> Result<Rated> {
    if is_rated(store, org, &rating.order).await? {
        return Ok(Rated::Before);
    }
    // Of two at once, the id lets one through.
    let told = told(rating);
    let answers = store.take_events(org, &[told], now).await?;
    if answers.first() != Some(&Answer::Taken) {
        return Ok(Rated::Before);
    }
    keep_photos(store, org, customer, rating).await?;
    Ok(Rated::Taken)
}

fn told(rating: &Rating) -> Told {
    let photos: Vec<String> = (1..=rating.photos.len())
        .map(|number| format!("rating page, photo {number}"))
        .collect();
    let mut review = json!({ "stars": rating.stars, "order": rating.order, "source": "rating page" });
    if let (Some(words), Some(keys)) = (&rating.words, review.as_object_mut()) {
        keys.insert("text".to_owned(), Value::from(words.as_str()));
    }
    if let (false, Some(keys)) = (photos.is_empty(), review.as_object_mut()) {
        keys.insert("photos".to_owned(), Value::from(photos));
    }
    Told {
        id: format!("rating page: {}", rating.order),
        kind: EventKind::ReviewLeft,
        name: None,
        customer: Some(rating.guest.clone()),
        phone: None,
        at: None,
        data: [("review".to_owned(), review)].into_iter().collect(),
    }
}

async fn is_rated(store: &SqlStore, org: OrgId, order: &str) -> Result<bool> {
    let text = "SELECT 1 FROM reviews WHERE org_id = $1 AND order_external_id = $2";
    let statement = sql(text).int(i64::from(org.0)).text(order);
    Ok(Session::read(&store.db).await?.first(statement).await?.is_some())
}

async fn keep_photos(store: &SqlStore, org: OrgId, customer: CustomerId, rating: &Rating) -> Result<()> {
    let photos = || rating.photos.iter().take(MAX_PHOTOS);
    if rating.photos.is_empty() {
        return Ok(());
    }
    let table = Table::default()
        .ints("place", (1i64..).take(photos().count()))
        .texts("sort", photos().map(|it| it.content_type))
        .texts("content", photos().map(|it| it.content.as_str()));
    // Not of a guest who was erased meanwhile.
    let text = "INSERT INTO review_photos (org_id, order_external_id, number, customer_id, content_type, content)
                SELECT $1, $2, r.place, $3, r.sort, r.content FROM {rows}
                WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = $3)
                ON CONFLICT (org_id, order_external_id, number) DO NOTHING";
    let mut tx = Session::begin(&store.db).await?;
    let statement = sql(text).int(i64::from(org.0)).text(rating.order.as_str());
    tx.execute(statement.int(customer.0).rows(table)).await?;
    tx.commit().await
}

pub(super) async fn photos(session: &mut Session, org: OrgId, order: &str) -> Result<Vec<Photo>> {
    let text = "SELECT content_type, content FROM review_photos
                WHERE org_id = $1 AND order_external_id = $2 ORDER BY number";
    let rows = session.fetch(sql(text).int(i64::from(org.0)).text(order)).await?;
    let mut photos = Vec::new();
    for row in &rows {
        let c = row.columns();
        let content_type = c.text("content_type")?;
        if let Some(kind) = KINDS.into_iter().find(|kind| *kind == content_type) {
            photos.push(Photo {
                content_type: kind,
                content: c.text("content")?,
            });
        }
    }
    Ok(photos)
}
