//! The configuration files of a bench's children.

use super::providers::Providers;
use anyhow::{Result, bail};
use bellhop_domain::EndpointKind;
use bellhop_test_services::Cluster;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The simulator's section: FCM, Apple and the browsers' push service over TLS; its certificate authority and the
/// accounts of FCM and Apple are written to `folder`.
pub fn for_simulator(folder: &Path) -> Result<PathBuf> {
    let text = format!(
        "[log]\nlevel = \"warn\"\n[simulator.tls.self-signed]\nca_file = {ca:?}\n\
         [simulator.fcm]\nservice_account_file = {account:?}\n\
         [simulator.apns]\nkey_file = {key:?}\n\
         [simulator.web_push]\n",
        ca = folder.join("ca.pem"),
        account = folder.join("firebase.json"),
        key = folder.join("apns.p8"),
    );
    write(folder, "simulator.toml", &text)
}

/// Only a store, for commands that only read and write it.
pub fn for_store(folder: &Path, url: &str) -> Result<PathBuf> {
    write(
        folder,
        "store.toml",
        &format!("[log]\nlevel = \"warn\"\n[store]\nurl = {url:?}\n"),
    )
}

/// Everything that a fleet needs: the servers of a cluster, one of its databases, and one sender for each kind of
/// address, named after the kind. The limiter must count the rate, but it never holds anything back.
pub fn for_fleet(
    folder: &Path,
    cluster: &Cluster,
    database_url: &str,
    providers: &Providers,
    kinds: &[EndpointKind],
) -> Result<PathBuf> {
    let mut text = format!(
        "[marketing]\nquiet_hours = \"off\"\nfrequency_cap = \"off\"\n\
         [store]\nurl = {database_url:?}\n[broker]\nurl = {amqp:?}\n[limits]\nurl = {redis:?}\n",
        amqp = cluster.rabbitmq.url(),
        redis = cluster.redis.url(),
    );
    for kind in kinds {
        let name = kind.name();
        write!(
            text,
            "[[sender]]\norganisation = \"default\"\nname = {name:?}\nprovider = {name:?}\nrate = \"1000000/s\"\n\
             [sender.settings]\n{settings}[sender.settings.http]\nca_file = {ca:?}\n",
            settings = settings(folder, providers, *kind)?,
            ca = folder.join("ca.pem"),
        )?;
    }
    write(folder, "fleet.toml", &text)
}

/// Adds to a fleet's configuration where its API listens, in place of where it did.
pub fn serve_at(config: &Path, http: &str, operations: &str) -> Result<()> {
    const ADDED: &str = "[http]\n";
    let text = std::fs::read_to_string(config)?;
    let rest = text.split_once(ADDED).map_or(text.as_str(), |(before, _)| before);
    let added =
        format!("{rest}{ADDED}listen = {http:?}\noperations_listen = {operations:?}\npublic_url = \"http://{http}\"\n");
    Ok(std::fs::write(config, added)?)
}

/// A sender's own section, without `http`. Apple's account is the simulator's default.
fn settings(folder: &Path, providers: &Providers, kind: EndpointKind) -> Result<String> {
    let Providers {
        fcm,
        apns,
        apns_sandbox,
        web_push,
        ..
    } = providers;
    Ok(match kind {
        EndpointKind::Fcm => format!(
            "key_file = {key:?}\nbase_url = {fcm:?}\ntoken_uri = \"{fcm}/token\"\n",
            key = folder.join("firebase.json"),
        ),
        EndpointKind::Apns => format!(
            "key = {{ file = {key:?} }}\nkey_id = \"SIMKEY0001\"\nteam_id = \"SIMTEAM001\"\n\
             topic = \"com.example.app\"\nproduction_url = \"https://{apns}\"\n\
             sandbox_url = \"https://{apns_sandbox}\"\n",
            key = folder.join("apns.p8"),
        ),
        EndpointKind::WebPush => format!(
            "vapid_key = {{ file = {key:?} }}\nsubject = \"mailto:push@brand.example\"\ntest_hosts = [{web_push:?}]\n",
            key = folder.join("vapid.pem"),
        ),
        _ => {
            bail!("no bench sends to a {}", kind.name())
        }
    })
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}
