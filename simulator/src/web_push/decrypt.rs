//! Reading a message as its browser would: RFC 8188 and RFC 8291, from the RFCs alone.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// RFC 8188 §2.1: salt, record size, length of the key id.
const FIXED_HEADER: usize = 16 + 4 + 1;
const POINT: usize = 65;
const TAG: usize = 16;

/// A browser's half of a subscription's keys.
pub(super) struct Keys {
    pub(super) private: PrivateKey,
    pub(super) auth: [u8; 16],
}

impl Keys {
    /// # Errors
    /// Which rule the body breaks.
    pub(super) fn decrypt(&self, body: &[u8]) -> Result<Vec<u8>, &'static str> {
        let (header, rest) = body.split_at_checked(FIXED_HEADER).ok_or("no header")?;
        let (salt, rest_of_header) = header.split_at(16);
        let record_size = rest_of_header[..4]
            .iter()
            .fold(0, |size, byte| size << 8 | usize::from(*byte));
        let (sender, record) = rest
            .split_at_checked(usize::from(rest_of_header[4]))
            .ok_or("no key id")?;
        if sender.len() != POINT {
            return Err("the key id is no public key");
        }
        // RFC 8291 §4: a message is one record.
        if record.len() > record_size || record.len() <= TAG {
            return Err("not one record");
        }
        let prk = Salt::new(HKDF_SHA256, salt).extract(&self.input(sender)?);
        let (key, nonce) = (
            expand::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"]).ok_or("no key")?,
            expand::<12>(&prk, &[b"Content-Encoding: nonce\0"]).ok_or("no nonce")?,
        );
        let key = UnboundKey::new(&AES_128_GCM, &key).map_err(|_| "no key")?;
        let mut record = record.to_vec();
        let padded = LessSafeKey::new(key)
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)
            .map_err(|_| "not encrypted for this subscription")?;
        match padded.iter().rposition(|byte| *byte != 0) {
            Some(end) if padded[end] == 2 => Ok(padded[..end].to_vec()),
            _ => Err("no delimiter of a last record"),
        }
    }

    /// The input keying material of RFC 8291 §3.4.
    fn input(&self, sender: &[u8]) -> Result<[u8; 32], &'static str> {
        let own = self.private.compute_public_key().map_err(|_| "no own key")?;
        let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
        let info = [b"WebPush: info\0".as_slice(), own.as_ref(), sender].concat();
        agree(
            &self.private,
            theirs,
            "the sender's key is no point of P-256",
            |secret| {
                let prk = Salt::new(HKDF_SHA256, &self.auth).extract(secret);
                expand(&prk, &[&info]).ok_or("no keying material")
            },
        )
    }
}

/// How many bytes to expand to.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Option<[u8; N]> {
    let mut out = [0; N];
    prk.expand(info, Length(N)).and_then(|okm| okm.fill(&mut out)).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    /// RFC 8291 §5.
    #[test]
    fn the_rfcs_message_is_read_and_a_damaged_one_is_not() {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let private = PrivateKey::from_private_key(&ECDH_P256, &bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"));
        let keys = Keys {
            private: private.unwrap(),
            auth: bytes("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap(),
        };
        let body = bytes(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        assert_eq!(
            keys.decrypt(&body).as_deref(),
            Ok(b"When I grow up, I want to be a watermelon".as_slice())
        );
        for (at, why) in [
            (0, "not encrypted for this subscription"),
            (18, "not one record"),
            (20, "the key id is no public key"),
            (40, "the sender's key is no point of P-256"),
            (120, "not encrypted for this subscription"),
        ] {
            let mut damaged = body.clone();
            damaged[at] ^= 0x10;
            assert_eq!(keys.decrypt(&damaged), Err(why), "byte {at}");
        }
        assert_eq!(keys.decrypt(&body[..20]), Err("no header"));
    }
}
