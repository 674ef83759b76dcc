//! What rules say of guests, written as the word of one source: rules take back only what rules have set.

use crate::Result;
use crate::base::outbox::{Notice, What, append};
use crate::base::wants::is_wanted;
use crate::guests::settle::{compute, ids_of, json_ids, mark_stale};
use crate::guests::tag_rows::{say_tags, take_back_tags};
use crate::sql::{PerDialect, Session, sql};
use bellhop_domain::tag::TagSource;
use bellhop_domain::tag_rule::Judged;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A tag of a guest, by their numbers, with who says so.
type Said = HashMap<(CustomerId, i64), i16>;

static TAGS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT own.customer_id, own.tag_id, own.sources, t.name FROM customer_tags own JOIN tags t ON t.id = own.tag_id
        WHERE own.customer_id IN ({})",
        ids_of(dialect, "$1")
    )
});
static HOLD: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT id FROM customers WHERE id IN ({}) ORDER BY id {{lock}}",
        ids_of(dialect, "$1")
    )
});

/// What changes about the tags of guests.
#[derive(Default)]
struct Changes {
    say: Vec<(CustomerId, i64)>,
    take_back: Vec<(CustomerId, i64)>,
    guests: BTreeSet<CustomerId>,
    /// What each of them gets, and loses: a tag that another source says too is neither.
    told: BTreeMap<CustomerId, (Vec<String>, Vec<String>)>,
}

/// Writes it; for how many guests something has changed.
pub(super) async fn write(
    tx: &mut Session,
    org: OrgId,
    judged: &BTreeMap<CustomerId, Judged>,
    tags: &BTreeMap<String, i64>,
    now: Timestamp,
) -> Result<u64> {
    let differing = changes(tx, judged, judged.keys().copied(), tags).await?.guests;
    if differing.is_empty() {
        return Ok(0);
    }
    // Asked again of those who differ, under the lock that all who write tags take.
    let ids = json_ids(differing.iter().map(|it| it.0));
    let hold = sql(HOLD.of(tx.dialect())).text(ids.as_str());
    tx.fetch(hold.lock("FOR NO KEY UPDATE")).await?;
    let changes = changes(tx, judged, differing.iter().copied(), tags).await?;
    take_back_tags(tx, TagSource::Rule, &changes.take_back).await?;
    say_tags(tx, TagSource::Rule, &changes.say).await?;
    let guests: Vec<CustomerId> = changes.guests.iter().copied().collect();
    mark_stale(tx, org, &guests).await?;
    compute(tx, org, &guests).await?;
    tell(tx, org, changes.told, now).await?;
    Ok(guests.len() as u64)
}

async fn changes(
    tx: &mut Session,
    judged: &BTreeMap<CustomerId, Judged>,
    guests: impl Iterator<Item = CustomerId> + Clone,
    tags: &BTreeMap<String, i64>,
) -> Result<Changes> {
    let ids = json_ids(guests.clone().map(|it| it.0));
    let (mut said, mut names) = (Said::new(), HashMap::new());
    for row in tx.fetch(sql(TAGS.of(tx.dialect())).text(ids.as_str())).await? {
        let c = row.columns();
        let key = (CustomerId(c.int("customer_id")?), c.int("tag_id")?);
        said.insert(key, c.int("sources")? as i16);
        names.insert(key.1, c.text("name")?);
    }
    let rule = TagSource::Rule.bit();
    let mut changes = Changes::default();
    for guest in guests {
        let wanted = judged.get(&guest).into_iter().flat_map(|it| &it.tags);
        for (name, tag) in wanted.filter_map(|name| Some((name, *tags.get(name)?))) {
            // What is left over at the end nobody wants.
            match said.remove(&(guest, tag)) {
                Some(sources) if sources & rule != 0 => continue,
                Some(_) => {}
                None => changes.told.entry(guest).or_default().0.push(name.clone()),
            }
            changes.say.push((guest, tag));
            changes.guests.insert(guest);
        }
    }
    for ((guest, tag), sources) in said.into_iter().filter(|(_, sources)| sources & rule != 0) {
        changes.take_back.push((guest, tag));
        changes.guests.insert(guest);
        if sources == rule {
            let name = names.get(&tag).cloned();
            changes.told.entry(guest).or_default().1.extend(name);
        }
    }
    // One order, in which all writers meet the rows.
    changes.take_back.sort_unstable();
    Ok(changes)
}

/// Has webhooks told who has got and lost tags, where somebody wants to know.
async fn tell(
    tx: &mut Session,
    org: OrgId,
    told: BTreeMap<CustomerId, (Vec<String>, Vec<String>)>,
    now: Timestamp,
) -> Result<()> {
    if told.is_empty() || !is_wanted(tx, org, WebhookKind::GuestTagged).await? {
        return Ok(());
    }
    let notice = |(customer, (set, mut removed)): (CustomerId, (Vec<String>, Vec<String>))| {
        removed.sort_unstable();
        let what = What::Tagged {
            customer,
            set,
            removed,
            source: TagSource::Rule,
        };
        Notice { org, at: now, what }
    };
    append(tx, &told.into_iter().map(notice).collect::<Vec<_>>()).await
}
