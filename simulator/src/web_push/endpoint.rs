//! Paths of subscriptions: they contain everything known about a subscription, so that nothing is stored even for a
//! million.

/// The key in the path of a subscription without `applicationServerKey`.
pub(super) const ANY_KEY: &str = "any";

/// Which subscription a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint<'p> {
    /// `/push/<number>[-<magic>]/<application server key>`: keys drawn from the seed and the number.
    Drawn { name: &'p str, number: u64, key: &'p str },
    /// `/wpush/<browser>/<channel>/<application server key>`
    Browser {
        browser: &'p str,
        channel: &'p str,
        key: &'p str,
    },
}

impl<'p> Endpoint<'p> {
    pub(super) fn parse(path: &'p str) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let endpoint = match next()? {
            "push" => {
                let (name, key) = (next()?, next()?);
                let number = name.split_once('-').map_or(name, |(number, _)| number).parse().ok()?;
                Self::Drawn { name, number, key }
            }
            "wpush" => Self::Browser {
                browser: next()?,
                channel: next()?,
                key: next()?,
            },
            _ => return None,
        };
        next().is_none().then_some(endpoint)
    }

    /// The application server key that the subscription is bound to; `None` if it is bound to none.
    pub(super) fn key(&self) -> Option<&'p str> {
        let (Self::Drawn { key, .. } | Self::Browser { key, .. }) = *self;
        Some(key).filter(|key| *key != ANY_KEY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_all_of_a_subscription() {
        let drawn = |name, number, key| Some(Endpoint::Drawn { name, number, key });
        assert_eq!(Endpoint::parse("/push/7/KEY"), drawn("7", 7, "KEY"));
        assert_eq!(Endpoint::parse("/push/7-sim:410/any"), drawn("7-sim:410", 7, "any"));
        let (browser, channel, key) = ("b", "c", "KEY");
        assert_eq!(
            Endpoint::parse("/wpush/b/c/KEY"),
            Some(Endpoint::Browser { browser, channel, key })
        );
        for unknown in [
            "",
            "/",
            "/push",
            "/push/7",
            "/push/x/KEY",
            "/push/7/KEY/more",
            "/wpush/b/c",
            "/other/7/KEY",
        ] {
            assert_eq!(Endpoint::parse(unknown), None, "{unknown}");
        }
        assert_eq!(Endpoint::parse("/push/7/any").and_then(|endpoint| endpoint.key()), None);
    }
}
