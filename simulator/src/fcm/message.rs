//! The body of `messages:send`, read without copying strings that have no escapes (PROVIDERS §1.2, §1.3).

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// A JSON string, borrowed from the body if possible.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendRequest<'a> {
    #[serde(default, alias = "validateOnly")]
    pub(super) validate_only: bool,
    #[serde(borrow)]
    pub(super) message: Message<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) token: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) fid: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) topic: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) condition: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) notification: Notification<'a>,
    #[serde(borrow, default)]
    pub(super) data: Data<'a>,
    #[serde(borrow, default)]
    pub(super) android: Android<'a>,
    #[serde(borrow, default)]
    pub(super) apns: Apns<'a>,
    #[serde(borrow, default)]
    pub(super) webpush: WebPush<'a>,
    #[serde(borrow, default, alias = "fcmOptions")]
    pub(super) fcm_options: FcmOptions<'a>,
    #[serde(default)]
    #[serde(rename = "name")]
    _name: IgnoredAny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notification<'a> {
    #[serde(borrow, default)]
    pub(super) title: Text<'a>,
    #[serde(borrow, default)]
    pub(super) body: Text<'a>,
    #[serde(borrow, default)]
    pub(super) image: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Android<'a> {
    #[serde(borrow, default, alias = "collapseKey")]
    pub(super) collapse_key: Text<'a>,
    #[serde(borrow)]
    pub(super) ttl: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) priority: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) notification: AndroidNotification<'a>,
    #[serde(borrow, default)]
    pub(super) data: Data<'a>,
    #[serde(borrow, default, alias = "fcmOptions")]
    pub(super) fcm_options: FcmOptions<'a>,
    #[serde(default, rename = "restricted_package_name", alias = "restrictedPackageName")]
    _restricted_package_name: IgnoredAny,
    #[serde(default, rename = "direct_boot_ok", alias = "directBootOk")]
    _direct_boot_ok: IgnoredAny,
    #[serde(default, rename = "bandwidth_constrained_ok", alias = "bandwidthConstrainedOk")]
    _bandwidth_constrained_ok: IgnoredAny,
    #[serde(default, rename = "restricted_satellite_ok", alias = "restrictedSatelliteOk")]
    _restricted_satellite_ok: IgnoredAny,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct AndroidNotification<'a> {
    #[serde(borrow, default)]
    pub(super) tag: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Apns<'a> {
    #[serde(borrow, default)]
    pub(super) headers: ApnsHeaders<'a>,
    #[serde(borrow, default, alias = "fcmOptions")]
    pub(super) fcm_options: FcmOptions<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct WebPush<'a> {
    #[serde(borrow, default, alias = "fcmOptions")]
    pub(super) fcm_options: FcmOptions<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct FcmOptions<'a> {
    #[serde(borrow, default, alias = "analyticsLabel")]
    pub(super) analytics_label: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) link: Text<'a>,
}

/// The `data` map: string to string. Only what the simulator uses is kept.
#[derive(Debug, Default)]
pub(super) struct Data<'a> {
    pub(super) message_id: Cow<'a, str>,
    pub(super) customer_id: Cow<'a, str>,
    pub(super) link: Cow<'a, str>,
    /// The first key that FCM keeps for itself.
    pub(super) reserved_key: Option<Cow<'a, str>>,
    /// Bytes of all keys and values.
    pub(super) size: usize,
}

/// `apns.headers`: string to string.
#[derive(Debug, Default)]
pub(super) struct ApnsHeaders<'a> {
    pub(super) collapse_id: Cow<'a, str>,
}

impl<'a> Data<'a> {
    fn insert(&mut self, key: Cow<'a, str>, value: Cow<'a, str>) {
        self.size += key.len() + value.len();
        match key.as_ref() {
            "message_id" => self.message_id = value,
            "customer_id" => self.customer_id = value,
            "link" => self.link = value,
            "from" | "message_type" => self.reserved_key = Some(key),
            other if other.starts_with("google") || other.starts_with("gcm") => self.reserved_key = Some(key),
            _ => {}
        }
    }
}

impl<'a> ApnsHeaders<'a> {
    fn insert(&mut self, key: &str, value: Cow<'a, str>) {
        if key.eq_ignore_ascii_case("apns-collapse-id") {
            self.collapse_id = value;
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StringMap {
            into: Data::<'de>::default(),
            insert: Data::insert,
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ApnsHeaders<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let insert = |headers: &mut ApnsHeaders<'de>, key: Cow<'de, str>, value| headers.insert(&key, value);
        deserializer.deserialize_map(StringMap {
            into: ApnsHeaders::<'de>::default(),
            insert,
        })
    }
}

/// Folds a JSON object of strings into a value.
struct StringMap<T, F> {
    into: T,
    insert: F,
}

impl<'de, T, F: FnMut(&mut T, Cow<'de, str>, Cow<'de, str>)> Visitor<'de> for StringMap<T, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object whose values are all strings")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<T, A::Error> {
        while let Some((Text(key), Text(value))) = map.next_entry()? {
            (self.insert)(&mut self.into, key, value);
        }
        Ok(self.into)
    }
}
