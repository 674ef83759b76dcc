//! The dependency arrows of ARCHITECTURE.md ("The house"), between crates and between modules, and the size of files, so
//! that its picture stays true.

mod examples;
mod imports;
mod modules;
mod sources;

use modules::Modules;
use sources::{names_module, rust_files, words};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// The crates between `domain` and the roles.
const SEAMS: [&str; 5] = ["store", "broker", "rate-limits", "templating", "channels"];

/// Which of our crates each crate may name; `None` for a crate that is missing here.
fn allowed(folder: &str) -> Option<BTreeSet<&'static str>> {
    let all = || {
        SEAMS.into_iter().chain([
            "domain",
            "settings",
            "campaigns",
            "programs",
            "loyalty",
            "worker",
            "dispatcher",
            "api",
            "simulator",
        ])
    };
    Some(match folder {
        "store" | "broker" | "rate-limits" | "templating" | "channels" => BTreeSet::from(["domain"]),
        // It answers questions about campaigns but does not run them, so it hands nothing to a broker.
        "campaigns" => BTreeSet::from(["domain", "programs", "store", "rate-limits", "templating", "channels"]),
        // Decisions about events and dates: it asks nobody, and stores nothing.
        "programs" => BTreeSet::from(["domain", "templating"]),
        "loyalty" => BTreeSet::from(["domain"]),
        // The brand's sections have the same form in files and in the database.
        "settings" => BTreeSet::from(["domain", "store", "rate-limits", "templating", "channels"]),
        // They know the traits, and never each other.
        "worker" | "dispatcher" | "api" => SEAMS
            .into_iter()
            .chain(["domain", "settings", "campaigns", "programs"])
            .collect(),
        "bellhop" => all().collect(),
        // The product is measured from outside, by its binary; what it is compared with uses the same seams.
        "bench" => BTreeSet::from(["domain", "store", "rate-limits", "channels", "test-services"]),
        "tests" => all().chain(["bellhop", "test-services"]).collect(),
        // The simulator writes every wire format a second time, on purpose.
        "domain" | "simulator" | "test-services" => BTreeSet::new(),
        _ => return None,
    })
}

/// Crates that `domain` must do without: it has values and rules, and takes time and randomness as arguments.
const IO_CRATES: [&str; 16] = [
    "tokio",
    "tokio-util",
    "futures-util",
    "sqlx",
    "redis",
    "lapin",
    "reqwest",
    "hyper",
    "hyper-util",
    "axum",
    "tower",
    "rustls",
    "tokio-rustls",
    "rand",
    "config",
    "tempfile",
];

/// The modules inside `store`, `broker` and `rate-limits` that only `bellhop` and `tests` may name.
const BACKENDS: [&str; 6] = ["sqlite", "postgres", "in_process", "rabbitmq", "local", "redis"];

/// What a provider leaves to the worker's loop: the provider classifies, the loop decides.
const NOT_IN_A_PROVIDER: [&str; 6] = [
    "bellhop_store",
    "bellhop_broker",
    "bellhop_rate_limits",
    "metrics",
    "sleep",
    "governor",
];

/// Lines of a file that fail the test, and that are worth a warning.
const TOO_LONG: usize = 400;
const LONG: usize = 300;

#[test]
fn crates_name_only_what_the_arrows_allow() -> Result<()> {
    let mut wrong = Vec::new();
    for (folder, dependencies) in our_dependencies(&metadata()?) {
        let allowed = allowed(&folder).with_context(|| format!("crate '{folder}' is not in the table of arrows"))?;
        let against = |(name, kind): &(String, DependencyKind)| {
            // The loops are tested together: a worker's messages come from a dispatcher.
            let for_tests = ["test-services"].contains(&name.as_str()) || (folder == "worker" && name == "dispatcher");
            !(allowed.contains(name.as_str()) || for_tests && *kind == DependencyKind::Development)
        };
        wrong.extend(
            dependencies
                .iter()
                .filter(|it| against(it))
                .map(|it| format!("{folder} → {}", it.0)),
        );
    }
    ensure!(
        wrong.is_empty(),
        "arrows against the table in ARCHITECTURE.md: {wrong:?}"
    );
    Ok(())
}

/// A brand installs `bellhop`, so nothing that only measures or tests it may be part of it, not even indirectly.
#[test]
fn the_product_carries_no_bench_and_no_test_servers() -> Result<()> {
    let all = our_dependencies(&metadata()?);
    let mut reached = BTreeSet::from(["bellhop".to_owned()]);
    let mut next = vec!["bellhop".to_owned()];
    while let Some(one) = next.pop() {
        let dependencies = all.get(&one).with_context(|| format!("there is no crate {one:?}"))?;
        let carried = dependencies
            .iter()
            .filter(|(_, kind)| *kind != DependencyKind::Development);
        next.extend(
            carried
                .map(|(name, _)| name.clone())
                .filter(|name| reached.insert(name.clone())),
        );
    }
    let stay_at_home = ["bench", "tests", "test-services"];
    let wrong: Vec<_> = stay_at_home.iter().filter(|name| reached.contains(**name)).collect();
    ensure!(
        reached.len() > SEAMS.len() && wrong.is_empty(),
        "the product carries {wrong:?}: {reached:?}"
    );
    Ok(())
}

#[test]
fn domain_does_no_io() -> Result<()> {
    let metadata = metadata()?;
    let domain = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "bellhop-domain");
    let dependencies = &domain.context("there is no crate bellhop-domain")?.dependencies;
    let normal = dependencies.iter().filter(|it| it.kind == DependencyKind::Normal);
    let wrong: Vec<_> = normal
        .map(|it| it.name.as_str())
        .filter(|name| IO_CRATES.contains(name))
        .collect();
    ensure!(
        wrong.is_empty(),
        "domain is values and pure rules, yet it depends on {wrong:?}"
    );
    Ok(())
}

#[test]
fn roles_never_name_a_backend() -> Result<()> {
    let mut wrong = Vec::new();
    for role in ["settings", "campaigns", "worker", "dispatcher", "api"] {
        for (path, code) in production_code(&root()?.join(role).join("src"))? {
            let named = BACKENDS.iter().filter(|name| names_module(&code, name));
            wrong.extend(named.map(|name| format!("{role}/src/{} names '{name}'", path.display())));
        }
    }
    ensure!(wrong.is_empty(), "only bellhop and tests choose a backend: {wrong:#?}");
    Ok(())
}

/// Organisations are made by settings, whose version every process follows.
#[test]
fn only_tests_make_an_organisation_past_the_settings() -> Result<()> {
    let mut wrong = Vec::new();
    for folder in ["settings", "campaigns", "worker", "dispatcher", "api", "bellhop"] {
        for (path, code) in production_code(&root()?.join(folder).join("src"))? {
            if code.contains("OrganisationsOfTests") {
                wrong.push(format!("{folder}/src/{}", path.display()));
            }
        }
    }
    ensure!(wrong.is_empty(), "they name OrganisationsOfTests: {wrong:#?}");
    Ok(())
}

#[test]
fn providers_neither_store_nor_wait_nor_count() -> Result<()> {
    let mut wrong = Vec::new();
    for (path, code) in production_code(&root()?.join("channels/src"))? {
        let in_a_provider_folder = path.components().count() > 1;
        if in_a_provider_folder {
            let named = NOT_IN_A_PROVIDER
                .iter()
                .filter(|name| words(&code, name).next().is_some());
            wrong.extend(named.map(|name| format!("channels/src/{} mentions '{name}'", path.display())));
        }
    }
    ensure!(
        wrong.is_empty(),
        "a provider talks and classifies, nothing else: {wrong:#?}"
    );
    Ok(())
}

/// The rooms of the store, each of which may name those before it.
const ROOMS: [&str; 20] = [
    "base",
    "schema",
    "guests",
    "accounts",
    "tagging",
    "settings",
    "import",
    "promos",
    "segments",
    "audience",
    "ledger",
    "landings",
    "events",
    "programs",
    "webhooks",
    "statistics",
    "export",
    "files",
    "erasure",
    "pruning",
];

#[test]
fn no_two_modules_need_each_other() -> Result<()> {
    let mut found = BTreeSet::new();
    for package in metadata()?.packages {
        let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
        let name = package.name.as_str();
        let name = name.strip_prefix("bellhop-").unwrap_or(name).to_owned();
        let circles = Modules::read(folder.join("src").as_std_path())?.circles();
        found.extend(
            circles
                .into_iter()
                .map(|(parent, circle)| (name.clone(), parent, circle)),
        );
    }
    ensure!(
        found.is_empty(),
        "modules that need each other, by crate and parent: {found:#?}"
    );
    Ok(())
}

#[test]
fn the_store_has_one_direction() -> Result<()> {
    let rooms = Modules::read(&root()?.join("store/src"))?;
    let known: BTreeSet<String> = ROOMS.map(str::to_owned).into();
    ensure!(
        rooms.at_the_root() == known,
        "other rooms than {ROOMS:?}: {:?}",
        rooms.at_the_root()
    );
    let floor = |room: &str| ROOMS.iter().position(|it| *it == room);
    let against: Vec<_> = rooms
        .between_those_at_the_root()
        .into_iter()
        .filter(|(from, to)| floor(from) < floor(to))
        .collect();
    ensure!(
        against.is_empty(),
        "rooms of the store that name one above them: {against:?}"
    );
    Ok(())
}

#[test]
fn files_stay_short() -> Result<()> {
    let root = root()?;
    let mut too_long = Vec::new();
    for path in rust_files(&root)? {
        let lines = std::fs::read_to_string(root.join(&path))?.lines().count();
        if lines > TOO_LONG {
            too_long.push(format!("{} ({lines})", path.display()));
        } else if lines > LONG {
            eprintln!("warning: {} has {lines} lines; think again past {LONG}", path.display());
        }
    }
    ensure!(
        too_long.is_empty(),
        "files of more than {TOO_LONG} lines: {too_long:#?}"
    );
    Ok(())
}

#[test]
fn the_scanner_sees_paths_and_imports_but_not_words_alike() {
    let naming = [
        "use bellhop_store::postgres::Pool;",
        "use a::{B, postgres};",
        "postgres::open()",
    ];
    for code in naming {
        assert!(names_module(code, "postgres"), "{code}");
    }
    let innocent = [
        "let postgres_url = 1;",
        "Plan::local_time()",
        "chrono::Local::now()",
        "let local = 1;",
    ];
    for code in innocent {
        assert!(
            !names_module(code, "postgres") && !names_module(code, "local"),
            "{code}"
        );
    }
    let file = "// postgres::x\nfn a() {}\n#[cfg(test)]\nmod tests {\n use crate::postgres;\n}\n";
    assert_eq!(without_tests_and_comments(file), "fn a() {}\n");
}

fn metadata() -> Result<Metadata> {
    let manifest = root()?.join("Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .context("cargo metadata failed")
}

fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("the crate lies inside the workspace")?.to_owned())
}

/// Our crates without the prefix `bellhop-`, each with those of our crates that it names.
fn our_dependencies(metadata: &Metadata) -> BTreeMap<String, Vec<(String, DependencyKind)>> {
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let short = |name: &str| name.strip_prefix("bellhop-").unwrap_or(name).to_owned();
    let named = |package: &Package| {
        let named = package.dependencies.iter().filter(|it| ours.contains(it.name.as_str()));
        named.map(|it| (short(&it.name), it.kind)).collect()
    };
    metadata
        .packages
        .iter()
        .map(|package| (short(&package.name), named(package)))
        .collect()
}

/// The files below `folder`, by their path in it, without tests and comments.
fn production_code(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let files = rust_files(folder)?;
    ensure!(!files.is_empty(), "no sources in {}", folder.display());
    let of_tests = |path: &PathBuf| {
        path.components()
            .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
    };
    let code = files.into_iter().filter(|path| !of_tests(path)).map(|path| {
        let text = std::fs::read_to_string(folder.join(&path))?;
        Ok((path, without_tests_and_comments(&text)))
    });
    code.collect()
}

fn without_tests_and_comments(text: &str) -> String {
    let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = production.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.map(|line| format!("{line}\n")).collect()
}
