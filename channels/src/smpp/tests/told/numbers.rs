use super::{Dress, inbound, plain};
use serde_json::json;

#[test]
fn a_number_in_every_notation() {
    let same = "+79990000000";
    for (ton, source, region, expected) in [
        (1, "79990000000", "RU", same),
        (1, "+79990000000", "RU", same),
        (1, "0079990000000", "RU", same),
        (0, "79990000000", "RU", same),
        (0, "89990000000", "RU", same),
        (0, "9990000000", "RU", same),
        (0, "+7 (999) 000-00-00", "RU", same),
        (2, "9990000000", "RU", same),
        (2, "89990000000", "RU", same),
        (2, "79990000000", "RU", same),
        // Declared wrongly.
        (1, "89990000000", "RU", same),
        (1, "9990000000", "RU", same),
        (3, "79990000000", "RU", same),
        (4, "9990000000", "RU", same),
        (5, "79990000000", "RU", same),
        (6, "79990000000", "RU", same),
        // National numbers with a leading zero, and guests from other countries.
        (2, "07911123456", "GB", "+447911123456"),
        (0, "07911123456", "GB", "+447911123456"),
        (2, "7911123456", "GB", "+447911123456"),
        (0, "447911123456", "GB", "+447911123456"),
        (1, "447911123456", "RU", "+447911123456"),
        (0, "447911123456", "RU", "+447911123456"),
        (0, "375291234567", "RU", "+375291234567"),
        (2, "0641234567", "RS", "+381641234567"),
        (2, "87012345678", "KZ", "+77012345678"),
        // Written in two ways.
        (1, "551188887777", "RU", "+5511988887777"),
        (0, "551188887777", "BR", "+5511988887777"),
        (2, "1188887777", "BR", "+5511988887777"),
        (1, "5215512345678", "RU", "+525512345678"),
        (2, "5512345678", "MX", "+525512345678"),
        (2, "1123456789", "AR", "+5491123456789"),
        (1, "22507123456", "RU", "+2250707123456"),
        (2, "97123456", "BJ", "+2290197123456"),
        // Not numbers of people.
        (5, "BANK", "RU", "BANK"),
        (3, "1234", "RU", "1234"),
        (0, "900", "RU", "900"),
        (1, "", "RU", ""),
        // In no numbering plan: the digits stay as they are.
        (1, "99999999999999", "RU", "+99999999999999"),
    ] {
        for npi in [0, 1, 8] {
            let told = inbound(
                &Dress {
                    ton,
                    npi,
                    source,
                    ..plain(b"hi")
                },
                &json!({"region": region}),
            );
            assert_eq!(told.from, expected, "{ton} {source} {region}");
        }
    }
    for (ton, from, perhaps) in [
        (1, "+9611597143", Some("+79611597143")),
        (5, "+9611597143", Some("+79611597143")),
        (0, "+79611597143", Some("+9611597143")),
        (2, "+79611597143", Some("+9611597143")),
    ] {
        let told = inbound(
            &Dress {
                ton,
                source: "9611597143",
                ..plain(b"STOP")
            },
            &json!({"region": "RU"}),
        );
        assert_eq!((told.from.as_str(), told.perhaps.as_deref()), (from, perhaps), "{ton}");
    }
    let told = inbound(
        &Dress {
            ton: 2,
            source: "9990000000",
            ..plain(b"hi")
        },
        &json!({}),
    );
    assert_eq!(told.from, same, "without a region: Russia's");
}
