//! RabbitMQ: one node without plugins, with a name server (epmd), cookie and folders of its own.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context, Result};

use crate::account::Account;
use crate::folder::Folder;
use crate::process::Launch;
use crate::server::Kind;
use crate::{ports, programs};

/// Starts epmd in the server's own process group. Otherwise Erlang would start one as a daemon that outlives the server
/// and is shared with every other node of the machine.
const WITH_OWN_EPMD: &str = r#"
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 &
until epmd -port "$ERL_EPMD_PORT" -names > /dev/null 2>&1; do sleep 0.05; done
exec "$@"
"#;

pub(crate) fn describe(folder: &Folder) -> Result<Kind> {
    let account = Account::for_server("rabbitmq")?;
    let home = folder.for_server("rabbitmq", account)?;
    let port = ports::free()?;
    write_configuration(&home, port).context("cannot write RabbitMQ's configuration")?;
    let launch = Launch {
        program: "/bin/sh".into(),
        arguments: vec![
            "-c".into(),
            WITH_OWN_EPMD.into(),
            "sh".into(),
            programs::rabbitmq_server()?.into(),
        ],
        environment: environment(&home, port)?,
        account,
        home,
        stop_signal: "TERM",
        watchdog_signal: "KILL",
    };
    Ok(Kind {
        name: "RabbitMQ",
        launch,
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        url: format!("amqp://guest:guest@127.0.0.1:{port}/%2f"),
        greeting: b"AMQP\0\0\x09\x01",
        // A method frame on channel 0 (AMQP 0-9-1 §4.2.3): Connection.Start.
        ready: b"\x01\0\0",
        prepare: |_| Ok(()),
    })
}

/// Everything that would otherwise point to the system's own RabbitMQ.
fn environment(home: &Path, port: u16) -> Result<Vec<(&'static str, OsString)>> {
    let launch_data = home.join(crate::process::DATA);
    Ok(vec![
        ("RABBITMQ_NODENAME", format!("bellhop-{port}@localhost").into()),
        ("RABBITMQ_MNESIA_BASE", launch_data.into()),
        ("RABBITMQ_LOG_BASE", home.into()),
        ("RABBITMQ_LOGS", "-".into()),
        ("RABBITMQ_CONFIG_FILE", home.join("rabbitmq.conf").into()),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", home.join("advanced.config").into()),
        ("RABBITMQ_CONF_ENV_FILE", home.join("rabbitmq-env.conf").into()),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", home.join("enabled_plugins").into()),
        ("RABBITMQ_GENERATED_CONFIG_DIR", home.join("generated").into()),
        ("RABBITMQ_DIST_PORT", ports::free()?.to_string().into()),
        (
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-kernel inet_dist_use_interface {127,0,0,1}".into(),
        ),
        ("ERL_EPMD_PORT", ports::free()?.to_string().into()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
    ])
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
