//! Reviews. Of several about one order the latest stands.

use super::fresh::Fresh;
use crate::Result;
use crate::guests::settings;
use crate::sql::{Session, Table, sql};
use bellhop_domain::OrgId;
use bellhop_domain::event::{text_of, value_of};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) async fn write(tx: &mut Session, org: OrgId, left: Vec<&Fresh<'_>>) -> Result<()> {
    let (mut about, mut others) = (BTreeMap::new(), Vec::new());
    for review in left {
        let Some(order) = text_of(&review.told.data, "review.order") else {
            others.push((None, review));
            continue;
        };
        let known = about.entry(order).or_insert(review);
        if (review.at, review.number) >= (known.at, known.number) {
            *known = review;
        }
    }
    let about = about.into_iter().map(|(order, review)| (Some(order), review));
    let reviews: Vec<_> = others.into_iter().chain(about).collect();
    if reviews.is_empty() {
        return Ok(());
    }
    // A review keeps the border of its day.
    let border = settings(tx, org).await?.guest_page.border;
    let text = "INSERT INTO reviews (org_id, border, customer_id, order_external_id, left_at, stars, words, photos, source)
                SELECT $1, $2, r.customer, r.about, r.at, r.stars, r.words, r.photos, r.source
                FROM {rows} WHERE TRUE ORDER BY r.about
                ON CONFLICT (org_id, order_external_id) DO UPDATE SET customer_id = excluded.customer_id,
                    left_at = excluded.left_at, border = excluded.border, stars = excluded.stars, words = excluded.words,
                    photos = excluded.photos, source = excluded.source
                WHERE reviews.left_at <= excluded.left_at";
    let said = |name: &str| -> Vec<Option<String>> {
        let path = format!("review.{name}");
        reviews.iter().map(|(_, it)| text_of(&it.told.data, &path)).collect()
    };
    let (words, sources) = (said("text"), said("source"));
    let each = || reviews.iter().map(|(_, it)| it);
    let stars = |it: &&Fresh<'_>| value_of(&it.told.data, "review.stars").and_then(Value::as_i64);
    let photos = |it: &&Fresh<'_>| value_of(&it.told.data, "review.photos").map_or("[]".to_owned(), Value::to_string);
    let photos: Vec<String> = each().map(photos).collect();
    let table = Table::default()
        .ints("customer", each().map(|it| it.customer.0))
        .texts("about", reviews.iter().map(|(order, _)| order.as_deref()))
        .ints("at", each().map(|it| it.at.0))
        .ints("stars", each().map(stars))
        .texts("words", words.iter().map(Option::as_deref))
        .texts("photos", photos.iter().map(String::as_str))
        .texts("source", sources.iter().map(Option::as_deref));
    tx.execute(sql(text).int(i64::from(org.0)).int(border).rows(table))
        .await?;
    Ok(())
}
