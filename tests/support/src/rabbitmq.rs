//! RabbitMQ: one node without plugins, with a name server (epmd), cookie and folders of its own.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};

use crate::account::Account;
use crate::folder::Folder;
use crate::process::Launch;
use crate::programs;
use crate::server::{Kind, PortSource};

/// Starts epmd in the server's own process group. Otherwise Erlang would start one as a daemon that outlives the
/// server and is shared with every other node of the machine. Whoever else has its port might accept a question and
/// never answer.
const WITH_OWN_EPMD: &str = r#"
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 &
epmd=$!
until timeout 5 epmd -port "$ERL_EPMD_PORT" -names > /dev/null 2>&1; do
    grep -qs ') [^Z] ' "/proc/$epmd/stat" || {
        echo "epmd, the name server of Erlang's nodes, ended at once: somebody has its port $ERL_EPMD_PORT" >&2
        exit 1
    }
    sleep 0.05
done
exec "$@"
"#;

pub(crate) fn describe(folder: &Folder, ports: PortSource<'_>) -> Result<Kind> {
    let account = Account::for_server("rabbitmq")?;
    let home = folder.for_server("rabbitmq", account)?;
    // The first is where clients connect.
    let held = vec![ports()?, ports()?, ports()?];
    let [port, nodes, names] = [held[0].port(), held[1].port(), held[2].port()];
    write_configuration(&home, port).context("cannot write RabbitMQ's configuration")?;
    let launch = Launch {
        program: "/bin/sh".into(),
        arguments: vec![
            "-c".into(),
            WITH_OWN_EPMD.into(),
            "sh".into(),
            programs::rabbitmq_server()?.into(),
        ],
        environment: environment(&home, port, nodes, names),
        account,
        home,
        stop_signal: "TERM",
        watchdog_signal: "KILL",
    };
    Ok(Kind {
        name: "RabbitMQ",
        launch,
        held,
        url: format!("amqp://guest:guest@127.0.0.1:{port}/%2f"),
        greeting: b"AMQP\0\0\x09\x01",
        // A method frame on channel 0 (AMQP 0-9-1 §4.2.3): Connection.Start.
        ready: b"\x01\0\0",
        prepare: |_| Ok(()),
    })
}

/// Everything that would otherwise point to the system's own RabbitMQ.
fn environment(home: &Path, port: u16, nodes: u16, names: u16) -> Vec<(&'static str, OsString)> {
    let launch_data = home.join(crate::process::DATA);
    vec![
        ("RABBITMQ_NODENAME", format!("bellhop-{port}@localhost").into()),
        ("RABBITMQ_MNESIA_BASE", launch_data.into()),
        ("RABBITMQ_LOG_BASE", home.into()),
        ("RABBITMQ_LOGS", "-".into()),
        ("RABBITMQ_CONFIG_FILE", home.join("rabbitmq.conf").into()),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", home.join("advanced.config").into()),
        ("RABBITMQ_CONF_ENV_FILE", home.join("rabbitmq-env.conf").into()),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", home.join("enabled_plugins").into()),
        ("RABBITMQ_GENERATED_CONFIG_DIR", home.join("generated").into()),
        ("RABBITMQ_DIST_PORT", nodes.to_string().into()),
        (
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-kernel inet_dist_use_interface {127,0,0,1}".into(),
        ),
        ("ERL_EPMD_PORT", names.to_string().into()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
    ]
}

fn write_configuration(home: &Path, port: u16) -> std::io::Result<()> {
    let configuration = format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\n\
         log.console = true\n\
         log.console.level = warning\n\
         disk_free_limit.absolute = 50MB\n"
    );
    for (name, text) in [
        ("rabbitmq.conf", configuration.as_str()),
        ("rabbitmq-env.conf", ""),
        ("advanced.config", "[].\n"),
        ("enabled_plugins", "[].\n"),
    ] {
        std::fs::write(home.join(name), text)?;
    }
    Ok(())
}
