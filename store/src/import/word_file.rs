//! A row of a file of consent: who said what about which channel, when and how.

use super::cells::{Cells, Terms, instant};
use super::headings;
use super::row::{CellError, Row};
use super::schema::{Kind, Schema};
use crate::consent::file::{About, FileWord};
use crate::guests::NAME_CHARS;
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::fault::Why;
use bellhop_domain::phone::Region;
use bellhop_domain::{Channel, EndpointKind, Phone, Purpose, Timestamp};

pub(crate) const SCHEMA: Schema = Schema {
    kind: Kind::Words,
    columns: &[
        "customer_id",
        "address",
        "address_kind",
        "channel",
        "purpose",
        "word",
        "by",
        "how",
        "text_version",
        "said_at",
    ],
    headings: &[(CUSTOMER_ID, headings::CUSTOMER_ID), (ADDRESS, headings::PHONE)],
    required: &[&[WORD], &[HOW], &[SAID_AT], &[CUSTOMER_ID, ADDRESS]],
    signs: (WORD, &[HOW, SAID_AT]),
    total: None,
    attributes: false,
};

const CUSTOMER_ID: usize = 0;
const ADDRESS: usize = 1;
const ADDRESS_KIND: usize = 2;
const CHANNEL: usize = 3;
const PURPOSE: usize = 4;
const WORD: usize = 5;
const BY: usize = 6;
const HOW: usize = 7;
const TEXT_VERSION: usize = 8;
const SAID_AT: usize = 9;

/// A browser's subscription is the longest.
const ADDRESS_CHARS: usize = 1_500;

pub(crate) fn read(row: &Row, terms: &mut Terms) -> Result<FileWord, Vec<CellError>> {
    let mut cells = Cells::new(row, &SCHEMA);
    let kind = cells.parsed(ADDRESS_KIND, |text| named(text, EndpointKind::ALL, EndpointKind::name));
    let kind = kind.unwrap_or(EndpointKind::Phone);
    let address = cells.parsed(ADDRESS, |text| address(kind, as_written(text), terms.region));
    let own = |text: String| as_written(&text).to_owned();
    let customer = cells.key(CUSTOMER_ID, NAME_CHARS).map(own);
    if row.get(CUSTOMER_ID).is_none() && row.get(ADDRESS).is_none() {
        cells.missing(CUSTOMER_ID);
    }
    let channel = cells.parsed(CHANNEL, |text| match text {
        "all" => Ok(None),
        text => named(text, Channel::ALL, Channel::name).map(Some),
    });
    let purpose = cells.parsed(PURPOSE, |text| {
        let spoken_of = Purpose::ALL.into_iter().filter(|it| it.is_spoken_of());
        named(text, spoken_of, Purpose::name)
    });
    let word = cells.required_parsed(WORD, word);
    let source = cells.parsed(BY, |text| named(text, WordSource::ALL, WordSource::name));
    let how = own(cells.required_id(HOW, NAME_CHARS));
    let text_version = cells.key(TEXT_VERSION, NAME_CHARS).map(own);
    let at = cells.required_parsed(SAID_AT, |text| {
        let at = instant(terms.zones.of(None, None), text)?;
        // A yes ahead of our clock would outlive every no until then.
        match at > terms.now && word != Some(Word::Withdrawn) {
            true => Err(Why::WordAhead),
            false => Ok(at.min(terms.now)),
        }
    });
    let about = match address {
        Some(address) => About::Address(Space::of(kind), address, customer),
        None => About::Card(customer.unwrap_or_default()),
    };
    cells.finish(FileWord {
        about,
        channel: channel.flatten(),
        purpose: purpose.unwrap_or(Purpose::Marketing),
        word: word.unwrap_or(Word::Withdrawn),
        source: source.unwrap_or(WordSource::Import),
        how,
        text_version,
        at: at.unwrap_or(Timestamp(0)),
    })
}

/// Without the apostrophe that our export puts before what a spreadsheet would compute.
fn as_written(text: &str) -> &str {
    let rest = text.strip_prefix('\'');
    rest.filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']))
        .unwrap_or(text)
}

fn named<T: Copy>(text: &str, all: impl IntoIterator<Item = T>, name: fn(T) -> &'static str) -> Result<T, Why> {
    let all: Vec<T> = all.into_iter().collect();
    let found = all.iter().find(|it| name(**it).eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| Why::BodyValueUnknown {
        value: text.to_owned(),
        known: all.iter().map(|it| name(*it)).collect::<Vec<_>>().join(", "),
    })
}

/// As the ledger calls it, or plainly.
fn word(text: &str) -> Result<Word, Why> {
    match text.to_lowercase().as_str() {
        "yes" | "да" => Ok(Word::Given),
        "no" | "нет" | "taken" => Ok(Word::Withdrawn),
        other => named(other, Word::ALL, Word::name),
    }
}

/// Only a phone has spellings; a provider's own id is what it is.
fn address(kind: EndpointKind, text: &str, region: Region) -> Result<String, Why> {
    let is_hidden = kind == EndpointKind::WhatsApp && text.chars().any(|c| c.is_alphabetic());
    match kind {
        EndpointKind::Phone | EndpointKind::WhatsApp if !is_hidden => {
            let phone = Phone::parse(text, region).map_err(|error| error.why())?;
            Ok(phone.e164().to_owned())
        }
        _ if text.chars().count() > ADDRESS_CHARS => Err(Why::TextTooLong { most: ADDRESS_CHARS }),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::as_written;

    #[test]
    fn what_the_export_has_quoted_is_read_as_it_was() {
        for (exported, was) in [
            ("'=1+1", "=1+1"),
            ("'-x_9:APA91b", "-x_9:APA91b"),
            ("'quoted'", "'quoted'"),
            ("O'Neil", "O'Neil"),
            ("+79990001122", "+79990001122"),
            ("'", "'"),
        ] {
            assert_eq!(as_written(exported), was);
        }
    }
}
