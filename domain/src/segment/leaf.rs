//! The registry of conditions.

use super::conditions::*;
use super::{Condition, FilterError};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

macro_rules! registry {
    ($($key:literal => $name:ident,)+) => {
        /// One condition of the tree: in JSON an object of one key.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Leaf {
            $($name(Box<$name>)),+
        }

        impl Leaf {
            /// The keys in JSON.
            pub const KEYS: &[&str] = &[$($key),+];

            pub fn key(&self) -> &'static str {
                match self {
                    $(Leaf::$name(_) => $key),+
                }
            }

            pub fn condition(&self) -> &dyn Condition {
                match self {
                    $(Leaf::$name(it) => &**it),+
                }
            }

            /// Reads the value of a key; `None` if no condition has this key.
            pub(super) fn read(key: &str, value: &Value) -> Option<Result<Leaf, FilterError>> {
                match key {
                    $($key => Some(read::<$name>(value).map(|it| Leaf::$name(Box::new(it)))),)+
                    _ => None,
                }
            }
        }

        impl Serialize for Leaf {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                let mut map = s.serialize_map(Some(1))?;
                match self {
                    $(Leaf::$name(it) => map.serialize_entry($key, it)?),+
                }
                map.end()
            }
        }
    };
}

registry! {
    "retention" => InRetention,
    "tags" => Tags,
    "restaurants" => Restaurants,
    "orders" => Orders,
    "first_order" => FirstOrder,
    "last_order" => LastOrder,
    "registered" => Registered,
    "birthday" => Birthday,
    "has" => Has,
    "locale" => Locale,
    "attribute" => Attribute,
    "customers" => Customers,
    "phones" => Phones,
    "mailing" => InMailing,
    "run" => InRun,
    "segment" => InSegment,
    "blacklisted" => Blacklisted,
}

fn read<T: Condition + serde::de::DeserializeOwned>(value: &Value) -> Result<T, FilterError> {
    let condition: T = serde_path_to_error::deserialize(value)
        .map_err(|e| FilterError::of_value(e.path().to_string(), &e.inner().to_string()))?;
    condition.check()?;
    Ok(condition)
}
