//! Redis: append-only file flushed every second, as Bellhop asks of a fleet's Redis.

use anyhow::Result;

use crate::account::Account;
use crate::folder::Folder;
use crate::process::Launch;
use crate::programs;
use crate::server::{Kind, PortSource};

pub(crate) fn describe(folder: &Folder, ports: PortSource<'_>) -> Result<Kind> {
    let account = Account::for_server("redis")?;
    let home = folder.for_server("redis", account)?;
    let held = ports()?;
    let port = held.port();
    let mut launch = Launch {
        program: programs::redis_server()?,
        arguments: Vec::new(),
        environment: Vec::new(),
        account,
        home,
        stop_signal: "TERM",
        watchdog_signal: "KILL",
    };
    let options: [(&str, &str); 7] = [
        ("--port", &port.to_string()),
        ("--bind", "127.0.0.1"),
        ("--daemonize", "no"),
        ("--appendonly", "yes"),
        ("--appendfsync", "everysec"),
        ("--save", ""),
        ("--databases", "16"),
    ];
    launch.arguments.extend(
        options
            .iter()
            .flat_map(|(name, value)| [(*name).into(), (*value).into()]),
    );
    launch.arguments.extend(["--dir".into(), launch.data().into()]);
    Ok(Kind {
        name: "Redis",
        launch,
        held: vec![held],
        url: format!("redis://127.0.0.1:{port}/0"),
        greeting: b"PING\r\n",
        // While it reads its file back it answers -LOADING.
        ready: b"+PONG\r\n",
        prepare: |_| Ok(()),
    })
}
