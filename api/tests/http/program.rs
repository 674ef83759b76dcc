//! A program with a key of every scope, of the world's organisation or of another.

use crate::world::{NOW, World, answer};
use bellhop_store::guests::{ApiKeys, KeyKind, OrganisationSpec, Organisations, OrganisationsOfTests, Scope};
use secrecy::ExposeSecret;
use serde_json::Value;

pub struct Program<'a> {
    world: &'a World,
    pub key: String,
}

impl<'a> Program<'a> {
    pub async fn of(world: &'a World) -> Self {
        let key = world.key(&Scope::ALL).await;
        Self { world, key }
    }

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
        let made = (world.store).create_api_key(org, "spy", KeyKind::Backend, &Scope::ALL, [78; 32], NOW);
        let key = made.await.unwrap().expose_secret().to_owned();
        Self { world, key }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.world.get(path).bearer_auth(&self.key)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.world.put(path).bearer_auth(&self.key).json(body)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.world.post(path).bearer_auth(&self.key).json(body)).await
    }

    /// A change of the version that was read.
    pub async fn put_from(&self, path: &str, version: i64, body: &Value) -> (u16, Value) {
        let request = self.world.put(path).header("if-match", format!("\"{version}\""));
        answer(request.bearer_auth(&self.key).json(body)).await
    }

    /// A removal of it.
    pub async fn delete_from(&self, path: &str, version: i64) -> (u16, Value) {
        let request = self.world.delete(path).header("if-match", format!("\"{version}\""));
        answer(request.bearer_auth(&self.key)).await
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        answer(self.world.delete(path).bearer_auth(&self.key)).await
    }
}
