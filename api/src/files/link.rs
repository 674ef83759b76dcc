//! The link of an export: whoever has it reads the file, until its time is over. What signs it is the drawn name of the file, so
//! that it ends with the file too.

use super::folder::Place;
use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use serde::Deserialize;

/// What stands in the link beside the number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    until: i64,
    signature: String,
}

fn key(place: &Place) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, place.name().as_bytes())
}

fn signed(id: i64, until: i64) -> String {
    format!("export {id} until {until}")
}

/// A path that is good until then.
pub(crate) fn link(id: i64, place: &Place, until: Timestamp) -> String {
    let tag = hmac::sign(&key(place), signed(id, until.0).as_bytes());
    format!("/v1/exports/{id}/file?until={}&signature={}", until.0, hex::encode(tag))
}

impl Link {
    pub fn of(query: &str) -> Option<Self> {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let (mut until, mut signature) = (None, None);
        for (key, value) in pairs {
            match key.as_ref() {
                "until" => until = value.parse().ok(),
                "signature" => signature = Some(value.into_owned()),
                _ => return None,
            }
        }
        let (until, signature) = (until?, signature?);
        Some(Self { until, signature })
    }

    pub fn is_good(&self, id: i64, place: &Place, now: Timestamp) -> bool {
        let Ok(tag) = hex::decode(&self.signature) else {
            return false;
        };
        let good = hmac::verify(&key(place), signed(id, self.until).as_bytes(), &tag).is_ok();
        good && now.0 < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_one_file_and_a_time() {
        let (place, other) = (Place::drawn([1; 32]), Place::drawn([2; 32]));
        let path = link(7, &place, Timestamp(1_000));
        let (_, query) = path.split_once('?').unwrap();
        let read = Link::of(query).unwrap();
        assert!(read.is_good(7, &place, Timestamp(999)));
        assert!(!read.is_good(7, &place, Timestamp(1_000)), "its time is over");
        assert!(!read.is_good(8, &place, Timestamp(999)));
        assert!(!read.is_good(7, &other, Timestamp(999)));
        let longer = query.replace("until=1000", "until=9000");
        assert!(!Link::of(&longer).unwrap().is_good(7, &place, Timestamp(999)));
        for bad in [
            "",
            "until=1",
            "signature=00",
            "until=x&signature=00",
            "until=1&signature=00&more=1",
        ] {
            assert!(Link::of(bad).is_none(), "{bad}");
        }
    }
}
