//! The links of guests' pages: whose it is, and a keyed hash of that. Whoever has a link is taken for the guest, as with a letter;
//! nobody can make one, or learn another's from their own.

use crate::base::keyed_hash::Secret;
use bellhop_domain::{CustomerId, Timestamp};

/// By what links are made and read.
#[derive(Clone)]
pub struct PageKey(Secret);

/// Bytes of the hash in a link: 96 bits.
const HASH: usize = 12;
/// Of the guest's number.
const NUMBER: usize = 8;
const DAY_MS: i64 = 86_400_000;

impl PageKey {
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// The part of a guest's link that is theirs: 40 hexadecimal digits, which any program leaves as they are.
    pub fn token(&self, guest: CustomerId) -> String {
        let mut bytes = guest.0.to_be_bytes().to_vec();
        bytes.extend(self.hash(b"page", guest, 0));
        hex::encode(bytes)
    }

    /// Whose link it is.
    pub fn guest(&self, token: &str) -> Option<CustomerId> {
        self.whose(b"page", token)
    }

    fn whose(&self, of: &[u8], token: &str) -> Option<CustomerId> {
        let bytes = hex::decode(token).ok().filter(|it| it.len() == NUMBER + HASH)?;
        let (number, hash) = bytes.split_first_chunk::<NUMBER>()?;
        let guest = CustomerId(i64::from_be_bytes(*number));
        is_same(hash, &self.hash(of, guest, 0)).then_some(guest)
    }

    /// The part of a landing's link that says who has come by it. It opens nothing of the guest's: people hand such links on.
    pub fn visit(&self, guest: CustomerId) -> String {
        let mut bytes = guest.0.to_be_bytes().to_vec();
        bytes.extend(self.hash(b"visit", guest, 0));
        hex::encode(bytes)
    }

    /// Who has come by a landing's link.
    pub fn visitor(&self, token: &str) -> Option<CustomerId> {
        self.whose(b"visit", token)
    }

    /// What a form of the page sends back: it is bound to the guest and lives for a day or two.
    pub fn form(&self, guest: CustomerId, now: Timestamp) -> String {
        hex::encode(self.hash(b"form", guest, now.0.div_euclid(DAY_MS)))
    }

    /// Whether a form of this guest's page was sent back.
    pub fn is_form(&self, sent: &str, guest: CustomerId, now: Timestamp) -> bool {
        let Ok(sent) = hex::decode(sent) else { return false };
        let today = now.0.div_euclid(DAY_MS);
        [today, today - 1]
            .iter()
            .any(|day| is_same(&sent, &self.hash(b"form", guest, *day)))
    }

    fn hash(&self, of: &[u8], guest: CustomerId, day: i64) -> [u8; HASH] {
        let whole = self.0.hash(&[of, &guest.0.to_be_bytes(), &day.to_be_bytes()]);
        let mut hash = [0; HASH];
        hash.copy_from_slice(&whole[..HASH]);
        hash
    }
}

/// In a time that does not depend on where they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> PageKey {
        PageKey::new(Secret::new([byte; 32]))
    }

    #[test]
    fn a_link_is_one_guests_and_cannot_be_made() {
        let token = key(1).token(CustomerId(7));
        assert_eq!(token.len(), 40);
        assert_eq!(key(1).guest(&token), Some(CustomerId(7)));
        assert_eq!(key(1).guest(&token.to_uppercase()), Some(CustomerId(7)));
        assert_eq!(key(2).guest(&token), None);
        let mut another = token.clone();
        another.replace_range(15..16, "8");
        let (short, long) = (&token[..38], format!("{token}00"));
        for forged in ["", short, &long, &another, &"0".repeat(40), &"я".repeat(20)] {
            assert_eq!(key(1).guest(forged), None, "{forged}");
        }
    }

    #[test]
    fn a_visit_opens_no_page_of_the_guests() {
        let visit = key(1).visit(CustomerId(7));
        assert_eq!(key(1).visitor(&visit), Some(CustomerId(7)));
        assert_eq!((key(2).visitor(&visit), key(1).guest(&visit)), (None, None));
        assert_eq!(key(1).visitor(&key(1).token(CustomerId(7))), None);
    }

    #[test]
    fn a_form_is_one_guests_and_has_its_day() {
        let now = Timestamp(1_790_000_000_000);
        let form = key(1).form(CustomerId(7), now);
        let later = |days: i64| Timestamp(now.0 + days * DAY_MS);
        assert!(key(1).is_form(&form, CustomerId(7), later(1)));
        assert!(!key(1).is_form(&form, CustomerId(7), later(2)));
        assert!(!key(1).is_form(&form, CustomerId(8), now));
        assert!(
            !key(1).is_form(&key(1).token(CustomerId(7))[16..], CustomerId(7), now),
            "a link is no form"
        );
        assert!(!key(1).is_form("", CustomerId(7), now));
    }
}
