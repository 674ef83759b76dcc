//! The settings of an `smpp` sender.

use super::connect::{Peer, Tls, TlsSection};
use super::outcome::ErrorRules;
use super::receipt::IdForms;
use super::segments::{Concatenation, Gsm7, TextRules};
use super::wire::c_string;
use crate::config::{Environment, SecretSource, Unusable, parse};
use crate::rule::ErrorRule;
use bellhop_domain::phone::Region;
use chrono::FixedOffset;
use rusmpp::types::COctetString;
use rusmpp::values::{Npi, Ton};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    host: String,
    #[serde(default = "default_port")]
    port: u16,
    /// `{}` or `{ ca_file = "…" }`; without it, plain TCP.
    tls: Option<TlsSection>,
    system_id: String,
    password: SecretSource,
    #[serde(default)]
    system_type: String,
    /// The sender's name, number or short code.
    source: String,
    /// Overrides the type that follows from the form of the source.
    source_ton: Option<u8>,
    source_npi: Option<u8>,
    /// Sessions bound at once in each process that sends.
    #[serde(default = "one")]
    binds: usize,
    /// The most unanswered `submit_sm` on each of them.
    #[serde(default = "default_window")]
    window: usize,
    #[serde(default = "half_a_minute")]
    enquire_link_seconds: u64,
    #[serde(default = "a_minute")]
    response_timeout_seconds: u64,
    #[serde(default = "ten")]
    reconnect_seconds: u64,
    #[serde(default = "one_second")]
    throttle_pause_seconds: u64,
    #[serde(default = "udh8")]
    concatenation: Concatenation,
    #[serde(default = "unpacked")]
    gsm7: Gsm7,
    /// `data_coding` of texts in the GSM alphabet.
    #[serde(default)]
    default_data_coding: u8,
    /// Whether to ask for delivery receipts.
    #[serde(default = "yes")]
    receipts: bool,
    #[serde(default)]
    message_ids: IdForms,
    /// How far the operator's clock is from UTC, `+03:00`; without it the times in receipts are not used.
    receipt_utc_offset: Option<String>,
    /// The country in whose national notation guests' numbers come: `RU`. By default the organisation's.
    region: Option<Region>,
    /// The operator's own codes, decimal or `0x…`.
    #[serde(default)]
    errors: BTreeMap<String, ErrorRule>,
}

fn default_port() -> u16 {
    2775
}
fn one() -> usize {
    1
}
/// Kannel's `max-pending-submits`.
fn default_window() -> usize {
    10
}
fn one_second() -> u64 {
    1
}
fn ten() -> u64 {
    10
}
fn half_a_minute() -> u64 {
    30
}
fn a_minute() -> u64 {
    60
}
fn yes() -> bool {
    true
}
fn udh8() -> Concatenation {
    Concatenation::Udh8
}
fn unpacked() -> Gsm7 {
    Gsm7::Unpacked
}

/// A section that has been checked.
pub(super) struct Settings {
    pub peer: Peer,
    pub account: Account,
    pub source: Source,
    pub binds: usize,
    pub window: usize,
    pub timing: Timing,
    pub text: TextRules,
    pub receipts: bool,
    pub ids: IdForms,
    pub receipt_offset: Option<FixedOffset>,
    /// The country of numbers that come without a country code.
    pub region: Region,
    pub errors: ErrorRules,
}

pub(super) struct Account {
    pub system_id: COctetString<1, 16>,
    pub password: SecretString,
    pub system_type: COctetString<1, 13>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub ton: Ton,
    pub npi: Npi,
    pub address: COctetString<1, 21>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    pub enquire_link: Duration,
    pub response: Duration,
    /// The wait between a lost connection and the next.
    pub reconnect: Duration,
    /// The wait between a refused bind and the next; never less than a minute, or operators block the account.
    pub refused: Duration,
    pub throttle_pause: Duration,
}

impl Settings {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        within("binds", section.binds as u64, 1, 64)?;
        within("window", section.window as u64, 1, 10_000)?;
        within("enquire_link_seconds", section.enquire_link_seconds, 5, 600)?;
        within("response_timeout_seconds", section.response_timeout_seconds, 10, 600)?;
        within("reconnect_seconds", section.reconnect_seconds, 1, 600)?;
        within("throttle_pause_seconds", section.throttle_pause_seconds, 1, 60)?;
        Ok(Self {
            account: section.account(environment)?,
            source: Source::read(&section.source, section.source_ton, section.source_npi)?,
            binds: section.binds,
            window: section.window,
            timing: Timing {
                enquire_link: Duration::from_secs(section.enquire_link_seconds),
                response: Duration::from_secs(section.response_timeout_seconds),
                reconnect: Duration::from_secs(section.reconnect_seconds),
                refused: Duration::from_secs(60),
                throttle_pause: Duration::from_secs(section.throttle_pause_seconds),
            },
            text: TextRules {
                concatenation: section.concatenation,
                gsm7: section.gsm7,
                default_coding: section.default_data_coding,
            },
            receipts: section.receipts,
            ids: section.message_ids,
            receipt_offset: section.receipt_utc_offset.as_deref().map(offset).transpose()?,
            region: section.region.unwrap_or(Region::RU),
            errors: section.errors.into_iter().map(code).collect::<Result<_, _>>()?,
            // Last, because a section that is wrong is so everywhere, whether or not this file is here.
            peer: Peer {
                tls: section.tls.map(|tls| Tls::new(&section.host, &tls)).transpose()?,
                host: section.host,
                port: section.port,
            },
        })
    }
}

impl Section {
    fn account(&self, environment: Environment<'_>) -> Result<Account, Unusable> {
        let password = self.password.read(environment).map_err(|why| why.at("password"))?;
        if self.system_id.is_empty() {
            return Err("system_id is empty; it is the login that the operator gave".into());
        }
        // The error names only the key.
        c_string::<9>("the password", password.expose_secret())?;
        Ok(Account {
            system_id: c_string("system_id", &self.system_id)?,
            password,
            system_type: c_string("system_type", &self.system_type)?,
        })
    }
}

impl Source {
    /// Reads a source by its form: a name, a number, a short code (PROVIDERS.md §4.1).
    pub fn read(text: &str, ton: Option<u8>, npi: Option<u8>) -> Result<Self, String> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
        let (by_ton, by_npi) = match digits.len() {
            _ if !is_number => (Ton::Alphanumeric, Npi::Unknown),
            ..=6 => (Ton::NetworkSpecific, Npi::Unknown),
            _ => (Ton::International, Npi::Isdn),
        };
        let longest = if is_number { 20 } else { 11 };
        let address = if is_number { digits } else { text };
        let printable = address.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        if address.is_empty() || address.len() > longest || !printable {
            return Err(format!(
                "source = {text:?} is not a sender: a name has at most 11 Latin characters, a number at most 20 digits"
            ));
        }
        Ok(Self {
            ton: ton.map_or(by_ton, Ton::from),
            npi: npi.map_or(by_npi, Npi::from),
            address: c_string("source", address)?,
        })
    }
}

fn within(key: &str, value: u64, least: u64, most: u64) -> Result<(), String> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!("{key} = {value} is out of range; give it {least} to {most}"))
}

fn offset(text: &str) -> Result<FixedOffset, String> {
    text.parse()
        .map_err(|_| format!("receipt_utc_offset = {text:?} is not an offset; write it like +03:00"))
}

fn code((text, rule): (String, ErrorRule)) -> Result<(u32, ErrorRule), String> {
    let number = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    match number {
        Ok(0) => Err(format!("errors.{text}: 0 is success")),
        Ok(number) => Ok((number, rule)),
        Err(_) => Err(format!(
            "errors.{text} is not a command_status; write it like 1025 or 0x401"
        )),
    }
}
