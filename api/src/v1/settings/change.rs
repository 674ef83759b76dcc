//! `PUT /v1/settings/…`, `POST /v1/settings/…/remove`: changes one setting as `bellhop apply` does. It is checked with all
//! others, its secrets are sealed, and it never overwrites somebody else's change.

use super::refusal::{not_taken, refused};
use super::{Name, restaurant_of, sender_of, slug, unknown, who};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::text::name;
use bellhop_domain::fault::Why;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_settings::outside::returned;
use bellhop_settings::{Edit, Edited, What, edit, rehearse};
use bellhop_store::guests::ApiCaller;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SettingChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The version that was read; absent if the setting is to be new.
    version: Option<i64>,
    /// The whole section. `{"secret": "…"}` gives a secret; what was read in its place keeps it.
    #[schema(value_type = Object)]
    document: Value,
    /// Say what would change, and write nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SettingRemoval)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removal {
    /// The version that was read.
    version: i64,
    /// Say what would change, and write nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingChanged)]
pub(crate) struct Changed {
    dry_run: bool,
    /// The setting's version afterwards; absent if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    /// What differs; empty if the setting was like this already, so that nothing was written.
    plan: Vec<Line>,
    /// Why a sender could not be tried, if this process cannot read its secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    untried: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanLine)]
struct Line {
    #[serde(flatten)]
    name: Name,
    /// `added`, `changed` or `removed`.
    what: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
}

/// A field that differs, as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanField)]
struct Field {
    /// Like `settings.secrets.password`.
    field: String,
    /// Absent if it was not there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// Absent if it is no longer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

pub(crate) async fn put_organisation(api: Api, allowed: Allowed<Change>) -> Result<Changed, Problem> {
    let (caller, change) = allowed.into_parts();
    let key = SettingKey::Organisation(slug(&api, &caller).await?);
    put(&api, &caller, key, change).await
}

pub(crate) async fn put_sender(api: Api, allowed: Allowed<Change, String>) -> Result<Changed, Problem> {
    let (caller, sender, change) = allowed.into_all();
    is_plain("sender", &sender)?;
    let key = sender_of(&api, &caller, &sender).await?;
    put(&api, &caller, key, change).await
}

pub(crate) async fn put_restaurant(api: Api, allowed: Allowed<Change, String>) -> Result<Changed, Problem> {
    let (caller, restaurant, change) = allowed.into_all();
    is_plain("restaurant", &restaurant)?;
    let key = restaurant_of(&api, &caller, &restaurant).await?;
    put(&api, &caller, key, change).await
}

/// Refuses a name that nobody could type again.
fn is_plain(place: &str, given: &str) -> Result<(), Problem> {
    let refused = |why: Why| Problem::unprocessable(vec![why.at(place)]);
    let plain = name(Some(given.to_owned())).map_err(refused)?;
    match plain.as_deref() == Some(given) {
        true => Ok(()),
        false => Err(refused(Why::TextInvisible)),
    }
}

pub(crate) async fn remove_sender(api: Api, allowed: Allowed<Removal, String>) -> Result<Changed, Problem> {
    let (caller, sender, removal) = allowed.into_all();
    let key = sender_of(&api, &caller, &sender).await?;
    remove(&api, &caller, key, removal).await
}

pub(crate) async fn remove_restaurant(api: Api, allowed: Allowed<Removal, String>) -> Result<Changed, Problem> {
    let (caller, restaurant, removal) = allowed.into_all();
    let key = restaurant_of(&api, &caller, &restaurant).await?;
    remove(&api, &caller, key, removal).await
}

async fn remove(api: &Api, caller: &ApiCaller, key: SettingKey, removal: Removal) -> Result<Changed, Problem> {
    let it = Edit {
        key,
        expected: Some(SettingsVersion(removal.version)),
        body: None,
    };
    make(api, caller, it, removal.dry_run).await
}

async fn put(api: &Api, caller: &ApiCaller, key: SettingKey, change: Change) -> Result<Changed, Problem> {
    let it = edit_as_read(api, key, change.version, change.document).await?;
    make(api, caller, it, change.dry_run).await
}

/// A sender's section as somebody would change it, and in whose name.
pub(in crate::v1) async fn edit_of(
    api: &Api,
    caller: &ApiCaller,
    sender: &str,
    version: Option<i64>,
    document: Value,
) -> Result<(Edit, String), Problem> {
    is_plain("sender", sender)?;
    let key = sender_of(api, caller, sender).await?;
    Ok((edit_as_read(api, key, version, document).await?, who(caller)))
}

/// What was read in the place of a secret keeps it.
async fn edit_as_read(api: &Api, key: SettingKey, version: Option<i64>, document: Value) -> Result<Edit, Problem> {
    let there = api.desk.book.load_settings().await?;
    // Only the operator decides which organisations there are: a key of one that was removed cannot bring it back.
    let own = SettingKey::Organisation(key.organisation().unwrap_or_default().to_owned());
    if there.get(&own).is_none() {
        return Err(unknown());
    }
    let there = there.get(&key);
    // A caller who has read another version is told so before anything else: a secret whose mark they send back may be
    // gone from this one.
    let body = match there.map(|it| it.version.0) == version {
        true => returned(&key, there.map(|it| &it.body), &document).map_err(not_taken)?,
        false => document,
    };
    Ok(Edit {
        key,
        expected: version.map(SettingsVersion),
        body: Some(body),
    })
}

async fn make(api: &Api, caller: &ApiCaller, it: Edit, dry_run: bool) -> Result<Changed, Problem> {
    let (desk, who) = (&api.desk, who(caller));
    let (book, on) = (desk.book.as_ref(), desk.ground(&who, &api.clock));
    let edited = match dry_run {
        true => rehearse(book, on, &it, desk.nonce).await,
        false => edit(book, on, &it, desk.nonce).await,
    };
    let edited = edited.map_err(|error| refused(&it.key, error))?;
    Ok(told(edited, dry_run))
}

fn told(edited: Edited, dry_run: bool) -> Changed {
    let line = |line: bellhop_settings::Line| {
        let (what, fields) = match line.what {
            What::Added(_) => ("added", Vec::new()),
            What::Changed(_, fields) => ("changed", fields),
            What::Removed => ("removed", Vec::new()),
            What::OnlyThere => return None,
        };
        let fields = fields.into_iter().map(|it| Field {
            field: it.field,
            before: it.before,
            after: it.after,
        });
        Some(Line {
            name: Name::of(&line.key)?,
            what,
            fields: fields.collect(),
        })
    };
    Changed {
        dry_run,
        version: edited.version.map(|version| version.0),
        plan: edited.plan.lines.into_iter().filter_map(line).collect(),
        untried: edited.untried,
    }
}
