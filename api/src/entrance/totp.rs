//! The second factor: codes of an authenticator (RFC 6238: SHA-1, six digits, thirty seconds, which is what all of them
//! can do), and recovery codes. Pure.

use aws_lc_rs::hmac;
use bellhop_domain::Timestamp;
use url::form_urlencoded::byte_serialize;

const STEP_MS: i64 = 30_000;
/// Steps before and after the present one, for clocks that differ.
const AROUND: i64 = 1;
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// How many recovery codes are given, and of how many random bytes each.
const CODES: usize = 10;
const CODE_BYTES: usize = 10;

/// The secret of an authenticator, of 160 bits.
pub(crate) fn secret(random: [u8; 32]) -> String {
    base32(&random[..20])
}

/// RFC 4648 without padding.
fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|b| (0..8).rev().map(move |i| b >> i & 1))
        .collect();
    let letter = |five: &[u8]| {
        let number = (0..5).fold(0, |n, i| n << 1 | five.get(i).copied().unwrap_or(0));
        char::from(LETTERS[usize::from(number)])
    };
    bits.chunks(5).map(letter).collect()
}

fn bytes(base32: &str) -> Vec<u8> {
    let numbers = base32.bytes().filter_map(|c| LETTERS.iter().position(|it| *it == c));
    let bits: Vec<u8> = numbers
        .flat_map(|n| (0..5).rev().map(move |i| (n >> i & 1) as u8))
        .collect();
    let whole = bits.chunks_exact(8);
    whole.map(|eight| eight.iter().fold(0, |b, bit| b << 1 | bit)).collect()
}

/// What an authenticator reads from a QR code.
pub(crate) fn url(secret: &str, email: &str, organisation: &str) -> String {
    // `+` would be shown as such.
    let coded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, email) = (coded(&format!("Bellhop {organisation}")), coded(email));
    format!("otpauth://totp/{issuer}:{email}?secret={secret}&issuer={issuer}")
}

fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let digest = hmac::sign(&key, &step.to_be_bytes());
    let digest = digest.as_ref();
    let at = usize::from(digest[digest.len() - 1] & 15);
    let four: [u8; 4] = [digest[at] & 127, digest[at + 1], digest[at + 2], digest[at + 3]];
    format!("{:06}", u32::from_be_bytes(four) % 1_000_000)
}

/// The step whose code this is, if it is about now.
pub(crate) fn step(secret: &str, told: &str, now: Timestamp) -> Option<i64> {
    let told: String = told.chars().filter(|c| !c.is_whitespace()).collect();
    let (secret, present) = (bytes(secret), now.0.div_euclid(STEP_MS));
    let same = |step: &i64| {
        let code = code(&secret, *step);
        aws_lc_rs::constant_time::verify_slices_are_equal(code.as_bytes(), told.as_bytes()).is_ok()
    };
    // All are tried, so that the time does not tell which fits.
    let fitting: Vec<_> = (present - AROUND..=present + AROUND).filter(same).collect();
    fitting.first().copied()
}

/// Recovery codes as they are shown: `ABCD-EFGH-IJKL-MNOP`, 80 random bits each.
pub(crate) fn recovery_codes(random: impl Fn() -> [u8; 32]) -> Vec<String> {
    let grouped = |code: String| {
        let groups: Vec<_> = code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        groups.join("-")
    };
    let codes = (0..CODES).map(|_| grouped(base32(&random()[..CODE_BYTES])));
    codes.collect()
}

/// A recovery code as it is kept, however it is typed.
pub(crate) fn recovery_code(told: &str) -> String {
    let letters = told.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B; the last six of its eight digits.
        let secret = base32(b"12345678901234567890");
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp(seconds * 1_000);
            assert_eq!(step(&secret, code, now), Some(seconds / 30), "{seconds}");
            assert_eq!(step(&secret, code, Timestamp(now.0 + 30_000)), Some(seconds / 30));
            assert_eq!(step(&secret, code, Timestamp(now.0 + 90_000)), None);
        }
        assert_eq!(step(&secret, "28 70 82", Timestamp(59_000)), Some(1));
        for wrong in ["", "28708", "2870820", "000000"] {
            assert_eq!(step(&secret, wrong, Timestamp(59_000)), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_read_by_an_authenticator() {
        let random = std::array::from_fn(|i| i as u8);
        assert_eq!(bytes(&secret(random)), random[..20]);
        assert_eq!(
            url("ABC", "anna@brand.example", "Brand & Co"),
            "otpauth://totp/Bellhop%20Brand%20%26%20Co:anna%40brand.example?secret=ABC&issuer=Bellhop%20Brand%20%26%20Co"
        );
    }

    #[test]
    fn recovery_codes_are_known_however_they_are_typed() {
        let counted = std::cell::Cell::new(0);
        let codes = recovery_codes(|| {
            counted.set(counted.get() + 1);
            [counted.get(); 32]
        });
        assert_eq!((codes.len(), codes[0].len()), (10, 19));
        assert_ne!(codes[0], codes[1]);
        let typed = codes[0].to_lowercase().replace('-', " ");
        assert_eq!(recovery_code(&typed), recovery_code(&codes[0]));
    }
}
