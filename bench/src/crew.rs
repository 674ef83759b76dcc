//! A fleet of the product's processes, with its API and two dispatchers, any of which may be killed.

use super::accounting::{cpu_times, peak_memory};
use super::child::Child;
use super::config_file;
use super::figures::rounded;
use super::stage::{Server, Stage};
use anyhow::{Context, Result};
use bellhop_test_services::free_port;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Bytes.
pub const MIB: f64 = 1_048_576.0;
/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    Api,
    Dispatcher,
    SecondDispatcher,
    Worker,
}

impl Member {
    pub const ALL: [Member; 4] = [
        Member::Api,
        Member::Dispatcher,
        Member::SecondDispatcher,
        Member::Worker,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Member::Api => "api",
            Member::Dispatcher => "dispatcher",
            Member::SecondDispatcher => "dispatcher-2",
            Member::Worker => "worker",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Member::Api => &["api"],
            Member::Dispatcher | Member::SecondDispatcher => &["dispatcher"],
            Member::Worker => &["worker", "--name", "bench"],
        }
    }

    /// What its log says once it is at work.
    fn says(self) -> &'static str {
        match self {
            Member::Api => "listening (http.listen)",
            Member::Dispatcher | Member::SecondDispatcher => "dispatcher started",
            Member::Worker => "worker started",
        }
    }
}

/// What one process used, with those before it that were killed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    pub cpu: Duration,
    /// Bytes, at the most.
    pub memory: u64,
}

/// The fleet at work. Dropping it kills it.
pub struct Crew<'a> {
    stage: &'a Stage,
    children: BTreeMap<Member, Child>,
    /// What those used that are gone.
    gone: BTreeMap<Member, Spent>,
    /// Where its API listens.
    pub api: String,
    /// A key of the API that may do everything.
    pub key: String,
    pub kills: u32,
}

impl<'a> Crew<'a> {
    /// Starts all processes, and waits until they are at work.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start(stage: &'a Stage) -> Result<Self> {
        let (port, operations) = (free_port()?, free_port()?);
        let [http, operations] = [port, operations].map(|port| format!("127.0.0.1:{port}"));
        config_file::serve_at(&stage.config, &http, &operations)?;
        let made = command(stage, &["api-key", "create", &format!("bench-{port}"), "--json"]).await?;
        let mut crew = Self {
            stage,
            children: BTreeMap::new(),
            gone: BTreeMap::new(),
            api: format!("http://{http}"),
            key: made["key"].as_str().context("a key")?.to_owned(),
            kills: 0,
        };
        for member in Member::ALL {
            crew.begin(member).await?;
        }
        Ok(crew)
    }

    async fn begin(&mut self, member: Member) -> Result<()> {
        let child = self.stage.child(member.name(), member.arguments())?;
        child.logged(member.says()).await?;
        self.children.insert(member, child);
        Ok(())
    }

    /// SIGKILL; then another takes its place.
    ///
    /// # Errors
    /// When it has ended before, or the other does not start.
    pub async fn kill(&mut self, member: Member) -> Result<()> {
        if let Some(child) = self.children.remove(&member) {
            let spent = self.spent_by(member, &child)?;
            self.gone.insert(member, spent);
            child.kill().await?;
            self.kills += 1;
        }
        self.begin(member).await
    }

    fn spent_by(&self, member: Member, child: &Child) -> Result<Spent> {
        let before = self.gone.get(&member).copied().unwrap_or_default();
        let pid = child.pid()?;
        let own: Duration = cpu_times(&[pid])?.into_iter().sum();
        Ok(Spent {
            cpu: before.cpu + own,
            memory: before.memory.max(peak_memory(pid)?),
        })
    }

    /// What each process has used so far, and the servers and the simulator beside them.
    ///
    /// # Errors
    /// When a process has ended.
    pub fn spent(&self) -> Result<BTreeMap<&'static str, Spent>> {
        let mut all = BTreeMap::new();
        for (member, child) in &self.children {
            all.insert(member.name(), self.spent_by(*member, child)?);
        }
        for (name, cpu) in self.stage.cpu(&[], &Server::ALL)? {
            all.insert(name, Spent { cpu, memory: 0 });
        }
        Ok(all)
    }

    /// Stops all processes in order, those that make work first.
    ///
    /// # Errors
    /// When one does not end in order.
    pub async fn stop(mut self) -> Result<()> {
        for member in Member::ALL {
            if let Some(child) = self.children.remove(&member) {
                child.stop().await?;
            }
        }
        Ok(())
    }
}

/// Runs a command with `--json` among its arguments; its last line.
///
/// # Errors
/// When it fails, or says no JSON.
pub async fn command(stage: &Stage, arguments: &[&str]) -> Result<Value> {
    let ended = stage.child("command", arguments)?.finished(PATIENCE).await?;
    let last = ended
        .output
        .last()
        .with_context(|| format!("{arguments:?} says nothing"))?;
    serde_json::from_str(last).with_context(|| format!("{arguments:?} says no JSON: {last}"))
}

/// Creates a program of a file and switches it on; its id.
///
/// # Errors
/// When it is refused.
pub async fn switch_on(stage: &Stage, program: &Value) -> Result<i64> {
    let id = create(stage, "program", program).await?;
    command(stage, &["program", "on", &id.to_string(), "--json"]).await?;
    Ok(id)
}

/// Creates a rule of tags; its id.
///
/// # Errors
/// When it is refused.
pub async fn add_rule(stage: &Stage, rule: &Value) -> Result<i64> {
    create(stage, "tag-rule", rule).await
}

async fn create(stage: &Stage, what: &str, definition: &Value) -> Result<i64> {
    let file = stage.folder.path().join(format!("{what}.json"));
    std::fs::write(&file, definition.to_string())?;
    let path = file.to_str().context("the temporary folder's name is not UTF-8")?;
    let created = command(stage, &[what, "create", path, "--json"]).await?;
    created["id"].as_i64().with_context(|| format!("no id: {created}"))
}

/// As JSON, by process.
pub fn object(spent: &BTreeMap<&'static str, Spent>) -> Value {
    let each = spent.iter().map(|(name, spent)| {
        let told =
            json!({ "cpu_s": rounded(spent.cpu.as_secs_f64()), "memory_mib": (spent.memory as f64 / MIB).round() });
        ((*name).to_owned(), told)
    });
    Value::Object(each.collect())
}

/// What was used between two readings, by process.
pub fn between(
    before: &BTreeMap<&'static str, Spent>,
    after: &BTreeMap<&'static str, Spent>,
) -> BTreeMap<&'static str, Spent> {
    let of = |(name, after): (&&'static str, &Spent)| {
        let before = before.get(name).copied().unwrap_or_default();
        let spent = Spent {
            cpu: after.cpu.saturating_sub(before.cpu),
            memory: after.memory,
        };
        (*name, spent)
    };
    after.iter().map(of).collect()
}
