//! People as Meta names them: by their phone and, since 2026, by an id that is specific to the business and remains
//! when the phone is hidden.

use serde_json::{Value, json};

/// Countries by the first digits of phones, longer prefixes first.
const COUNTRIES: [(&str, &str); 6] = [
    ("77", "KZ"),
    ("375", "BY"),
    ("44", "GB"),
    ("49", "DE"),
    ("7", "RU"),
    ("1", "US"),
];

/// The user id of the person with this phone; a user id stands for itself.
pub(super) fn user_id(recipient: &str) -> String {
    if recipient.contains('.') {
        return recipient.to_owned();
    }
    let country = COUNTRIES.iter().find(|(digits, _)| recipient.starts_with(digits));
    let country = country.map_or("XX", |(_, country)| country);
    // FNV-1a: the same person always gets the same id, and the phone is not part of it.
    let hash = recipient.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("{country}.{hash:020}")
}

/// An entry of `contacts`. `phone`: digits, unless the guest hides them.
pub(super) fn contact(phone: Option<&str>, user_id: &str, name: Option<&str>) -> Value {
    let mut contact = json!({"user_id": user_id});
    if let Some(phone) = phone {
        contact["wa_id"] = json!(phone);
    }
    if let Some(name) = name {
        contact["profile"] = json!({"name": name});
    }
    contact
}

#[cfg(test)]
mod tests {
    use super::user_id;

    #[test]
    fn a_person_has_one_id_of_their_country() {
        let of = |phone: &str| user_id(phone);
        assert_eq!(of("79991234567"), of("79991234567"));
        assert_ne!(of("79991234567"), of("79991234568"));
        for (phone, country) in [
            ("79991234567", "RU."),
            ("77012345678", "KZ."),
            ("447911123456", "GB."),
            ("8613800000000", "XX."),
        ] {
            assert!(of(phone).starts_with(country), "{phone}");
            assert!(!of(phone).contains(&phone[1..]));
        }
        assert_eq!(of("RU.134"), "RU.134");
    }
}
