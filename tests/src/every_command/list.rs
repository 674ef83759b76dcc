//! The commands, as the parser has them, each with words that it can be run by.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::command::Bellhop;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Database,
    /// The database, until it is ended.
    Role,
    /// None, or one of its own making.
    Nothing,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Command {
    pub path: &'static str,
    words: &'static [&'static str],
    pub takes: Takes,
    /// It says no to these words, or of this installation, whatever the schema.
    pub may_fail: bool,
    /// It is there to change settings.
    pub changes_settings: bool,
}

const fn command(path: &'static str, words: &'static [&'static str]) -> Command {
    Command {
        path,
        words,
        takes: Takes::Database,
        may_fail: false,
        changes_settings: false,
    }
}

const fn role(path: &'static str) -> Command {
    Command {
        takes: Takes::Role,
        ..command(path, &[])
    }
}

const fn without_database(path: &'static str) -> Command {
    Command {
        takes: Takes::Nothing,
        ..command(path, &[])
    }
}

impl Command {
    const fn that_may_fail(self) -> Self {
        Self { may_fail: true, ..self }
    }

    const fn that_changes_settings(self) -> Self {
        Self {
            changes_settings: true,
            ..self
        }
    }

    pub fn words(&self) -> Vec<&'static str> {
        self.path.split(' ').chain(self.words.iter().copied()).collect()
    }
}

const EVERYBODY: &[&str] = &["--filter", "{\"all\":[]}"];

const OFTEN: &str = r#"{"name":"Often","tag":"often","days":30,"count":{"min":2}}"#;

/// In an order in which each finds what it asks for.
const ALL: [Command; 105] = [
    command("doctor", &[]).that_may_fail(),
    command("migrate", &[]),
    // The file says what is there.
    command("apply", &[]),
    command("settings history", &[]),
    command("settings seal", &["sms", "settings.secrets.reports"]).that_changes_settings(),
    // What is sealed is under the newest key already.
    command("settings reseal", &[]),
    command("import customers", &["every-guest.csv"]),
    command("import orders", &["every-order.csv"]),
    command("event send", &["every-event.json"]),
    command("restaurant list", &[]),
    command("restaurant set-timezone", &["Europe/Moscow", "Arbat"]).that_changes_settings(),
    command("audience count", EVERYBODY),
    command("audience list", EVERYBODY),
    command("audience explain", &["--filter", "{\"all\":[]}", "--customer", "c1"]),
    command("audience export", &["every-guest.xlsx", "--filter", "{\"all\":[]}"]),
    command(
        "promo import",
        &["every-list", "every-code.txt", "--ends-at", "2099-12-31"],
    ),
    command("promo list", &[]),
    command("promo show", &["every-list"]),
    command("promo set-tags", &["BACK20", "--tag", "vip"]),
    command("promo tags", &[]),
    command("promo delete", &["every-list"]),
    command("mailing list", &[]),
    command("mailing create", &["@every-mailing.json"]),
    command("mailing show", &["1"]),
    command("mailing edit", &["1", "@every-mailing.json"]),
    command("mailing duplicate", &["1", "--name", "Again"]),
    command("mailing delete", &["2"]).that_may_fail(),
    command("mailing check", &["1"]),
    command("mailing preview", &["1", "--customer", "c1"]),
    command("mailing forecast", &["1"]),
    command("mailing test", &["1", "--customer", "c1", "--wait", "0"]).that_may_fail(),
    command("mailing launch", &["1", "--at", "2099-01-01T00:00:00Z"]),
    command(
        "mailing schedule",
        &[
            "1",
            r#"{"at":{"date":"2099-01-01","time":"10:00","zone":"Europe/Moscow"}}"#,
        ],
    ),
    command("mailing rehearse", &["1"]),
    command("mailing unschedule", &["1"]),
    command("mailing stats", &["1"]),
    // Nobody has begun it.
    command("mailing pause", &["1"]).that_may_fail(),
    command("mailing resume", &["1"]).that_may_fail(),
    command("mailing cancel", &["1"]),
    without_database("program presets"),
    // Without a sender it may be kept, and not switched on.
    command("program create", &["--preset", "abandoned-cart"]),
    command("program list", &[]),
    command("program show", &["1"]),
    command("program edit", &["1", "every-program.json"]),
    command("program on", &["1"]).that_may_fail(),
    command("program off", &["1"]),
    command("program stats", &["1"]),
    command("program rehearse", &["1"]),
    command("program journal", &["1"]),
    command("tag-rule preview", &[OFTEN]),
    command("tag-rule create", &[OFTEN]),
    command("tag-rule list", &[]),
    command("tag-rule show", &["1"]),
    command("tag-rule edit", &["1", OFTEN]),
    command("tag-rule apply", &["1", "--no-wait"]),
    command("tag-rule delete", &["1"]),
    // There is no key to seal the secret with.
    command(
        "webhook create",
        &["https://loyalty.example/bellhop", "--kinds", "message.state"],
    )
    .that_may_fail(),
    command("webhook list", &[]),
    command("webhook rotate", &["1"]).that_may_fail(),
    command("webhook off", &["1"]).that_may_fail(),
    command("webhook on", &["1"]).that_may_fail(),
    command("webhook deliveries", &["1"]).that_may_fail(),
    command("webhook replay", &["1"]).that_may_fail(),
    command("webhook delete", &["1"]).that_may_fail(),
    command("message list", &["--mailing", "1"]).that_may_fail(),
    command("message show", &["00000000001"]).that_may_fail(),
    command("guest show", &["c1"]),
    command("guest next-week", &["c1"]),
    command("guest tag", &["c1", "--set", "vip"]),
    command("guest blacklist", &["c1", "--reason", "asked for it"]),
    command("guest evidence", &["c1"]),
    command("guest page", &["c1"]),
    command("guest reviews", &["c1"]),
    // It says what it would do.
    command("guest erase", &["c1"]),
    command("consent import", &["every-word.csv"]),
    command("consent export", &[]),
    command("consent show", &["--customer", "c1"]),
    command("consent list", &["--held"]),
    command("consent settle", &["+79990000001", "--channel", "sms", "--keep"]).that_may_fail(),
    command("sender list", &[]),
    command("sender receipts", &[]),
    command("sender pause", &["sms"]),
    command("sender reload", &["sms"]).that_changes_settings(),
    command("sender resume", &["sms"]),
    command("report", &[]),
    command("prune", &["--dry-run"]),
    command("api-key create", &["till"]),
    command("api-key list", &[]),
    command("api-key limit", &["till", "--per-minute", "600"]),
    command("api-key revoke", &["till"]),
    command("user invite", &["anna@brand.example"]),
    command("user list", &[]),
    command("user disable", &["anna@brand.example"]),
    command("user reset", &["anna@brand.example"]),
    role("up"),
    role("api"),
    role("dispatcher"),
    role("worker"),
    without_database("demo"),
    without_database("simulator"),
    without_database("loyalty quote"),
    without_database("openapi"),
    without_database("completions"),
    without_database("man"),
    without_database("web-push-keys"),
];

/// The list, which is the parser's: a new command is thought of here, or nothing goes.
pub(super) async fn as_the_parser_has_them(bellhop: &Bellhop) -> Result<Vec<Command>> {
    let mut found = BTreeSet::new();
    let mut next = vec![Vec::new()];
    while let Some(path) = next.pop() {
        let answer = bellhop.run(&[&path[..], &["--help".to_owned()]].concat()).await?;
        ensure!(answer.status.success(), "{path:?} has no help: {}", answer.stderr);
        let below = below(&answer.stdout);
        if below.is_empty() {
            found.insert(path.join(" "));
        }
        next.extend(below.into_iter().map(|name| [&path[..], &[name]].concat()));
    }
    let known: BTreeSet<_> = ALL.iter().map(|it| it.path.to_owned()).collect();
    let unknown: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    ensure!(
        unknown.is_empty() && gone.is_empty(),
        "commands that are not in the list here: {unknown:?}; that are there no more: {gone:?}"
    );
    Ok(ALL.to_vec())
}

/// The names of subcommands in a command's help: the lines after `Commands:` that stand in by two, up to an empty one.
fn below(help: &str) -> Vec<String> {
    let after = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = after.take_while(|line| !line.is_empty()).filter_map(|line| {
        let line = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?;
        line.split_whitespace().next().map(str::to_owned)
    });
    names.filter(|name| name != "help").collect()
}
