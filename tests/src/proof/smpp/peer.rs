//! The SMSC of `tests/peers/smpp`, as a process of its own, and what it reports to have received.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::command::dies_with_us;
use crate::patience::eventually;

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../../peers/smpp/package.json")),
    (
        "package-lock.json",
        include_str!("../../../peers/smpp/package-lock.json"),
    ),
    ("server.js", include_str!("../../../peers/smpp/server.js")),
];
const START_PATIENCE: Duration = Duration::from_secs(180);

/// The peer with its codec, in a folder that is removed with it.
pub(super) struct Installed(TempDir);

/// Copies the peer into a fresh folder and lets npm fetch its codec, as the committed lock file has it.
///
/// # Errors
/// When npm or node are missing, or the packages cannot be fetched.
pub(super) async fn install() -> Result<Installed> {
    let folder = tempfile::Builder::new().prefix("bellhop-smpp-peer-").tempdir()?;
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    let output = npm
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let Ok(output) = output else {
        bail!("missing: npm, for the SMPP peer. Run: apt-get install nodejs npm");
    };
    if !output.status.success() {
        bail!("npm ci failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(Installed(folder))
}

impl Installed {
    /// Starts a peer on a free port.
    ///
    /// # Errors
    /// When it does not come up.
    pub(super) async fn start(&self, hex_ids: bool) -> Result<Peer> {
        let mut node = dies_with_us(Path::new("node"));
        node.arg("server.js").args(hex_ids.then_some("--hex-ids"));
        let mut child = node.current_dir(self.0.path()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("its output is piped")?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&said);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                writer.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        let mut peer = Peer {
            port: 0,
            said,
            _child: child,
        };
        let port = eventually("the peer listens", START_PATIENCE, async || {
            Ok(peer.first("listening").and_then(|line| line["port"].as_u64()))
        })
        .await?;
        peer.port = u16::try_from(port)?;
        Ok(peer)
    }
}

/// A running peer; dropped, it ends.
pub(super) struct Peer {
    pub(super) port: u16,
    said: Arc<Mutex<Vec<Value>>>,
    _child: Child,
}

impl Peer {
    fn find(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|line| wanted(line)).cloned().collect()
    }

    fn first(&self, event: &str) -> Option<Value> {
        self.find(|line| line["event"] == event).into_iter().next()
    }

    /// How often it reported this event.
    pub(super) fn count(&self, event: &str) -> usize {
        self.find(|line| line["event"] == event).len()
    }

    /// The message to a phone, put together.
    pub(super) fn message(&self, phone: &str) -> Option<Value> {
        let to = phone.trim_start_matches('+');
        self.find(|line| line["event"] == "message" && line["to"] == to)
            .into_iter()
            .next()
    }
}
