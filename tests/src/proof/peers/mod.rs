//! Libraries by other people against the product and its simulator: if they agree with both, then both agree with the
//! providers, or all are wrong in the same way.

mod install;
mod script;
mod sends;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_test_services::free_port;
use serde_json::json;
use tokio::process::Child;

use super::{Report, Scale};
use crate::command::Bellhop;
use crate::patience::eventually;

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("installing the peers: python3 -m venv, pip install (kept under the build's folder)");
    let installed = install::install().await?;
    report.tell("web push and SMS of the product, to a push service by http_ece and py_vapid and an SMSC by smpplib");
    sends::web_push(scale, report, &installed).await?;
    sends::sms(scale, report, &installed).await?;
    let folder = tempfile::Builder::new().prefix("bellhop-peers-").tempdir()?;
    let stage = Stage::set(folder.path()).await?;
    report.tell("firebase_admin sends to the simulated FCM");
    let account = folder.path().join("firebase.json").display().to_string();
    let fcm = installed.start("fcm.py", &[account, stage.url(stage.fcm)])?;
    fcm.checks(report, "firebase_admin takes the simulated FCM for Google's")
        .await?;
    report.tell("pywa sends to the simulated Graph API and reads its webhooks");
    let arguments = [
        stage.url(stage.graph),
        stage.url(stage.admin),
        stage.hook.port().to_string(),
    ];
    let meta = installed.start("meta.py", &arguments)?;
    meta.checks(report, "pywa takes the simulated Graph API for Meta's")
        .await?;
    report.tell("smpplib sends to the simulated SMSC");
    let arguments = [stage.smpp.port().to_string(), "bellhop".to_owned(), "secret".to_owned()];
    let esme = installed.start("esme.py", &arguments)?;
    esme.checks(report, "smpplib takes the simulated SMSC for an operator's")
        .await?;
    let books = reqwest::get(format!("{}/_sim/messages?channel=smpp", stage.url(stage.admin))).await?;
    let whole = books
        .text()
        .await?
        .contains("Соскучились! Вторая пицца в подарок Соскучились!");
    report.claim(
        "the simulated SMSC reads smpplib's parts as one text",
        whole,
        "by its own books",
    );
    report.figure("peers", 5);
    Ok(())
}

/// The simulated providers, as a process.
struct Stage {
    fcm: SocketAddr,
    graph: SocketAddr,
    smpp: SocketAddr,
    admin: SocketAddr,
    /// Where pywa listens.
    hook: SocketAddr,
    _simulator: Child,
}

impl Stage {
    async fn set(folder: &Path) -> Result<Self> {
        let local = || Ok::<_, anyhow::Error>(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)));
        let [http, fcm, sms, graph, smpp, admin, hook] =
            [local()?, local()?, local()?, local()?, local()?, local()?, local()?];
        let quick = json!({ "url": format!("http://{hook}/"), "delay_ms": [1, 50], "retry_ms": 100 });
        let config = json!({
            "http": { "listen": http.to_string(), "public_url": format!("http://{http}") },
            "simulator": {
                "fcm_addr": fcm.to_string(), "sms_addr": sms.to_string(), "admin_addr": admin.to_string(), "tls": "none",
                "fcm": { "service_account_file": folder.join("firebase.json") },
                "smpp": { "addr": smpp.to_string(), "receipts": { "delay_ms": [10, 100] } },
                "whatsapp": {
                    "addr": graph.to_string(), "webhooks": quick, "read": 1.0,
                    "templates": [{
                        "name": "come_back", "language": "ru", "category": "MARKETING", "parameters": 2,
                        "button_url": "https://brand.example/l/",
                    }],
                },
            },
        });
        let file = folder.join("bellhop.toml");
        std::fs::write(&file, toml::to_string(&config)?)?;
        let log = std::fs::File::create(folder.join("simulator.log"))?;
        let mut command = Bellhop::in_folder(folder)?.with_config(&file).command(&["simulator"]);
        command.stdout(log.try_clone()?).stderr(log);
        let simulator = command.spawn().context("cannot start bellhop simulator")?;
        eventually("the simulator serves", PATIENCE, async || {
            let answer = reqwest::get(format!("http://{admin}/_sim/summary")).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await?;
        Ok(Self {
            fcm,
            graph,
            smpp,
            admin,
            hook,
            _simulator: simulator,
        })
    }

    fn url(&self, address: SocketAddr) -> String {
        format!("http://{address}")
    }
}
