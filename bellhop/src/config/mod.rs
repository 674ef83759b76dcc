//! The configuration: `default.toml` (its documentation), then the file, then the environment.

mod sections;

pub use sections::{
    BrokerSection, DispatcherSection, HttpSection, LimitsSection, LogFormat, LogSection, MarketingSection,
    OperationsSection, OrganisationSection, SenderSection, StoreSection, WorkerSection,
};

use config::{Environment, File, FileFormat};
use serde::Deserialize;
use std::path::Path;

/// The embedded default, as a file to copy.
pub const DEFAULT: &str = include_str!("../../default.toml");

/// Everything a process is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub store: StoreSection,
    pub broker: BrokerSection,
    pub limits: LimitsSection,
    pub http: HttpSection,
    #[serde(default)]
    pub operations: OperationsSection,
    pub log: LogSection,
    pub worker: WorkerSection,
    pub dispatcher: DispatcherSection,
    pub marketing: MarketingSection,
    #[serde(rename = "organisation")]
    pub organisations: Vec<OrganisationSection>,
    #[serde(rename = "sender", default)]
    pub senders: Vec<SenderSection>,
    /// What `bellhop simulator` plays.
    #[serde(default)]
    pub simulator: bellhop_simulator::SimulatorConfig,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file}: {problem}")]
    Unreadable { file: String, problem: String },
    #[error("organisation {0:?} is named twice; each slug stands for one organisation")]
    OrganisationTwice(String),
    #[error("organisation {slug:?}: {key}: {problem}")]
    Organisation {
        slug: String,
        key: &'static str,
        problem: String,
    },
    #[error("sender {name:?} belongs to organisation {organisation:?}, which the configuration does not have")]
    SenderOfNobody { name: String, organisation: String },
    #[error("organisation {organisation:?} has two senders named {name:?}; name each differently")]
    SenderTwice { name: String, organisation: String },
    #[error("there is no organisation {0:?} in the configuration; it has: {1}")]
    NoSuchOrganisation(String, String),
}

/// The reader's words without what stands in the file: a password may be in the line that it cannot read, or where
/// something else was expected.
fn without_values(problem: &str) -> String {
    let is_quoted = |line: &&str| {
        line.split_once('|')
            .is_some_and(|(number, _)| number.trim().bytes().all(|b| b.is_ascii_digit()))
    };
    let lines: Vec<_> = problem.lines().filter(|line| !is_quoted(line)).collect();
    let told = lines.join("\n");
    let Some((before, given)) = told.split_once("string \"") else {
        return told;
    };
    let after = given.rsplit_once("\", expected").map_or("", |(_, after)| after);
    format!("{before}a text that is not shown, expected{after}")
}

impl Config {
    /// Reads the embedded default, over it `file`, over it the environment (`BELLHOP__SECTION__KEY`).
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let name = file.map_or_else(|| "embedded default".to_owned(), |f| f.display().to_string());
        let mut builder = config::Config::builder().add_source(File::from_str(DEFAULT, FileFormat::Toml));
        if let Some(file) = file {
            builder = builder.add_source(File::from(file).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("BELLHOP")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true);
        builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize::<Self>)
            .map_err(|e| ConfigError::Unreadable {
                file: name,
                problem: without_values(&e.to_string()),
            })?
            .checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        for (i, organisation) in self.organisations.iter().enumerate() {
            if self.organisations[..i].iter().any(|o| o.slug == organisation.slug) {
                return Err(ConfigError::OrganisationTwice(organisation.slug.clone()));
            }
            organisation.checked()?;
        }
        for (i, sender) in self.senders.iter().enumerate() {
            let (name, organisation) = (sender.name.clone(), sender.organisation.clone());
            if !self.organisations.iter().any(|o| o.slug == organisation) {
                return Err(ConfigError::SenderOfNobody { name, organisation });
            }
            if self.senders[..i]
                .iter()
                .any(|s| s.name == name && s.organisation == organisation)
            {
                return Err(ConfigError::SenderTwice { name, organisation });
            }
        }
        Ok(self)
    }

    /// The organisation a command speaks of: the named one, else the first.
    pub fn organisation(&self, slug: Option<&str>) -> Result<&OrganisationSection, ConfigError> {
        let found = match slug {
            None => self.organisations.first(),
            Some(slug) => self.organisations.iter().find(|o| o.slug == slug),
        };
        found.ok_or_else(|| {
            let known = self
                .organisations
                .iter()
                .map(|o| o.slug.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            ConfigError::NoSuchOrganisation(slug.unwrap_or_default().to_owned(), known)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::load(Some(file.path())).unwrap_err().to_string()
    }

    #[test]
    fn the_documented_simulator_is_one() {
        let page = include_str!("../../../docs/simulator.md");
        let block = page
            .split("```toml\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next())
            .unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), block).unwrap();
        let config = Config::load(Some(file.path())).unwrap();
        assert_eq!(config.simulator.fcm_addr.port(), 8030);
        assert!(config.simulator.people.is_some());
    }

    #[test]
    fn a_wrong_slug_zone_or_currency_says_where_and_what_to_write() {
        let section = |slug: &str, zone: &str, currency: &str| {
            format!(
                "[[organisation]]\nslug = {slug:?}\nname = \"P\"\ntimezone = {zone:?}\ncurrency = {currency:?}\nregion = \"RU\"\n\
                 locale = \"ru\"\nattribution_hours = 72\n"
            )
        };
        for (slug, zone, currency, words) in [
            ("Pizza House", "UTC", "RUB", ["slug", "pizza-house"]),
            ("", "UTC", "RUB", ["slug", "small letters"]),
            ("pizza", "Moscow", "RUB", ["timezone", "Europe/Moscow"]),
            ("pizza", "UTC", "₽", ["currency", "RUB"]),
            ("pizza", "UTC", "rub", ["currency", "RUB"]),
        ] {
            let told = told(&section(slug, zone, currency));
            for word in words {
                assert!(told.contains(word), "{word}: {told}");
            }
        }
    }

    #[test]
    fn what_stands_in_an_unreadable_file_is_not_repeated() {
        for (text, place) in [
            ("[store]\nurl = \"postgres://bellhop:hunter2@db/bellhop\n", "line 2"),
            ("[store]\nurl = postgres://bellhop:hunter2@db/bellhop\n", "line 2"),
            ("[store]\nconnections = \"hunter2\"\n", "store.connections"),
            ("[store]\nurl = { password = \"hunter2\" }\n", "store.url"),
            ("[http]\nlisten = \"hunter2 | hunter2\"\n", "http.listen"),
            (
                "[[organisation]]\nslug = \"a\"\nguest_token_keys = [\"hunter2\"]\n",
                "guest_token_keys",
            ),
            (
                "[[organisation]]\nslug = \"a\"\nguest_token_keys = [{ secret = \"hunter2\" }]\n",
                "guest_token_keys",
            ),
        ] {
            let told = told(text);
            assert!(!told.contains("hunter2"), "{told}");
            assert!(told.contains(place), "{place}: {told}");
        }
    }
}
