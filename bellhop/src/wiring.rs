//! From the configuration to running parts. The only place, tests aside, that names a backend.

use crate::config::{Config, OrganisationSection};
use crate::reach;
use anyhow::{Context, bail};
use bellhop_api::GuestKeys;
use bellhop_broker::{Broker, InProcess, RabbitMq, RabbitMqOptions};
use bellhop_campaigns::{InForce, OrgDefaults, OrgInForce, Sender, Senders, SharedProvider, pacing};
use bellhop_channels::registry;
use bellhop_domain::backoff::Backoff;
use bellhop_domain::breaker::Threshold;
use bellhop_domain::masking;
use bellhop_domain::waterfall::Rules;
use bellhop_domain::{Lane, OrgId, Timestamp, Zone};
use bellhop_rate_limits::{Limiter, Local, RateSpec, Redis, RedisOptions};
use bellhop_store::guests::{GuestBase, Organisation, OrganisationSpec, Settings};
use bellhop_store::postgres::Patience;
use bellhop_store::sole::Share;
use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_templating::{Currency, Locale};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The parts a process works with.
pub struct Parts {
    pub store: Arc<SqlStore>,
    pub organisations: Vec<Organisation>,
}

/// Opens the store, brings its schema up to date and its organisations up to the configuration.
pub async fn open(config: &Config) -> anyhow::Result<Parts> {
    open_for(config, patience(config)).await
}

/// The same with another patience of the database's.
pub async fn open_for(config: &Config, patience: Patience) -> anyhow::Result<Parts> {
    prepare(config, open_store(config, patience).await?).await
}

/// Opens the store alone.
pub async fn open_store(config: &Config, patience: Patience) -> anyhow::Result<SqlStore> {
    Ok(open_database(config, patience).await?.with_breaker(breaker(config)))
}

/// Brings the schema up to date and the organisations up to the configuration.
pub async fn prepare(config: &Config, store: SqlStore) -> anyhow::Result<Parts> {
    store.migrate().await?;
    let mut organisations = Vec::new();
    for section in &config.organisations {
        organisations.push(store.put_organisation(&spec(config, section)?).await?);
    }
    Ok(Parts {
        store: Arc::new(store),
        organisations,
    })
}

/// What everything but answering a caller may take.
pub(crate) fn patience(config: &Config) -> Patience {
    Patience {
        statement: Duration::from_secs(config.store.statement_seconds),
        lock: Duration::from_secs(config.store.lock_seconds),
        ..Patience::WORKING
    }
}

/// What a process may take that only answers callers.
pub fn answering(config: &Config) -> Patience {
    let own = patience(config);
    Patience {
        statement: own.statement.min(Patience::ANSWERING.statement),
        lock: own.lock.min(Patience::ANSWERING.lock),
        ..Patience::ANSWERING
    }
}

fn breaker(config: &Config) -> Threshold {
    Threshold {
        rejections: config.worker.rejections,
        misconfigurations: config.worker.misconfigurations,
    }
}

/// Refuses a SQLite file that is not there: a forgotten configuration would be answered from an empty database.
pub fn is_there(config: &Config) -> anyhow::Result<()> {
    let Some(path) = config.store.url.strip_prefix("sqlite:") else {
        return Ok(());
    };
    if Path::new(path).is_file() {
        return Ok(());
    }
    let here = std::env::current_dir()
        .map(|it| it.display().to_string())
        .unwrap_or_default();
    bail!(
        "store.url: there is no database at {path} (seen from {here}). Name your configuration by --config FILE or \
         BELLHOP_CONFIG, or go to the folder that you work in; a new database begins with `bellhop import customers FILE`"
    )
}

async fn open_database(config: &Config, patience: Patience) -> anyhow::Result<SqlStore> {
    let url = &config.store.url;
    if let Some(path) = url.strip_prefix("sqlite:") {
        let file = Path::new(path);
        if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("store.url: cannot create the folder {}", folder.display()))?;
        }
        return sqlite::open(file)
            .await
            .with_context(|| format!("store.url: cannot open {path}"));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let opened = postgres::open_with(url, config.store.connections, patience).await;
        return opened.with_context(|| {
            format!(
                "store.url: PostgreSQL at {} cannot be reached; check that it runs and that the address, user and password are right",
                masking::url(url)
            )
        });
    }
    // What is mistyped may still hold the password.
    bail!(
        "store.url ({}) is no database; write sqlite:PATH or postgres://user:password@host/database",
        masking::url(url)
    )
}

pub fn open_broker(config: &Config) -> anyhow::Result<Arc<dyn Broker>> {
    let url = &config.broker.url;
    if url == "in-process:" {
        return Ok(Arc::new(InProcess::new()));
    }
    let options = RabbitMqOptions {
        prefix: config.broker.prefix.clone(),
        ..RabbitMqOptions::default()
    };
    Ok(Arc::new(RabbitMq::new(url, options).context("broker.url")?))
}

pub fn open_limiter(config: &Config) -> anyhow::Result<Arc<dyn Limiter>> {
    let url = &config.limits.url;
    if url == "in-process:" {
        return Ok(Arc::new(Local::new()));
    }
    let options = RedisOptions {
        prefix: config.limits.prefix.clone(),
        ..RedisOptions::default()
    };
    Ok(Arc::new(Redis::new(url, options).context("limits.url")?))
}

/// Whether several processes can share the work: all three seams must be servers.
pub fn is_fleet(config: &Config) -> bool {
    config.broker.url != "in-process:" && config.limits.url != "in-process:" && !config.store.url.starts_with("sqlite:")
}

/// Whether processes that send may be beside each other on the database: those that count limits in one place.
pub fn share(config: &Config) -> Share {
    if config.limits.url == "in-process:" {
        Share::Alone
    } else {
        Share::WithOthers
    }
}

fn spec(config: &Config, section: &OrganisationSection) -> anyhow::Result<OrganisationSpec> {
    let place = |key: &str| format!("organisation {:?}: {key}", section.slug);
    Ok(OrganisationSpec {
        slug: section.slug.clone(),
        name: section.name.clone(),
        currency: section.currency.clone(),
        timezone: Zone::named(&section.timezone).with_context(|| place("timezone"))?,
        settings: Settings {
            retention: section.retention,
            attribution_window_hours: section.attribution_hours,
            phone_region: section.region.parse().with_context(|| place("region"))?,
            quiet_hours: reach::quiet_hours(config, section)?,
            release_minutes: config.marketing.release_minutes,
            frequency_cap: reach::frequency_cap(config, section)?,
            stop_covers: reach::stop_covers(config, section)?,
        },
    })
}

/// What verifies guest tokens, of the organisations that have keys for them. Reads files and the environment.
pub fn guest_keys(config: &Config, organisations: &[Organisation]) -> anyhow::Result<HashMap<OrgId, GuestKeys>> {
    let environment = |name: &str| std::env::var(name).ok();
    let mut all = HashMap::new();
    for organisation in organisations {
        let section = config.organisation(Some(&organisation.slug))?;
        if section.guest_token_keys.is_empty() {
            continue;
        }
        let place = || format!("organisation {:?}: guest_token_keys", section.slug);
        let secrets = section.guest_token_keys.iter().map(|source| source.read(&environment));
        let keys = secrets
            .collect::<Result<Vec<_>, _>>()
            .and_then(|secrets| GuestKeys::new(&section.slug, &secrets))
            .map_err(anyhow::Error::msg)
            .with_context(place)?;
        all.insert(organisation.id, keys);
    }
    Ok(all)
}

/// What rendering falls back to, per organisation.
pub fn defaults(config: &Config, organisations: &[Organisation]) -> anyhow::Result<HashMap<OrgId, OrgDefaults>> {
    let mut defaults = HashMap::new();
    for organisation in organisations {
        let section = config.organisation(Some(&organisation.slug))?;
        let place = |key: &str| format!("organisation {:?}: {key}", section.slug);
        let own = OrgDefaults {
            locale: Locale::parse(&section.locale).with_context(|| place("locale"))?,
            zone: organisation.timezone.clone(),
            frequency_cap: organisation.settings.frequency_cap,
            currency: Currency::from_code(&section.currency).with_context(|| place("currency"))?,
        };
        defaults.insert(organisation.id, own);
    }
    Ok(defaults)
}

/// The configured senders, with their providers. Reads key files and the environment; connects to nobody.
pub fn senders(config: &Config, organisations: &[Organisation]) -> anyhow::Result<Senders> {
    let environment = |name: &str| std::env::var(name).ok();
    let mut senders = Vec::new();
    for section in &config.senders {
        let place = || format!("sender {:?}", section.name);
        let org = organisations
            .iter()
            .find(|o| o.slug == section.organisation)
            .with_context(|| {
                format!(
                    "{}: organisation {:?} is not in the store",
                    place(),
                    section.organisation
                )
            })?;
        let settings = registry::in_region(&section.provider, &section.settings, org.settings.phone_region);
        let provider = registry::build(&section.provider, &settings, &environment).with_context(place)?;
        let rate = match section.rate.trim() {
            "" => RateSpec::UNLIMITED,
            rate => rate.parse().with_context(place)?,
        };
        senders.push(Sender {
            org: org.id,
            name: section.name.clone(),
            provider: SharedProvider::new(provider),
            rate,
            pool: section.pool.clone(),
            account: section.account.clone(),
            warm_up: reach::warm_up(config, section)?,
            pacing: pacing(&org.settings),
        });
    }
    Ok(Senders::new(senders))
}

pub fn worker_options(config: &Config, name: String) -> bellhop_worker::Options {
    let w = &config.worker;
    bellhop_worker::Options {
        name,
        lanes: Lane::ALL.to_vec(),
        lease: Duration::from_secs(w.lease_seconds),
        batches_at_once: w.batches_at_once,
        requests_per_batch: w.requests_per_batch,
        careful_requests_per_batch: w.careful_requests_per_batch,
        flush: Duration::from_millis(500),
        poll: Duration::from_millis(250),
        drain: Duration::from_secs(w.drain_seconds),
        rules: Rules {
            backoff: Backoff {
                base: Duration::from_secs(w.backoff_seconds),
                cap: Duration::from_secs(w.backoff_cap_seconds),
                max_tries: w.max_tries,
            },
            settlement: settlement(config),
            throttle: Duration::from_secs(w.throttle_seconds),
        },
        breaker: breaker(config),
        public_url: config.http.public_url.trim_end_matches('/').to_owned(),
    }
}

pub fn dispatcher_options(config: &Config) -> bellhop_dispatcher::Options {
    let d = &config.dispatcher;
    bellhop_dispatcher::Options {
        tick: Duration::from_millis(d.tick_milliseconds),
        first_page: d.first_page,
        page: d.page,
        outstanding: d.outstanding,
        vanished: Duration::from_secs(d.vanished_seconds),
        settlement: settlement(config),
        look_up: Duration::from_secs(d.look_up_seconds),
    }
}

fn settlement(config: &Config) -> Duration {
    Duration::from_secs_f64(config.dispatcher.settlement_hours * 3600.0)
}

/// The system's clock, for everything that takes one.
pub fn clock() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    Arc::new(Timestamp::now)
}

/// What the settings come to, as one whole.
pub fn in_force(config: &Config, organisations: &[Organisation]) -> anyhow::Result<InForce> {
    let mut defaults = defaults(config, organisations)?;
    let mut all = HashMap::new();
    for organisation in organisations {
        let section = config.organisation(Some(&organisation.slug))?;
        let Some(defaults) = defaults.remove(&organisation.id) else {
            continue;
        };
        let own = OrgInForce {
            slug: organisation.slug.clone(),
            defaults,
            holding: organisation.settings.holding(),
            question: reach::ask_back(config, section)?,
        };
        all.insert(organisation.id, own);
    }
    Ok(InForce {
        version: 0,
        organisations: all,
        senders: senders(config, organisations)?,
    })
}
