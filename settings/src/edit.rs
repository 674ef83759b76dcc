//! Changes settings. All sections are checked as they will be after the change, secrets are sealed, and providers are
//! made if their secrets can be read; only then is anything written.

use crate::addresses::hold_no_user;
use crate::plan::one;
use crate::sealed::{self, Keys, Opened};
use crate::{Plan, Sections, SettingsError, provider, restaurant_specs, spec};
use bellhop_channels::Provider;
use bellhop_domain::Timestamp;
use bellhop_domain::phone::Region;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_store::StoreError;
use bellhop_store::guests::{OrganisationSpec, RestaurantSpec};
use bellhop_store::settings::{Change, Changes, FileSections, SettingsBook, Snapshot};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often an edit is retried while others change other settings.
const TRIES: u32 = 5;

/// What a change of settings needs, and who makes it.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub keys: &'a Keys,
    pub environment: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Who makes the change; written to the history.
    pub who: &'a str,
    pub now: Timestamp,
}

/// One setting's change, as a person asks for it.
#[derive(Debug, Clone)]
pub struct Edit {
    pub key: SettingKey,
    /// The version that the person has seen; absent if the setting is to be new.
    pub expected: Option<SettingsVersion>,
    /// The new document; absent to remove the setting. A secret may be given as `{ "secret": "…" }` and is sealed.
    pub body: Option<Value>,
}

/// What an edit came to, or would.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The setting's version afterwards; absent: it is not there.
    pub version: Option<SettingsVersion>,
    /// Without lines: the setting is so already, and nothing is written.
    pub plan: Plan,
    /// Why the sender or the keys could not be tried, if their secrets cannot be read in this process.
    pub untried: Vec<String>,
}

/// Makes one person's change: refused if this setting is not the one that they have seen, whatever others there are.
///
/// # Errors
/// [`SettingsError::Moved`], or what is wrong with the setting; nothing is written then.
pub async fn edit(
    store: &dyn SettingsBook,
    on: Ground<'_>,
    it: &Edit,
    mut nonce: impl FnMut() -> [u8; 12] + Send,
) -> Result<Edited, SettingsError> {
    let mut tries = 1;
    loop {
        let base = store.load_settings().await?;
        let (changes, mut foreseen) = foresee(on, &base, it, &mut nonce)?;
        if foreseen.plan.lines.is_empty() {
            return Ok(foreseen);
        }
        match change(store, on, &base, &changes, None).await {
            Err(SettingsError::Store(StoreError::Moved { .. })) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
            Ok(version) => {
                foreseen.version = it.body.is_some().then_some(version);
                return Ok(foreseen);
            }
        }
    }
}

/// What an edit would come to now, checked as it would be. Writes nothing.
///
/// # Errors
/// As [`edit()`].
pub async fn rehearse(
    store: &dyn SettingsBook,
    on: Ground<'_>,
    it: &Edit,
    mut nonce: impl FnMut() -> [u8; 12] + Send,
) -> Result<Edited, SettingsError> {
    let base = store.load_settings().await?;
    foresee(on, &base, it, &mut nonce).map(|(_, foreseen)| foreseen)
}

/// The provider of a sender as an edit would leave it: whether it works can be asked before anything is written.
///
/// # Errors
/// As [`edit()`], and if this process cannot read its secrets.
pub fn prospective(
    base: &Snapshot,
    on: Ground<'_>,
    it: &Edit,
    mut nonce: impl FnMut() -> [u8; 12] + Send,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let ([change], _) = foresee(on, base, it, &mut nonce)?;
    let mut documents: BTreeMap<_, _> = base.settings.iter().map(|it| (&it.key, &it.body)).collect();
    if let Some(body) = &change.body {
        documents.insert(&change.key, body);
    }
    let sections = Sections::read(documents)?;
    let found = sections.senders.iter().find(|sender| sender.key() == it.key);
    let sender = found.ok_or_else(|| SettingsError::Moved {
        key: it.key.clone(),
        expected: it.expected,
        found: None,
    })?;
    let organisation = sections.organisation(Some(&sender.organisation));
    let region = organisation.and_then(|it| it.region.parse().ok()).unwrap_or(Region::RU);
    provider(sender, region, on.keys, on.environment)
}

/// The change of an edit, and what it comes to but for the version.
fn foresee(
    on: Ground<'_>,
    base: &Snapshot,
    it: &Edit,
    nonce: &mut (impl FnMut() -> [u8; 12] + Send),
) -> Result<([Change; 1], Edited), SettingsError> {
    let found = base.get(&it.key).map(|it| it.version);
    if found != it.expected {
        return Err(SettingsError::Moved {
            key: it.key.clone(),
            expected: it.expected,
            found,
        });
    }
    let body = it.body.as_ref();
    let body = body
        .map(|body| sealed::given(on.keys, &it.key, body, nonce))
        .transpose()?;
    let changes = [Change {
        key: it.key.clone(),
        body,
    }];
    let untried = consequences(on, base, &changes)?.untried;
    let plan = one(base, &it.key, changes[0].body.as_ref());
    let foreseen = Edited {
        version: found,
        plan,
        untried,
    };
    Ok((changes, foreseen))
}

/// Makes changes together that were decided on these settings.
///
/// # Errors
/// [`StoreError::Moved`] if the settings have changed since, or what would be wrong; nothing is written then.
pub async fn change(
    store: &dyn SettingsBook,
    on: Ground<'_>,
    base: &Snapshot,
    changes: &[Change],
    file: Option<&FileSections>,
) -> Result<SettingsVersion, SettingsError> {
    let follows = consequences(on, base, changes)?;
    let changes = Changes {
        based_on: base.version,
        changes,
        organisations: &follows.organisations,
        restaurants: &follows.restaurants,
        file,
        who: on.who,
        now: on.now,
    };
    Ok(store.change_settings(changes).await?)
}

/// What follows from changes.
#[derive(Debug, Default)]
pub struct Consequences {
    /// The organisations' rows; those of changed organisations come first, in the order of the changes.
    pub organisations: Vec<OrganisationSpec>,
    /// The rows of changed restaurants.
    pub restaurants: Vec<RestaurantSpec>,
    /// Why some senders and keys could not be tried: this process cannot read their secrets.
    pub untried: Vec<String>,
}

/// What would follow from the changes.
///
/// # Errors
/// What would be wrong with the settings after the changes.
pub fn consequences(on: Ground<'_>, base: &Snapshot, changes: &[Change]) -> Result<Consequences, SettingsError> {
    let mut documents: BTreeMap<_, _> = base.settings.iter().map(|it| (&it.key, &it.body)).collect();
    for change in changes {
        match &change.body {
            Some(body) => documents.insert(&change.key, body),
            None => documents.remove(&change.key),
        };
    }
    let sections = Sections::read(documents)?;
    let mut untried = Vec::new();
    for change in changes.iter().filter(|it| it.body.is_some()) {
        match try_it(on, &sections, &change.key) {
            Ok(()) => {}
            Err(problem) if problem.is_not_here() => untried.push(problem.to_string()),
            Err(problem) => return Err(problem),
        }
    }
    let place = |slug: &str| {
        let changed = |it: &Change| matches!(&it.key, SettingKey::Organisation(of) if of == slug);
        changes.iter().position(changed).unwrap_or(usize::MAX)
    };
    let mut ordered: Vec<_> = sections.organisations.iter().collect();
    ordered.sort_by_key(|it| place(&it.slug));
    let organisations = ordered.into_iter().map(|it| spec(&sections.marketing, it));
    Ok(Consequences {
        organisations: organisations.collect::<Result<_, _>>()?,
        restaurants: restaurant_specs(&sections.restaurants, changes)?,
        untried,
    })
}

/// Makes the provider of a changed sender, or reads the keys of an organisation, so that whoever changes it learns
/// what is wrong.
fn try_it(on: Ground<'_>, sections: &Sections, key: &SettingKey) -> Result<(), SettingsError> {
    for sender in sections.senders.iter().filter(|it| it.key() == *key) {
        let organisation = sections.organisation(Some(&sender.organisation));
        let region = organisation.and_then(|it| it.region.parse().ok()).unwrap_or(Region::RU);
        crate::rate(sender)?;
        hold_no_user(key, &sender.settings)?;
        provider(sender, region, on.keys, on.environment)?;
    }
    for organisation in sections.organisations.iter().filter(|it| it.key() == *key) {
        let document = serde_json::json!({ "guest_token_keys": organisation.guest_token_keys });
        let opened = Opened::of(on.keys, key, &document)?;
        let environment = opened.over(on.environment);
        for source in &organisation.guest_token_keys {
            source
                .read(&environment)
                .map_err(|problem| SettingsError::Organisation {
                    slug: organisation.slug.clone(),
                    key: "guest_token_keys",
                    problem,
                })?;
        }
    }
    Ok(())
}
