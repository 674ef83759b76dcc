//! A `bellhop up` on the embedded default with a sender for every hall, and the simulator behind all of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bellhop_channels::{Provider as Channel, config, registry};
use bellhop_domain::EndpointKind;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

use super::facts::Ledger;
use super::files::{base, mailing_file, organisation};
use super::old_token;
use super::plan::{Hall, Person, Plan, Provider, address};
use super::senders::{Addresses, SENDER, hand_out_keys, write_secret};
use crate::command::Bellhop;
use crate::patience::eventually;

const PATIENCE: Duration = Duration::from_secs(120);
/// How many commands run at the same time; each is a process of its own.
const AT_ONCE: usize = 4;

/// Ends when dropped.
pub(super) struct Stage {
    pub ledger: Ledger,
    /// The commands of each organisation, with a configuration that holds nothing else.
    commands: BTreeMap<String, Bellhop>,
    addresses: Addresses,
    client: reqwest::Client,
    processes: Vec<Child>,
    folder: TempDir,
}

impl Stage {
    /// # Errors
    /// When something does not start.
    pub async fn set(plan: &Plan, providers: &[Provider], seed: u64) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bellhop-providers-").tempdir()?;
        let addresses = Addresses::free()?;
        write_secret(folder.path())?;
        let plain = Bellhop::in_folder(folder.path())?.with_operations_at(addresses.operations);
        let key = folder.path().join("vapid.pem");
        plain.json(&["web-push-keys", &key.to_string_lossy()]).await?;
        let of_hall = |(name, hall): (&String, &Hall)| {
            let provider = providers[hall.provider].name;
            let sender = addresses.sender(folder.path(), provider, name, hall.by_account);
            (organisation(name), sender)
        };
        let (organisations, senders): (Vec<Value>, Vec<Value>) = plan.halls.iter().map(of_hall).unzip();
        let mut whole = base(folder.path(), &addresses);
        whole["simulator"] = addresses.simulator(folder.path());
        whole["simulator"]["seed"] = json!(seed);
        (whole["organisation"], whole["sender"]) = (json!(organisations), json!(senders));
        let bellhop = configured(&plain, folder.path(), "all", &whole)?;
        let mut commands = BTreeMap::new();
        for ((name, organisation), sender) in plan.halls.keys().zip(organisations).zip(senders) {
            let mut own = base(folder.path(), &addresses);
            (own["organisation"], own["sender"]) = (json!([organisation]), json!([sender]));
            let command = configured(&plain, folder.path(), name, &own)?.of_organisation(name);
            commands.insert(name.clone(), command);
        }
        let mut stage = Self {
            ledger: Ledger::of(&folder.path().join("bellhop.db")),
            commands,
            addresses,
            client: reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?,
            processes: Vec::new(),
            folder,
        };
        stage.start(&bellhop, plan).await?;
        Ok(stage)
    }

    /// The simulator starts first, because it makes the keys that senders read.
    async fn start(&mut self, bellhop: &Bellhop, plan: &Plan) -> Result<()> {
        self.processes.push(spawn(bellhop, self.folder.path(), "simulator")?);
        let summary = self.admin("summary");
        self.answers("the simulator serves", &summary).await?;
        hand_out_keys(self.folder.path(), plan.halls.keys())?;
        let orders: Vec<Value> = plan.orders.iter().cloned().chain(old_token::order()).collect();
        let ordered = self.client.put(self.admin("answers")).json(&orders).send().await?;
        let status = ordered.status();
        ensure!(
            status.is_success(),
            "the simulator takes no orders: {}",
            ordered.text().await?
        );
        self.processes.push(spawn(bellhop, self.folder.path(), "up")?);
        let ready = format!("http://{}/readyz", self.addresses.operations);
        self.answers("Bellhop is ready", &ready).await
    }

    async fn answers(&self, what: &str, url: &str) -> Result<()> {
        eventually(what, PATIENCE, async || {
            let answer = self.client.get(url).send().await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await
    }

    fn admin(&self, path: &str) -> String {
        format!("http://{}/_sim/{path}", self.addresses.admin)
    }

    fn of(&self, organisation: &str) -> Result<&Bellhop> {
        self.commands
            .get(organisation)
            .with_context(|| format!("no organisation {organisation}"))
    }

    /// Imports the guests of all halls.
    ///
    /// # Errors
    /// When an import is refused.
    pub async fn invite(&self, plan: &Plan, providers: &[Provider]) -> Result<()> {
        let invited = stream::iter(&plan.halls).map(|(name, hall)| async move {
            let kind = providers[hall.provider].kind;
            self.import(name, kind, &hall.people).await?;
            match import_column(kind) {
                Some(_) => Ok(()),
                None => self.register(name, kind, &hall.people).await,
            }
        });
        invited.buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn import(&self, organisation: &str, kind: EndpointKind, people: &[Person]) -> Result<()> {
        let column = import_column(kind);
        let mut text = format!(
            "customer_id,name,tags,marketing_consent,{}\n",
            column.unwrap_or("comment")
        );
        for person in people {
            let address = column.map_or_else(String::new, |_| address(kind, person.number));
            writeln!(text, "{},Guest,{},yes,{address}", person.id, person.tag)?;
        }
        let file = self.folder.path().join(format!("{organisation}.csv"));
        std::fs::write(&file, text)?;
        let bellhop = self.of(organisation)?;
        let imported = bellhop.json(&["import", "customers", &file.to_string_lossy()]).await?;
        ensure!(imported["imported"] == people.len(), "{organisation}: {imported}");
        Ok(())
    }

    /// Registers guests' addresses as an app or site does.
    async fn register(&self, organisation: &str, kind: EndpointKind, people: &[Person]) -> Result<()> {
        let create = ["api-key", "create", "site", "--scopes", "endpoints"];
        let made = self.of(organisation)?.json(&create).await?;
        let key = made["key"].as_str().context("no API key")?;
        for person in people {
            let address = match kind {
                EndpointKind::WebPush => self.subscription(person.number).await?,
                _ => json!(address(kind, person.number)),
            };
            let body = json!({ "kind": kind.name(), "customer_id": person.id, "address": address });
            let url = format!("{}/v1/endpoints", self.addresses.api());
            let answer = self.client.post(url).bearer_auth(key).json(&body).send().await?;
            ensure!(answer.status().is_success(), "{organisation}: {}", answer.text().await?);
        }
        Ok(())
    }

    async fn subscription(&self, number: u32) -> Result<Value> {
        let url = self.admin("web_push/subscribe");
        let made = self.client.post(url).json(&json!({ "number": number })).send().await?;
        Ok(serde_json::from_str(&made.error_for_status()?.text().await?)?)
    }

    /// Creates mailings; returns their ids, in order.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn create(&self, plan: &Plan, providers: &[Provider]) -> Result<Vec<i64>> {
        let created = stream::iter(&plan.mailings).map(|mailing| async move {
            let kind = plan
                .halls
                .get(&mailing.organisation)
                .map(|hall| providers[hall.provider].kind);
            let file = mailing_file(mailing, kind.context("a mailing of nobody")?);
            let created = self
                .of(&mailing.organisation)?
                .json(&["mailing", "create", &file.to_string()])
                .await?;
            created["id"].as_i64().with_context(|| format!("no id: {created}"))
        });
        created.buffered(AT_ONCE).try_collect().await
    }

    /// Launches mailings, by organisation and id.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn launch(&self, mailings: &[(&str, i64)]) -> Result<()> {
        let launched = stream::iter(mailings).map(|(organisation, id)| async move {
            let launched = self
                .of(organisation)?
                .json(&["mailing", "launch", &id.to_string()])
                .await;
            launched.map(|_| ())
        });
        launched.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Apple's channel as the senders of the ordinary rows have it.
    ///
    /// # Errors
    /// When its section is refused.
    pub fn apns(&self) -> Result<Arc<dyn Channel>> {
        let sender = self.addresses.sender(self.folder.path(), "apns", "apns", false);
        Ok(registry::build(
            "apns",
            &sender["settings"],
            &config::process_environment,
        )?)
    }

    /// Whether Bellhop has asked a provider about a message that it did not know.
    ///
    /// # Errors
    /// When Bellhop does not answer.
    pub async fn asked_in_vain(&self) -> Result<bool> {
        let metrics = self
            .client
            .get(format!("http://{}/metrics", self.addresses.operations))
            .send()
            .await?;
        let metrics = metrics.text().await?;
        let counts = metrics
            .lines()
            .filter_map(|line| line.strip_prefix(r#"bellhop_look_ups_total{answer="not_found"} "#));
        Ok(counts
            .filter_map(|count| count.parse::<f64>().ok())
            .any(|count| count > 0.0))
    }

    /// Why the organisation's sender is paused, if it is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn stopped(&self, organisation: &str) -> Result<Option<String>> {
        let snapshot = self.ledger.look().await?;
        Ok(snapshot.of(organisation, &[], None).sender_stopped.map(str::to_owned))
    }

    /// Waits until the organisation's sender is not paused.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn goes(&self, organisation: &str, patience: Duration) -> Result<()> {
        let look = async || Ok(self.stopped(organisation).await?.is_none().then_some(()));
        eventually("the sender goes", patience, look).await
    }

    /// `bellhop sender resume`.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn resume(&self, organisation: &str) -> Result<()> {
        let answer = self.of(organisation)?.run(&["sender", "resume", SENDER]).await?;
        ensure!(answer.status.success(), "{}", answer.stderr);
        Ok(())
    }

    /// Puts a simulated session into a state, which it then reports.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub async fn put_into(&self, path: &str, state: &str) -> Result<()> {
        let request = self.client.post(self.admin(path)).json(&json!({ "state": state }));
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// The last lines of the processes' logs.
    pub fn last_words(&self) -> String {
        let last = |name: &str| {
            let text = std::fs::read_to_string(self.folder.path().join(format!("{name}.log"))).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            format!("--- {name}\n{}\n", lines[lines.len().saturating_sub(40)..].join("\n"))
        };
        last("simulator") + &last("up")
    }
}

/// The column of a customers file that takes such an address. Phones are registered instead, because reading one from
/// a file makes every command load the numbering plans of the world, which takes a second in an unoptimised build.
fn import_column(kind: EndpointKind) -> Option<&'static str> {
    match kind {
        EndpointKind::Fcm => Some("fcm_token"),
        EndpointKind::Apns => Some("apns_token"),
        EndpointKind::Max => Some("max_user_id"),
        _ => None,
    }
}

fn spawn(bellhop: &Bellhop, folder: &Path, role: &str) -> Result<Child> {
    let log = std::fs::File::create(folder.join(format!("{role}.log")))?;
    let mut command = bellhop.command(&[role]);
    command.stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| format!("cannot start bellhop {role}"))
}

fn configured(plain: &Bellhop, folder: &Path, name: &str, config: &Value) -> Result<Bellhop> {
    let file = folder.join(format!("{name}.toml"));
    std::fs::write(&file, toml::to_string(config)?)?;
    Ok(plain.clone().with_config(&file))
}
