use super::b64;
use crate::web_push::VapidKey;
use secrecy::ExposeSecret;

const RAW: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const PUBLIC: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
/// The same key as `openssl ec` writes it.
const SEC1: &str = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n\
    -----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIKtXV6cN1KU+VTprv3H/7+oodOwHprN548SPiVoC3DPeoAoGCCqGSM49\n\
    AwEHoUQDQgAEJXGyvs3942BVGq8e0PTNNmwRzr5VX4m8t7GGpTM5FzFo7OLr4BhZ\ne9MEebhuPI+OztV3ylkYfpJGmQ22ggCLDg==\n\
    -----END EC PRIVATE KEY-----\n";

#[test]
fn a_key_is_read_in_every_form_and_written_as_pkcs8() {
    for text in [RAW, &format!("{RAW}=\n"), SEC1] {
        assert_eq!(VapidKey::read(text).unwrap().public(), PUBLIC, "{text}");
    }
    let pem = VapidKey::read(RAW).unwrap().to_pem();
    assert!(pem.expose_secret().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(pem.expose_secret().lines().all(|line| line.len() <= 64));
    assert_eq!(VapidKey::read(pem.expose_secret()).unwrap().public(), PUBLIC);
}

#[test]
fn new_keys_differ_and_their_public_part_is_an_uncompressed_point() {
    let [one, other] = [(); 2].map(|()| VapidKey::generate().unwrap().public());
    assert_ne!(one, other);
    let point = b64(&one);
    assert_eq!((point.len(), point[0]), (65, 4));
}

#[test]
fn what_is_no_key_is_told_without_its_content() {
    let public_only = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
    let damaged = "-----BEGIN PRIVATE KEY-----\nsecret!\n-----END PRIVATE KEY-----";
    for (text, word) in [
        ("se cret", "neither PEM nor base64url"),
        ("c2VjcmV0", "6 bytes"),
        (public_only, "no private key"),
        (encrypted, "without a passphrase"),
        (damaged, "damaged"),
        (
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
            "no P-256 private key",
        ),
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "not a P-256 private key"),
    ] {
        let error = VapidKey::read(text).unwrap_err();
        assert!(error.contains(word) && !error.contains("secret"), "{error}");
    }
    assert_eq!(
        format!("{:?}", VapidKey::read(RAW).unwrap()),
        format!("VapidKey({PUBLIC})")
    );
}
