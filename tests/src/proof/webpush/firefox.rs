//! A real Firefox without a screen, whose push service is the simulator's.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, Command};

use crate::command::dies_with_us;

const PROGRAM: &str = "firefox-esr";

/// Ends when dropped.
pub struct Firefox {
    _process: Child,
    pub version: String,
}

impl Firefox {
    /// Opens a page in a new profile below `folder`.
    ///
    /// # Errors
    /// When Firefox is not installed or does not start.
    pub async fn open(folder: &Path, push_service: SocketAddr, page: &str) -> Result<Self> {
        let missing = "firefox-esr is missing; run deploy/dev/install-services.sh";
        let version = Command::new(PROGRAM)
            .arg("--version")
            .env("HOME", folder)
            .output()
            .await;
        let version = String::from_utf8_lossy(&version.context(missing)?.stdout)
            .trim()
            .to_owned();
        ensure!(!version.is_empty(), missing);
        let profile = folder.join("profile");
        std::fs::create_dir(&profile)?;
        std::fs::write(profile.join("user.js"), preferences(push_service))?;
        let log = std::fs::File::create(folder.join("firefox.log"))?;
        let mut command = dies_with_us(Path::new(PROGRAM));
        command
            .args(["--headless", "--no-remote", "--profile"])
            .arg(&profile)
            .arg(page);
        command.env("HOME", folder).stdout(log.try_clone()?).stderr(log);
        let process = command.spawn().context("cannot start Firefox")?;
        Ok(Self {
            _process: process,
            version,
        })
    }
}

/// The push service, a permission that a guest has given, and none of Firefox's own calls home.
fn preferences(push_service: SocketAddr) -> String {
    let mut text = format!("user_pref(\"dom.push.serverURL\", \"ws://{push_service}/\");\n");
    for (name, value) in [
        ("dom.push.testing.allowInsecureServerURL", "true"),
        ("permissions.default.desktop-notification", "1"),
        ("alerts.useSystemBackend", "false"),
        ("app.update.enabled", "false"),
        ("browser.aboutwelcome.enabled", "false"),
        ("browser.safebrowsing.malware.enabled", "false"),
        ("browser.safebrowsing.phishing.enabled", "false"),
        ("browser.shell.checkDefaultBrowser", "false"),
        ("browser.startup.homepage_override.mstone", "\"ignore\""),
        ("datareporting.policy.dataSubmissionEnabled", "false"),
        ("extensions.update.enabled", "false"),
        ("network.captive-portal-service.enabled", "false"),
        ("network.connectivity-service.enabled", "false"),
        ("network.manage-offline-status", "false"),
        ("toolkit.telemetry.enabled", "false"),
    ] {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "user_pref(\"{name}\", {value});");
    }
    text
}
