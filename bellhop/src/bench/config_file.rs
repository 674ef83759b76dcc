//! The configuration files of a bench's children.

use anyhow::Result;
use bellhop_test_services::Cluster;
use std::path::{Path, PathBuf};

/// The sender every bench sends through, and the organisation it belongs to: the embedded default's.
pub const SENDER: &str = "app";

/// The simulator's section: FCM over TLS, its certificate authority and service account written to `folder`.
pub fn for_simulator(folder: &Path) -> Result<PathBuf> {
    let text = format!(
        "[log]\nlevel = \"warn\"\n[simulator.tls.self-signed]\nca_file = {ca:?}\n[simulator.fcm]\nservice_account_file = {account:?}\n",
        ca = folder.join("ca.pem"),
        account = folder.join("firebase.json"),
    );
    write(folder, "simulator.toml", &text)
}

/// A store alone, for commands that only read and write it.
pub fn for_store(folder: &Path, url: &str) -> Result<PathBuf> {
    write(
        folder,
        "store.toml",
        &format!("[log]\nlevel = \"warn\"\n[store]\nurl = {url:?}\n"),
    )
}

/// Everything a fleet needs: the servers of a cluster, a database of it, and FCM at `fcm_url`. The rate is one that
/// the limiter must count and that never holds anything back.
pub fn for_fleet(folder: &Path, cluster: &Cluster, database_url: &str, fcm_url: &str) -> Result<PathBuf> {
    let text = format!(
        "[store]\nurl = {database_url:?}\n\
         [broker]\nurl = {amqp:?}\n\
         [limits]\nurl = {redis:?}\n\
         [[sender]]\norganisation = \"default\"\nname = {SENDER:?}\nprovider = \"fcm\"\nrate = \"1000000/s\"\n\
         [sender.settings]\nkey_file = {key:?}\nbase_url = {fcm_url:?}\ntoken_uri = \"{fcm_url}/token\"\n\
         [sender.settings.http]\nca_file = {ca:?}\n",
        amqp = cluster.rabbitmq.url(),
        redis = cluster.redis.url(),
        key = folder.join("firebase.json"),
        ca = folder.join("ca.pem"),
    );
    write(folder, "fleet.toml", &text)
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}
