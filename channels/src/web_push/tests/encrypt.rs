//! RFC 8291 §5 and appendix A, every value of PROVIDERS.md §3.3.

use super::browser::Browser;
use super::{array, b64};
use crate::web_push::encrypt::{Fresh, Keys, LONGEST, NoPoint, encrypt, shared};
use crate::web_push::subscription::Recipient;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use proptest::prelude::*;

const PLAINTEXT: &[u8] = b"When I grow up, I want to be a watermelon";
const AS_PUBLIC: &str = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
const CIPHERTEXT: &str = "8pfeW0KbunFT06SuDKoJH9Ql87S1QUrdirN6GcG7sFz1y1sqLgVi1VhjVkHsUoEsbI_0LpXMuGvnzQ";
const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

fn to() -> Recipient {
    Recipient {
        public: array("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth: array("BTBZMqHH6r4Tts7J_aSIgg"),
    }
}

fn fresh() -> Fresh {
    Fresh {
        key: PrivateKey::from_private_key(&ECDH_P256, &b64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap(),
        salt: array("DGv6ra1nlYgDCS1FRnbzlw"),
    }
}

#[test]
fn every_step_gives_the_rfcs_value() {
    let (to, fresh) = (to(), fresh());
    assert_eq!(fresh.key.compute_public_key().unwrap().as_ref(), b64(AS_PUBLIC));
    let secret = shared(&fresh.key, &to, <[u8]>::to_vec).unwrap();
    assert_eq!(secret, b64("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"));
    let keys = Keys::derive(&secret, &to, &b64(AS_PUBLIC), &fresh.salt);
    let expected = Keys {
        prk_key: array("Snr3JMxaHVDXHWJn5wdC52WjpCtd2EIEGBykDcZW32k"),
        ikm: array("S4lYMb_L0FxCeq0WhDx813KgSYqU26kOyzWUdsXYyrg"),
        prk: array("09_eUZGrsvxChDCGRCdkLiDXrReGOEVeSCdCcPBSJSc"),
        cek: array("oIhVW04MRdy2XN9CiKLxTg"),
        nonce: array("4h_95klXJ5E_qnoN"),
    };
    assert_eq!(keys, expected);
}

#[test]
fn the_body_is_the_rfcs_byte_for_byte() {
    let body = encrypt(PLAINTEXT, &to(), &fresh()).unwrap();
    assert_eq!(body.len(), 144);
    assert_eq!(body[86..], b64(CIPHERTEXT));
    assert_eq!(body, b64(BODY));
}

#[test]
fn the_tests_own_browser_reads_the_rfcs_body() {
    assert_eq!(Browser::of_the_rfc().decrypt(&b64(BODY)).as_deref(), Some(PLAINTEXT));
    let mut damaged = b64(BODY);
    damaged[100] ^= 1;
    assert_eq!(Browser::of_the_rfc().decrypt(&damaged), None);
}

#[test]
fn a_point_that_is_not_on_the_curve_is_refused() {
    let mut to = to();
    to.public[64] ^= 1;
    assert_eq!(encrypt(PLAINTEXT, &to, &fresh()), Err(NoPoint));
    to.public = [0; 65];
    assert_eq!(encrypt(PLAINTEXT, &to, &fresh()), Err(NoPoint));
}

#[test]
fn the_longest_plaintext_fills_the_body_that_every_service_takes() {
    let body = encrypt(&vec![b'x'; LONGEST], &to(), &Fresh::draw().unwrap()).unwrap();
    assert_eq!(body.len(), 4096);
}

#[test]
fn nothing_is_drawn_twice() {
    let bodies: Vec<_> = (0..2)
        .map(|_| encrypt(PLAINTEXT, &to(), &Fresh::draw().unwrap()).unwrap())
        .collect();
    assert_ne!(bodies[0][..16], bodies[1][..16], "salt");
    assert_ne!(bodies[0][21..86], bodies[1][21..86], "public key");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_encrypted_only_its_browser_reads(text in proptest::collection::vec(any::<u8>(), 0..=LONGEST)) {
        let (browser, other) = (Browser::new(), Browser::new());
        let to = Recipient { public: browser.public().try_into().unwrap(), auth: browser.auth.clone().try_into().unwrap() };
        let body = encrypt(&text, &to, &Fresh::draw().unwrap()).unwrap();
        prop_assert_eq!(browser.decrypt(&body), Some(text));
        prop_assert_eq!(other.decrypt(&body), None);
    }
}
