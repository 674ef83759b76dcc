//! The configuration: `default.toml` (its documentation), then the file, then the environment.

mod sections;

pub use sections::{
    BrokerSection, DispatcherSection, FilesSection, HttpSection, LimitsSection, LogFormat, LogSection, OidcSection,
    OperationsSection, SettingsSection, StoreSection, WorkerSection,
};

use bellhop_domain::breaker::Threshold;
use bellhop_settings::{
    MarketingSection, OrganisationSection, RestaurantSection, Said, Sections, SenderSection, SettingsError,
};
use config::builder::DefaultState;
use config::{ConfigBuilder, Environment, File, FileFormat};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// The embedded default, as a file to copy.
pub const DEFAULT: &str = include_str!("../../default.toml");

/// Everything that a process is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub store: StoreSection,
    pub broker: BrokerSection,
    pub limits: LimitsSection,
    pub http: HttpSection,
    pub files: FilesSection,
    #[serde(default)]
    pub operations: OperationsSection,
    pub log: LogSection,
    pub worker: WorkerSection,
    pub dispatcher: DispatcherSection,
    #[serde(default)]
    pub settings: SettingsSection,
    #[serde(default)]
    pub oidc: Option<OidcSection>,
    pub marketing: MarketingSection,
    #[serde(rename = "organisation")]
    pub organisations: Vec<OrganisationSection>,
    #[serde(rename = "restaurant", default)]
    pub restaurants: Vec<RestaurantSection>,
    #[serde(rename = "sender", default)]
    pub senders: Vec<SenderSection>,
    /// What `bellhop simulator` plays.
    #[serde(default)]
    pub simulator: bellhop_simulator::SimulatorConfig,
    /// Which of the brand's sections the file or the environment has; the others come from the default.
    #[serde(skip)]
    pub said: Said,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file}: {problem}")]
    Unreadable { file: String, problem: String },
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// The parser's message without any text from the file: a password may be in the line that it cannot read, or where
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
        let unreadable = |e: config::ConfigError| ConfigError::Unreadable {
            file: name.clone(),
            problem: without_values(&e.to_string()),
        };
        let default = File::from_str(DEFAULT, FileFormat::Toml);
        let whole = over(config::Config::builder().add_source(default), file).build();
        let mut config: Self = whole.and_then(config::Config::try_deserialize).map_err(unreadable)?;
        let own = over(config::Config::builder(), file).build();
        let own: HashMap<String, config::Value> = own.and_then(config::Config::try_deserialize).map_err(unreadable)?;
        config.said = Said {
            marketing: own.contains_key("marketing"),
            organisations: own.contains_key("organisation"),
            restaurants: own.contains_key("restaurant"),
            senders: own.contains_key("sender"),
        };
        config.sections().checked()?;
        Ok(config)
    }

    /// When refused content stops a run, and refused credentials stop a sender.
    pub fn breaker(&self) -> Threshold {
        Threshold {
            rejections: self.worker.rejections,
            misconfigurations: self.worker.misconfigurations,
        }
    }

    /// The brand's sections as the file has them; what is in force is in the database.
    pub fn sections(&self) -> Sections {
        Sections {
            marketing: self.marketing.clone(),
            organisations: self.organisations.clone(),
            restaurants: self.restaurants.clone(),
            senders: self.senders.clone(),
        }
    }
}

/// Adds the file and the environment over what is there.
fn over(builder: ConfigBuilder<DefaultState>, file: Option<&Path>) -> ConfigBuilder<DefaultState> {
    let builder = match file {
        Some(file) => builder.add_source(File::from(file).format(FileFormat::Toml)),
        None => builder,
    };
    let environment = Environment::with_prefix("BELLHOP")
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true);
    builder.add_source(environment)
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
    fn what_the_file_says_is_told_from_what_it_was_lent() {
        let said = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let said = Config::load(Some(file.path())).unwrap().said;
            (said.marketing, said.organisations, said.senders)
        };
        assert_eq!(said("[http]\nlisten = \"127.0.0.1:1\"\n"), (false, false, false));
        assert_eq!(said("[marketing]\nquiet_hours = \"off\"\n"), (true, false, false));
        let sender = "[[sender]]\norganisation = \"default\"\nname = \"app\"\nprovider = \"fcm\"\n";
        assert_eq!(said(sender), (false, false, true));
        assert!(!Config::load(None).unwrap().said.anything());
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
