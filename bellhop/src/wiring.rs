//! From the configuration to running parts. Except for tests, this is the only place that names a backend.

use crate::config::Config;
use crate::secrets::{self, environment};
use anyhow::Context;
use bellhop_broker::{Broker, InProcess, Letters, RabbitMq, RabbitMqLetters, RabbitMqOptions};
use bellhop_campaigns::{OrgDefaults, Sender, Senders, SharedProvider, pacing};
use bellhop_channels::outgoing_webhook::WebhookCaller;
use bellhop_dispatcher::WebhookParts;
use bellhop_domain::backoff::Backoff;
use bellhop_domain::waterfall::Rules;
use bellhop_domain::{Lane, OrgId, Timestamp};
use bellhop_rate_limits::{Limiter, Local, Redis, RedisOptions};
use bellhop_settings::sealed::Keys;
use bellhop_settings::{OrganisationSection, Sections, reach};
use bellhop_store::guests::Organisation;
use bellhop_store::sole::Sharing;
use bellhop_templating::{Currency, Locale};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

pub fn open_broker(config: &Config) -> anyhow::Result<Arc<dyn Broker>> {
    let url = &config.broker.url;
    if url == "in-process:" {
        return Ok(Arc::new(InProcess::new()));
    }
    Ok(Arc::new(RabbitMq::new(url, rabbitmq(config)).context("broker.url")?))
}

fn rabbitmq(config: &Config) -> RabbitMqOptions {
    RabbitMqOptions {
        prefix: config.broker.prefix.clone(),
        ..RabbitMqOptions::default()
    }
}

/// The queue into which the brand's own systems put events; there is none in process.
pub fn open_letters(config: &Config) -> anyhow::Result<Option<Box<dyn Letters>>> {
    let url = &config.broker.url;
    if url == "in-process:" {
        return Ok(None);
    }
    let letters = RabbitMqLetters::new(url, rabbitmq(config), "events").context("broker.url")?;
    Ok(Some(Box::new(letters)))
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

/// Whether several processes can share the work: store, broker and limiter must all be servers.
pub fn is_fleet(config: &Config) -> bool {
    config.broker.url != "in-process:" && config.limits.url != "in-process:" && !config.store.url.starts_with("sqlite:")
}

/// Whether several sending processes may use the database side by side; they may if they count limits in one place.
pub fn share(config: &Config) -> Sharing {
    if config.limits.url == "in-process:" {
        Sharing::Alone
    } else {
        Sharing::WithOthers
    }
}

fn section<'a>(sections: &'a Sections, organisation: &Organisation) -> anyhow::Result<&'a OrganisationSection> {
    let section = sections.organisation(Some(&organisation.slug));
    section.with_context(|| format!("organisation {:?} has no settings", organisation.slug))
}

/// The defaults for rendering, per organisation.
pub fn defaults(sections: &Sections, organisations: &[Organisation]) -> anyhow::Result<HashMap<OrgId, OrgDefaults>> {
    let mut defaults = HashMap::new();
    for organisation in organisations {
        let section = section(sections, organisation)?;
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

/// The senders in force, with their providers. This reads key files and the environment, but makes no connection.
pub fn senders(keys: &Keys, sections: &Sections, organisations: &[Organisation]) -> anyhow::Result<Senders> {
    let mut senders = Vec::new();
    for section in &sections.senders {
        let org = organisations.iter().find(|o| o.slug == section.organisation);
        let org = org.with_context(|| {
            format!(
                "sender {:?}: organisation {:?} is not in the store",
                section.name, section.organisation
            )
        })?;
        let provider = bellhop_settings::provider(section, org.settings.phone_region, keys, &environment)?;
        senders.push(Sender {
            org: org.id,
            name: section.name.clone(),
            provider: SharedProvider::new(provider),
            rate: bellhop_settings::rate(section)?,
            pool: section.pool.clone(),
            account: section.account.clone(),
            warm_up: reach::warm_up(&sections.marketing, section)?,
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
        breaker: config.breaker(),
        public_url: config.http.public_url.trim_end_matches('/').to_owned(),
    }
}

pub fn dispatcher_options(config: &Config) -> anyhow::Result<bellhop_dispatcher::Options> {
    let d = &config.dispatcher;
    let webhooks = WebhookParts {
        caller: webhook_caller(config)?,
        keys: secrets::keys(config)?,
    };
    Ok(bellhop_dispatcher::Options {
        tick: Duration::from_millis(d.tick_milliseconds),
        first_page: d.first_page,
        page: d.page,
        outstanding: d.outstanding,
        vanished: Duration::from_secs(d.vanished_seconds),
        settlement: settlement(config),
        look_up: Duration::from_secs(d.look_up_seconds),
        webhooks: Some(Arc::new(webhooks)),
    })
}

/// What calls webhooks, and says whether a URL may be called.
pub fn webhook_caller(config: &Config) -> anyhow::Result<WebhookCaller> {
    let caller = WebhookCaller::new(&config.dispatcher.webhook_test_hosts);
    caller.map_err(|problem| anyhow::anyhow!("dispatcher.webhook_test_hosts: {problem}"))
}

fn settlement(config: &Config) -> Duration {
    Duration::from_secs_f64(config.dispatcher.settlement_hours * 3600.0)
}

/// The system's clock, for everything that takes one.
pub fn clock() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    Arc::new(Timestamp::now)
}
