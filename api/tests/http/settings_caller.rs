//! Who has a key for settings, and what the audit log says of them.

use crate::world::{NOW, World, answer};
use bellhop_store::base::outbox::{Kind, Outbox, Reader, What};
use bellhop_store::guests::{ApiKeys, KeyKind, OrganisationSpec, Organisations, OrganisationsOfTests, Scope};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::Duration;

/// Somebody with a key for settings.
pub struct SettingsCaller<'a> {
    world: &'a World,
    key: String,
}

impl<'a> SettingsCaller<'a> {
    pub async fn of(world: &'a World) -> Self {
        let key = world.key(&[Scope::Settings]).await;
        Self { world, key }
    }

    /// The same of the other organisation.
    pub async fn of_rival(world: &'a World) -> Self {
        let brand = world.store.organisation("brand").await.unwrap().unwrap();
        let rival = OrganisationSpec {
            slug: "rival".into(),
            name: "Rival".into(),
            currency: "RUB".into(),
            timezone: brand.timezone,
            settings: brand.settings,
        };
        let org = world.store.put_organisation(&rival).await.unwrap().id;
        let scopes = [Scope::Settings];
        let key = world
            .store
            .create_api_key(org, "desk", KeyKind::Backend, &scopes, [77; 32], NOW)
            .await
            .unwrap();
        let key = key.expose_secret().to_owned();
        Self { world, key }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.world.get(path).bearer_auth(&self.key)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.world.put(path).bearer_auth(&self.key).json(&body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.world.post(path).bearer_auth(&self.key).json(&body)).await
    }

    /// What is read at a path, as a change of it.
    pub async fn read(&self, path: &str) -> Value {
        let (status, it) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {it}");
        json!({ "version": it["version"], "document": it["document"] })
    }
}

/// Who did what to what, by the audit log.
pub async fn audit(world: &World) -> Vec<(String, String, String)> {
    let reader = Reader {
        name: "test",
        holder: "test".to_owned(),
        kinds: &[Kind::Audited],
        turn: Duration::from_secs(60),
    };
    let handed = world.store.hand_over(&reader, 500, NOW).await.unwrap();
    let told = handed.notices.into_iter().map(|it| {
        let What::Audited { who, action, object } = it.what else {
            panic!("another kind")
        };
        (who, action, object)
    });
    told.collect()
}
